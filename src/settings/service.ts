/** The settings of a workspace, with their revisions. */

import type { SettingsRevision } from '../agents/history-store.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, invalid, invalidAt } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isObject, type JsonObject, mergePatch, same } from '../lib/values.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import { NO_SETTINGS, WorkspaceSettings } from './workspace-settings.ts';

export interface SettingsView extends Omit<SettingsRevision, 'document'> {
  document: WorkspaceSettings;
}

export interface SettingsService {
  /** The current settings, or those at a moment, ISO 8601. */
  read(workspaceId: string, at?: string): Promise<SettingsView>;
  /** The current settings from a cache; a change on another node may be up to a second late. */
  current(workspaceId: string): Promise<SettingsView>;
  /** Applies a merge patch (RFC 7396). Throws `invalid_value`, and `write_conflict` after too many attempts. */
  update(caller: Caller, workspaceId: string, patch: JsonObject): Promise<SettingsView>;
  /** Throws `precondition_required` for a native update without If-Match, if the workspace requires one. */
  demandPrecondition(caller: Caller): Promise<void>;
}

/** How long a node may use settings that another node has changed. */
const CACHE_MS = 1000;
const CACHE_SIZE = 10_000;
const ATTEMPTS = 20;
/** The settings of a workspace that has never changed them. */
const UNCHANGED: SettingsView = { number: 0, at: '', by: 'system', via: 'native', document: NO_SETTINGS };

export function settingsService(ctx: Context): SettingsService {
  const cache = new Map<string, { view: SettingsView; until: number }>();
  const read = (workspaceId: string, at?: string) => readSettings(ctx, workspaceId, at);
  const current = async (workspaceId: string): Promise<SettingsView> => {
    const at = ctx.now().getTime();
    const cached = cache.get(workspaceId);
    if (cached && cached.until > at) return cached.view;
    const view = await read(workspaceId);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(workspaceId, { view, until: at + CACHE_MS });
    return view;
  };

  return {
    read,
    current,

    async update(caller, workspaceId, patch) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const before = await read(workspaceId);
        const document = applyPatch(before.document, patch);
        if (same(document, before.document)) return before;
        const after = await saveSettings(ctx, caller, workspaceId, { number: before.number + 1, document, patch });
        if (!after) continue;
        if (!caller.writeOptions.dryRun) cache.delete(workspaceId);
        return after;
      }
      throw new Fault('write_conflict');
    },

    async demandPrecondition(caller) {
      if (caller.dialect !== 'native' || caller.writeOptions.ifMatch !== undefined) return;
      const { document } = await current(caller.workspaceId);
      if (document.preconditions === 'required') throw new Fault('precondition_required');
    },
  };
}

async function readSettings({ store }: Context, workspaceId: string, at?: string): Promise<SettingsView> {
  const stored = await store.history.settings(workspaceId, at);
  return stored ? { ...stored, document: stored.document as unknown as WorkspaceSettings } : UNCHANGED;
}

/** The patched settings, checked. The group `window` is always present, so that its parts can be set alone. */
function applyPatch(before: WorkspaceSettings, patch: JsonObject): WorkspaceSettings {
  const layer = patch['callSettings'];
  if (layer !== undefined && layer !== null && !isObject(layer))
    throw invalidAt('callSettings', 'must be an object', 'type');
  const patched = mergePatch(before, patch) as WorkspaceSettings;
  const callSettings = { ...patched.callSettings, window: patched.callSettings?.window ?? {} };
  const document = { ...patched, callSettings };
  const issues = issuesOf(WorkspaceSettings, document);
  if (issues.length > 0) throw invalid(issues);
  return document;
}

/** Undefined where another writer has saved this revision first. */
async function saveSettings(
  ctx: Context,
  caller: Caller,
  workspaceId: string,
  { number, document, patch }: { number: number; document: WorkspaceSettings; patch: JsonObject },
): Promise<SettingsView | undefined> {
  const detail = { changed: Object.keys(patch) };
  const entry = auditEntry(ctx, caller, 'workspace.settings_updated', workspaceId, detail, number);
  const view: SettingsView = { number, at: entry.at, by: entry.by, via: entry.via, document };
  const { history } = storesFor(ctx, caller);
  const saved = await history.saveSettings(workspaceId, view as unknown as SettingsRevision, entry);
  return saved ? view : undefined;
}
