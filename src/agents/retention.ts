/** How many revisions a workspace keeps of each agent. Never the head, never one that a label holds. */

import type { Context } from '../context.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Agent } from './agent.ts';

/** Told of each revision after it was written; nobody waits for what it does. */
export type Retention = (agent: Pick<Agent, 'workspaceId' | 'id'>, head: number) => void;

/** Old revisions go in bundles, so that most updates have nothing to sweep up. */
const LARGEST_BUNDLE = 50;

export const bundleFor = (kept: number): number => Math.max(1, Math.min(LARGEST_BUNDLE, Math.floor(kept / 10)));

export function retention({ store }: Context, settings: Pick<SettingsService, 'current'>): Retention {
  const sweep = async (workspaceId: string, id: string, head: number): Promise<void> => {
    const { revisionsKept } = (await settings.current(workspaceId)).document;
    if (revisionsKept === undefined || head <= revisionsKept || head % bundleFor(revisionsKept) > 0) return;
    await store.history.prune(workspaceId, id, head - revisionsKept + 1);
  };
  return ({ workspaceId, id }, head) => {
    // What cannot be swept up now will be with the next bundle.
    sweep(workspaceId, id, head).catch(() => {});
  };
}
