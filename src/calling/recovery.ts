/** Recovers calls whose node has stopped: the carrier says how they ended, or they end as `unknown`. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { keepsTranscript } from '../conversations/conversation.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { Statement } from '../db/engine.ts';
import { callerOf } from './active-call.ts';
import type { AttemptEnd, Call, CallAttempt } from './call.ts';
import { type AttemptOutcome, endAttempt, endDetail, settleCall } from './call-steps.ts';
import type { Carrier, CarrierStatus } from './carrier.ts';
import type { CallCase } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export interface RecoveryOptions {
  carrier: Pick<Carrier, 'lookup' | 'hangUp'>;
  conversations: Pick<ConversationService, 'get' | 'end'>;
}

/** Resolves with how the attempt ended; undefined if it is still live, or another node settled it. */
export type RecoverCall = (callingRules: CallingRules, callCase: CallCase) => Promise<AttemptEnd | undefined>;

export function callRecovery(ctx: Context, { carrier, conversations }: RecoveryOptions): RecoverCall {
  const { store, now } = ctx;

  /** Resolves with whether the transcript is kept. A conversation without one is not analyzed. */
  const endConversation = async (call: Call, conversationId: string): Promise<boolean> => {
    const conversation = await conversations.get(callerOf(call), conversationId);
    const hasTranscript = keepsTranscript(conversation) && !call.progress.withdrawn;
    await conversations.end(callerOf(call), conversationId, 'failed', () => ({ unjudged: !hasTranscript }));
    return hasTranscript;
  };

  return async (callingRules, callCase) => {
    const { call } = callCase;
    const attempts = (await store.calls.attempts(call.workspaceId, [call.id])).get(call.id) ?? [];
    const attempt = attempts.at(-1);
    if (!attempt) return undefined;
    const status = await carrier.lookup(attempt.id).catch((): CarrierStatus => ({ state: 'unknown' }));
    if (status.state === 'live') {
      // No node can continue its conversation: hang up, and settle the attempt on a later round.
      await carrier.hangUp(attempt.id);
      return undefined;
    }
    const at = now();
    const { conversationId } = attempt;
    const extra: Statement[] = [];
    let hasTranscript = false;
    if (conversationId !== null) {
      hasTranscript = await endConversation(call, conversationId);
      if (!hasTranscript) extra.push(...store.dialQueue.deleteTranscript(call.workspaceId, conversationId));
    }
    const outcome = { ...lostOutcomeOf(attempt, status, at.toISOString()), hasTranscript };
    const ended = endAttempt({ ...attempt, answeredAt: answeredAt(attempt, status) }, outcome);
    const after = settleCall(call, ended, outcome, (progress): Step => {
      if (call.direction === 'outbound')
        return callingRules.nextStep(callingRules.zones, { ...call, progress }, callCase, at.getTime());
      return { do: 'end', status: outcome.status === 'void' ? 'failed' : outcome.status, why: outcome.reason ?? '' };
    });
    const entry = auditEntry(ctx, callerOf(call), 'call.ended', call.id, endDetail(call, ended, after));
    return (await store.dialQueue.settle(call, after, ended, extra, entry)) ? outcome.status : undefined;
  };
}

const answeredAt = (attempt: CallAttempt, status: CarrierStatus): string | null =>
  attempt.answeredAt ?? (status.state === 'ended' ? status.answeredAt : null);

/** The outcome of an attempt whose node has stopped. */
function lostOutcomeOf(attempt: CallAttempt, status: CarrierStatus, at: string): AttemptOutcome {
  const reason = 'The server that placed the call stopped';
  if (status.state === 'not_dialed') return { status: 'void', at, reason: `${reason} before the number was dialed` };
  if (status.state !== 'ended') return { status: 'unknown', at, reason };
  const answered = answeredAt(attempt, status);
  const ended = { at: status.at, reason, conversationId: attempt.conversationId };
  if (answered === null)
    return { ...ended, status: status.cause === 'hung_up' ? 'failed' : unansweredEnd(status.cause) };
  if (status.answeredBy === 'machine') return { ...ended, status: 'voicemail' };
  return { ...ended, status: 'completed', durationSeconds: (Date.parse(status.at) - Date.parse(answered)) / 1000 };
}

/** A call that was cancelled because its server stopped had rung without an answer. */
const unansweredEnd = (cause: 'no_answer' | 'busy' | 'failed' | 'cancelled') =>
  cause === 'cancelled' ? 'no_answer' : cause;
