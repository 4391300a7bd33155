/** The check of `If-Match`: a write must be meant for the head, or for other fields than those changed since. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { WriteOptions } from '../workspaces/caller.ts';
import type { Agent } from './agent.ts';
import { changedPaths, overlaps } from './change/diff.ts';
import type { Edit } from './change/edit.ts';

/** Throws `precondition_failed`, with the fields in conflict, for a write that was meant for another revision. */
export async function requireFresh(
  { store }: Pick<Context, 'store'>,
  agent: Agent,
  edits: readonly Edit[],
  { ifMatch, merge }: WriteOptions,
): Promise<void> {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(agent.revision)) return;
  const base = await store.history.document(agent.workspaceId, agent.id, ifMatch[0] ?? 0);
  const changedSince = base ? changedPaths(base, agent.document) : [];
  const conflicts = changedSince.filter((path) => edits.some((edit) => overlaps(edit.path, path)));
  if (merge && base && conflicts.length === 0) return;
  const head = `The agent is at revision ${agent.revision}`;
  throw new Fault('precondition_failed', {
    count: agent.revision,
    issues: conflicts.map((path) => ({ path, message: 'was changed on both sides', rule: 'conflict' })),
    message:
      conflicts.length > 0
        ? `${head}, and both sides changed ${conflicts.join(', ')}; read the agent and repeat the change.`
        : `${head}, not at the one in If-Match; read the agent again, or send Prefer: merge.`,
  });
}
