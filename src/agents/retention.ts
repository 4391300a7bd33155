/** Removes old revisions beyond the number that a workspace keeps of each agent. */

import type { Context } from '../context.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Agent } from './agent.ts';

/** Called after each new revision. The write does not wait for it. */
export type Retention = (agent: Pick<Agent, 'workspaceId' | 'id'>, head: number) => void;

/** Old revisions are removed in batches, so that most updates remove none. */
const MAX_PRUNE_BATCH_SIZE = 50;

/** Revisions between two removals: a tenth of those that the workspace keeps, at most 50. */
export const pruneBatchSize = (kept: number): number =>
  Math.max(1, Math.min(MAX_PRUNE_BATCH_SIZE, Math.floor(kept / 10)));

export function retention({ store }: Context, settings: Pick<SettingsService, 'current'>): Retention {
  const prune = async (workspaceId: string, id: string, head: number): Promise<void> => {
    const { revisionsKept } = (await settings.current(workspaceId)).document;
    if (revisionsKept === undefined || head <= revisionsKept || head % pruneBatchSize(revisionsKept) > 0) return;
    await store.history.prune(workspaceId, id, head - revisionsKept + 1);
  };
  return ({ workspaceId, id }, head) => {
    // After an error, the next batch removes these revisions too.
    prune(workspaceId, id, head).catch(() => {});
  };
}
