/** Which revision of an agent last set a value. */

import type { AgentDocument } from '../agents/agent.ts';
import type { Edit } from '../agents/change/edit.ts';
import { touches, valueIn } from '../agents/change/origins.ts';
import type { Context } from '../context.ts';
import { same } from '../lib/values.ts';
import type { Source } from '../settings/explain.ts';

/** One revision of an agent. */
export interface AgentRevision {
  workspaceId: string;
  id: string;
  revision: number;
  document: AgentDocument;
}

export interface Origin extends Source {
  revision: number;
  /** The value came with the new agent or the new profile, and no later edit set it. */
  isInitial: boolean;
}

/** Revisions per query. */
const PAGE_SIZE = 200;

/**
 * The newest revision that set each path, by path. Walks back through the history. A path is missing where its
 * revision has been removed.
 */
export async function originsOf(
  { store }: Context,
  { workspaceId, id, revision, document }: AgentRevision,
  paths: readonly string[],
): Promise<Map<string, Origin>> {
  const origins = new Map<string, Origin>();
  const uncertain: { number: number; path: string }[] = [];
  const open = new Set(paths);
  let next = revision;
  let isUnbroken = true;
  while (open.size > 0) {
    const page = await store.history.list(workspaceId, id, PAGE_SIZE, next + 1);
    for (const { number, at, by, edits } of page) {
      isUnbroken &&= number === next;
      next = number - 1;
      for (const path of open) {
        const touching = edits.filter((edit) => touches(edit, path));
        if (number > 1 && touching.length === 0) continue;
        open.delete(path);
        origins.set(path, { revision: number, by, at, isInitial: number === 1 || createsProfile(touching, path) });
        if (!isUnbroken) uncertain.push({ number, path });
      }
    }
    if (page.length < PAGE_SIZE) break;
  }
  // A removed revision in between may have set the value instead. If the value differs, one did.
  for (const [number, places] of Map.groupBy(uncertain, (one) => one.number)) {
    const old = await store.history.document(workspaceId, id, number);
    for (const { path } of places) if (!same(valueIn(old, path), valueIn(document, path))) origins.delete(path);
  }
  return origins;
}

/** The first edits of a new profile set the whole profile, or the whole dictionary of profiles. */
const createsProfile = (edits: readonly Edit[], path: string): boolean =>
  path.startsWith('profiles.') && edits.every((edit) => edit.path.split('.').length <= 2);
