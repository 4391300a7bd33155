/** The end of conversations: on request, after too long without activity, or with their agent. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, invalid } from '../faults.ts';
import { type Caller, storesFor, systemCaller } from '../workspaces/caller.ts';
import type { Conversation, ConversationFacts, EndReason } from './conversation.ts';
import { NO_MESSAGES } from './events.ts';
import { findConversation } from './reads.ts';
import type { Runtime } from './runtime.ts';
import { metadataIssues } from './start.ts';
import type { EndFields } from './store.ts';
import { next } from './turn.ts';

export type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;

const MAX_ATTEMPTS = 5;
const IDLE_BATCH_SIZE = 200;

/** Ends a conversation; one that has ended stays as it is. `fieldsFor` gives the values to store with it. */
export function endConversation(
  runtime: Runtime,
  caller: Caller,
  id: string,
  reason: EndReason,
  fieldsFor: (open: Conversation) => EndFields,
): Promise<Conversation> {
  const { ctx, queue } = runtime;
  return queue(id, async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const conversation = await findConversation(ctx, caller, id);
      if (conversation.state.status === 'ended') return conversation;
      const fields = fieldsFor(conversation);
      const issues = metadataIssues(fields.metadata ?? {});
      if (issues.length > 0) throw invalid(issues);
      if (!(await writeEnd(runtime, caller, conversation, reason, fields))) continue;
      if (!caller.writeOptions.dryRun) return findConversation(ctx, caller, id);
      const at = ctx.now().toISOString();
      const { state } = next(conversation.state, { type: 'end', reason, at }, conversation.snapshot);
      return { ...conversation, ...fields, state, endedAt: at, version: conversation.version + 1 };
    }
    throw new Fault('write_conflict');
  });
}

/** Writes the end and publishes it. False where another request has written first. Call it inside the queue. */
export async function writeEnd(
  { ctx, events }: Runtime,
  author: Author,
  open: ConversationFacts,
  reason: EndReason,
  fields: EndFields = {},
): Promise<boolean> {
  const endedAt = ctx.now().toISOString();
  const state = { ...open.state, status: 'ended' as const, endReason: reason };
  const after = { state, usage: open.usage, lastActivityAt: open.lastActivityAt, endedAt, ...fields };
  const entry = endEntry(ctx, author, open, reason);
  const written = await storesFor(ctx, author).conversations.advance(open, after, NO_MESSAGES, entry);
  if (written && !author.writeOptions.dryRun) events.publish({ ...open, ...after }, NO_MESSAGES, 'ended');
  return written;
}

export const endEntry = (
  ctx: Context,
  author: Author,
  { id, agentId, revision, channel }: ConversationFacts,
  reason: EndReason | null,
) => auditEntry(ctx, author, 'conversation.ended', id, { agentId, revision, channel, reason });

/** Ends the conversations of all workspaces that had no activity for `idleMs`; answers how many. */
export async function endIdleConversations(runtime: Runtime, idleMs: number): Promise<number> {
  const { store, now } = runtime.ctx;
  let total = 0;
  for (;;) {
    const since = new Date(now().getTime() - idleMs).toISOString();
    const idle = await store.conversations.idleSince(since, IDLE_BATCH_SIZE);
    const results = await Promise.all(idle.map((conversation) => endIfStillIdle(runtime, conversation)));
    const ended = results.filter(Boolean).length;
    total += ended;
    // A round that ends none would otherwise be repeated without end.
    if (ended === 0 || idle.length < IDLE_BATCH_SIZE) return total;
  }
}

/** While this waited in the queue, a turn may have continued the conversation. */
const endIfStillIdle = (runtime: Runtime, { workspaceId, id, version }: ConversationFacts): Promise<boolean> =>
  runtime.queue(id, async () => {
    const open = await runtime.ctx.store.conversations.facts(workspaceId, id);
    if (open?.version !== version) return false;
    return writeEnd(runtime, systemCaller({ id: workspaceId, number: 0 }), open, 'idle');
  });

const END_SENTENCES: Record<EndReason, string> = {
  ended: 'The conversation has been ended',
  agent: 'The conversation was ended by the agent',
  idle: 'The conversation ended after too long without activity',
  failed: 'The conversation ended because of a failure',
  'agent-deleted': 'The conversation ended when its agent was deleted',
  'hung-up': 'The conversation ended when the contact hung up',
  'timed-out': 'The conversation ended at its maximum duration',
  transferred: 'The conversation ended when the call was transferred',
};

/** The fault for a message to a conversation that has ended. */
export function closedFault({ id, state }: ConversationFacts): Fault {
  const reason = state.endReason ?? 'ended';
  return new Fault('conversation_closed', { id, reason, message: `${END_SENTENCES[reason]}; start a new one.` });
}
