/** How a call stands after each step, and what the journal says of it. Pure. */

import { LAST_MOMENT } from '../lib/text.ts';
import type { JsonObject } from '../lib/values.ts';
import { type AttemptEnd, begun, type Call, type CallAttempt, type CallProgress, ended } from './call.ts';
import type { Step } from './rules/plan.ts';

/** The attempt is reserved: from here on the telephone may ring. */
export function reserved(call: Call, attempt: CallAttempt, leaseEnd: string): Call {
  return {
    ...call,
    status: 'dialing',
    why: attempt.why.time,
    attempts: attempt.number,
    dueAt: leaseEnd,
    progress: begun(call.progress, attempt.reason),
    updatedAt: attempt.reservedAt,
  };
}

/** How an attempt ended. */
export interface AttemptOutcome {
  status: AttemptEnd;
  at: string;
  /** A sentence. */
  reason: string | null;
  /** Of the talk. */
  durationSeconds?: number;
  conversationId?: string | null;
  transferredTo?: string | null;
  outcome?: string | null;
  hasTranscript?: boolean;
}

export function endedAttempt(
  attempt: CallAttempt,
  { status, at, reason, conversationId }: AttemptOutcome,
): CallAttempt {
  return {
    ...attempt,
    status,
    endedAt: at,
    endReason: reason,
    ...(conversationId !== undefined && { conversationId }),
  };
}

/** Where the call stands once its attempt has ended: `plan` says what is next. */
export function settled(
  call: Call,
  attempt: CallAttempt,
  outcome: AttemptOutcome,
  plan: (progress: CallProgress) => Step,
): Call {
  const { status, at } = outcome;
  const progress = ended(call.progress, { status, endedAt: at, reason: attempt.reason });
  const step = plan(progress);
  const talk = status === 'completed' && {
    answeredAt: attempt.answeredAt,
    durationSeconds: outcome.durationSeconds ?? null,
    conversationId: outcome.conversationId ?? call.conversationId,
    transferredTo: outcome.transferredTo ?? null,
    outcome: outcome.outcome ?? call.outcome,
  };
  // Also where nobody knows how it ended, what was said in it has been said.
  const words = outcome.hasTranscript && { hasTranscript: true };
  return { ...stepped({ ...call, progress, ...talk, ...words }, step, at), endedAt: step.do === 'end' ? at : null };
}

/** A call that is not being dialled, after a step that is not dialling it at once. */
export function stepped(call: Call, step: Step, at: string): Call {
  if (step.do === 'end')
    return { ...call, status: step.status, why: step.why, dueAt: null, endedAt: at, updatedAt: at };
  const dueAt = step.do === 'wait' ? new Date(Math.min(step.until, LAST_MOMENT)).toISOString() : at;
  return { ...call, status: 'waiting', why: step.why, dueAt, updatedAt: at };
}

/** What is said of an ended attempt to those who are told. */
export function endDetail(call: Call, attempt: CallAttempt, after: Call): JsonObject {
  const again = after.status === 'waiting';
  return {
    attempt: attempt.number,
    attemptId: attempt.id,
    agentId: call.agentId,
    campaignId: call.campaignId,
    status: attempt.status,
    reason: attempt.endReason,
    durationSeconds: attempt.status === 'completed' ? after.durationSeconds : null,
    conversationId: attempt.conversationId,
    willRetry: again,
    nextAt: again ? after.dueAt : null,
    over: !again,
  };
}
