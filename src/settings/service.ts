/** The workspace's own word on settings, with its history. */

import type { SettingsRevision } from '../agents/history-store.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, invalid, invalidAt } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isObject, type JsonObject, mergePatch, same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { NO_SETTINGS, WorkspaceSettings } from './workspace-settings.ts';

export interface SettingsView extends Omit<SettingsRevision, 'document'> {
  document: WorkspaceSettings;
}

/** How long another node may go on with settings that were changed here. */
const CACHE_MS = 1000;
const CACHE_SIZE = 10_000;
const ATTEMPTS = 20;
const NEVER: SettingsView = { number: 0, at: '', by: 'system', via: 'native', document: NO_SETTINGS };

export type SettingsService = ReturnType<typeof settingsService>;

export function settingsService(ctx: Context) {
  const { store, now } = ctx;
  const cache = new Map<string, { view: SettingsView; until: number }>();

  const read = async (workspaceId: string, at?: string): Promise<SettingsView> => {
    const kept = await store.history.settings(workspaceId, at);
    return kept ? { ...kept, document: kept.document as unknown as WorkspaceSettings } : NEVER;
  };

  /** As they stand, at most a second old. */
  const current = async (workspaceId: string): Promise<SettingsView> => {
    const at = now().getTime();
    const cached = cache.get(workspaceId);
    if (cached && cached.until > at) return cached.view;
    const view = await read(workspaceId);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(workspaceId, { view, until: at + CACHE_MS });
    return view;
  };

  return {
    /** As they stand, or stood at a moment. */
    read,
    current,

    /** Merges a patch; a null takes back what was said. */
    async update(caller: Caller, workspaceId: string, patch: JsonObject): Promise<SettingsView> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const before = await read(workspaceId);
        const layer = patch['callSettings'];
        if (layer !== undefined && layer !== null && !isObject(layer))
          throw invalidAt('callSettings', 'must be an object', 'type');
        const document = mergePatch(before.document, patch) as WorkspaceSettings;
        const whole = {
          ...document,
          callSettings: { ...document.callSettings, window: document.callSettings?.window ?? {} },
        };
        const issues = issuesOf(WorkspaceSettings, whole);
        if (issues.length > 0) throw invalid(issues);
        if (same(whole, before.document)) return before;
        const number = before.number + 1;
        const entry = auditEntry(
          ctx,
          caller,
          'workspace.settings_updated',
          workspaceId,
          { changed: Object.keys(patch) },
          number,
        );
        const next = { number, at: entry.at, by: entry.by, via: entry.via, document: whole };
        const kept = await storesFor(ctx, caller).history.saveSettings(
          workspaceId,
          next as unknown as SettingsRevision,
          entry,
        );
        if (!kept) continue;
        if (!caller.writeOptions.dryRun) cache.delete(workspaceId);
        return next;
      }
      throw new Fault('write_conflict');
    },

    /** Refuses a native update that does not say what it changes, where the workspace wants to know. */
    async demandPrecondition(caller: Caller): Promise<void> {
      if (caller.dialect !== 'native' || caller.writeOptions.ifMatch !== undefined) return;
      const { document } = await current(caller.workspaceId);
      if (document.preconditions === 'required') throw new Fault('precondition_required');
    },
  };
}
