/** What happens when an active call ends: its conversation ends, and the store learns how the attempt ended. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { type Conversation, keepsTranscript } from '../conversations/conversation.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { Statement } from '../db/engine.ts';
import { Fault } from '../faults.ts';
import { type ActiveCall, callerOf, declinedFields, withoutCancelledAttempt } from './active-call.ts';
import type { AttemptEnd, Call, CallStatus } from './call.ts';
import { type AttemptOutcome, endAttempt, endDetail, settleCall } from './call-steps.ts';
import type { CallingRules } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export interface EndingParts {
  ctx: Context;
  conversations: Pick<ConversationService, 'end'>;
  callingRules: CallingRules;
  /** Forgets the call: its line is closed. */
  remove(active: ActiveCall): void;
  /** The store has the end of the call. */
  onEnded(call: Call, status: AttemptEnd): void;
}

const MAX_WRITE_ATTEMPTS = 20;

export async function endCall(parts: EndingParts, active: ActiveCall, outcome: AttemptOutcome): Promise<void> {
  const { conversationId } = active;
  parts.remove(active);
  const extra: Statement[] = [];
  let hasTranscript = false;
  if (conversationId !== undefined) {
    hasTranscript = await endConversation(parts, active, conversationId);
    if (!hasTranscript)
      extra.push(...parts.ctx.store.dialQueue.deleteTranscript(active.call.workspaceId, conversationId));
  }
  await settle(parts, active, { ...outcome, hasTranscript }, extra);
  parts.onEnded(active.call, outcome.status);
}

/** Resolves with whether the transcript is kept. A conversation without one is not analyzed. */
async function endConversation(
  { ctx, conversations }: EndingParts,
  active: ActiveCall,
  conversationId: string,
): Promise<boolean> {
  const current = await ctx.store.calls.get(active.call.workspaceId, active.call.id);
  const isKept = (conversation: Conversation) => !current?.progress.withdrawn && keepsTranscript(conversation);
  const analysis = (conversation: Conversation) => ({ unjudged: !isKept(conversation) });
  const reason = active.hangUp?.end ?? 'hung-up';
  return isKept(await conversations.end(callerOf(active.call), conversationId, reason, analysis));
}

/**
 * Stores the end of the attempt and the next step of the call. Other writers may change the call meanwhile, with a
 * callback or a cancellation; the write is repeated on their version.
 */
async function settle(
  { ctx, callingRules }: EndingParts,
  active: ActiveCall,
  outcome: AttemptOutcome,
  extra: readonly Statement[],
): Promise<void> {
  const { store } = ctx;
  const attempt = endAttempt(active.attempt, outcome);
  for (let attempts = 0; attempts < MAX_WRITE_ATTEMPTS; attempts += 1) {
    const before = withoutCancelledAttempt(active);
    const plan = (progress: Call['progress']): Step =>
      before.direction === 'inbound'
        ? { do: 'end', status: outcome.status as CallStatus, why: outcome.reason ?? '' }
        : callingRules.nextStep(callingRules.zones, { ...before, progress }, active.callCase, Date.parse(outcome.at));
    const after = { ...settleCall(before, attempt, outcome, plan), ...declinedFields(active) };
    const entry = auditEntry(ctx, callerOf(before), 'call.ended', before.id, endDetail(before, attempt, after));
    if (await store.dialQueue.settle(before, after, attempt, extra, entry)) {
      active.call = after;
      return;
    }
    const current = await store.calls.get(before.workspaceId, before.id);
    // Another node has recovered the call as lost, and settled it.
    if (!current || (current.status !== 'dialing' && current.status !== 'in_progress')) return;
    if (current.attempts !== attempt.number) return;
    active.call = current;
  }
  throw new Fault('write_conflict');
}
