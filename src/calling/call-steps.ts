/** How a call changes when an attempt is reserved and when it ends, and the detail of the audit entry. Pure. */

import { MAX_TIME } from '../lib/text.ts';
import type { JsonObject } from '../lib/values.ts';
import { type AttemptEnd, type Call, type CallAttempt, type CallProgress, endProgress, startProgress } from './call.ts';
import type { Step } from './rules/plan.ts';

/** The call with a reserved attempt: from now on the phone may ring. `leaseEnd` is ISO 8601. */
export function reserveAttempt(call: Call, attempt: CallAttempt, leaseEnd: string): Call {
  return {
    ...call,
    status: 'dialing',
    why: attempt.why.time,
    attempts: attempt.number,
    dueAt: leaseEnd,
    progress: startProgress(call.progress, attempt.reason),
    updatedAt: attempt.reservedAt,
  };
}

/** How an attempt ended. */
export interface AttemptOutcome {
  status: AttemptEnd;
  /** ISO 8601. */
  at: string;
  /** A sentence. */
  reason: string | null;
  /** From the answer to the end. */
  durationSeconds?: number;
  conversationId?: string | null;
  transferredTo?: string | null;
  outcome?: string | null;
  hasTranscript?: boolean;
}

export function endAttempt(attempt: CallAttempt, { status, at, reason, conversationId }: AttemptOutcome): CallAttempt {
  return {
    ...attempt,
    status,
    endedAt: at,
    endReason: reason,
    ...(conversationId !== undefined && { conversationId }),
  };
}

/** The call after its attempt has ended; `plan` decides the next step from the new progress. */
export function settleCall(
  call: Call,
  attempt: CallAttempt,
  outcome: AttemptOutcome,
  plan: (progress: CallProgress) => Step,
): Call {
  const { status, at } = outcome;
  const progress = endProgress(call.progress, { status, endedAt: at, reason: attempt.reason });
  const step = plan(progress);
  const conversation = status === 'completed' && {
    answeredAt: attempt.answeredAt,
    durationSeconds: outcome.durationSeconds ?? null,
    conversationId: outcome.conversationId ?? call.conversationId,
    transferredTo: outcome.transferredTo ?? null,
    outcome: outcome.outcome ?? call.outcome,
  };
  // A transcript exists even if it is unknown how the attempt ended.
  const transcript = outcome.hasTranscript && { hasTranscript: true };
  const after = applyStep({ ...call, progress, ...conversation, ...transcript }, step, at);
  return { ...after, endedAt: step.do === 'end' ? at : null };
}

/** The call after a step, at a moment (ISO 8601). A `dial` step makes it due now. */
export function applyStep(call: Call, step: Step, at: string): Call {
  if (step.do === 'end')
    return { ...call, status: step.status, why: step.why, dueAt: null, endedAt: at, updatedAt: at };
  const dueAt = step.do === 'wait' ? new Date(Math.min(step.until, MAX_TIME)).toISOString() : at;
  return { ...call, status: 'waiting', why: step.why, dueAt, updatedAt: at };
}

/** The detail of `call.ended` for an attempt; `after` is the call once the attempt is settled. */
export function endDetail(call: Call, attempt: CallAttempt, after: Call): JsonObject {
  const willRetry = after.status === 'waiting';
  return {
    attempt: attempt.number,
    attemptId: attempt.id,
    agentId: call.agentId,
    campaignId: call.campaignId,
    status: attempt.status,
    reason: attempt.endReason,
    durationSeconds: attempt.status === 'completed' ? after.durationSeconds : null,
    conversationId: attempt.conversationId,
    willRetry,
    nextAt: willRetry ? after.dueAt : null,
    over: !willRetry,
  };
}
