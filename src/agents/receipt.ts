/** What a write did to an agent, for the receipt. Pure. */
import type { Receipt } from '../workspaces/caller.ts';
import { type Agent, type AgentDocument, defaultProfile } from './agent.ts';
import { overlaps } from './change/diff.ts';
import { DEFAULT_PROFILE, type Edit } from './change/edit.ts';
import { editedPaths } from './change/origins.ts';

/**
 * The receipt of an update that has not been written yet. `requested` are the edits of the caller, `effective` those
 * that change something. The revision is the head's; an update that is written replaces it.
 */
export function receiptOf(
  agent: Agent,
  after: AgentDocument,
  requested: readonly Edit[],
  effective: readonly Edit[],
): Receipt {
  const changed = editedPaths(effective);
  // An agent without a default profile gets one from the update: `@default` means that one.
  const id = (defaultProfile(agent.document) ?? defaultProfile(after))?.id ?? '*';
  const named = editedPaths(requested).map((path) => path.replace(DEFAULT_PROFILE, id));
  const unchanged = named.filter((path) => !changed.some((other) => overlaps(other, path)));
  return { agentId: agent.id, revision: agent.revision, changed, unchanged, liveConversations: 0 };
}
