/** Maps the attempts of a call to InstaView's call attempts. */
import type { AttemptStatus, Call, CallAttempt } from '../../../calling/call.ts';
import { fingerprint } from '../../../lib/fingerprint.ts';
import type { JsonObject } from '../../../lib/values.ts';
import * as contract from './contract.ts';

const STATUSES: Record<AttemptStatus, readonly [status: contract.AttemptStatus, reason: string | null]> = {
  reserved: ['IN_PROGRESS', null],
  in_progress: ['IN_PROGRESS', null],
  completed: ['COMPLETED', null],
  no_answer: ['FAILED', 'NO_ANSWER'],
  busy: ['FAILED', 'BUSY'],
  voicemail: ['FAILED', 'VOICEMAIL'],
  failed: ['FAILED', 'FAILED'],
  unknown: ['FAILED', 'UNKNOWN'],
  cancelled: ['CANCELLED', 'CANCELLED'],
  void: ['CANCELLED', 'CANCELLED'],
};

/** Depends on the call and the attempt's number only, so it is the same before and after the attempt is placed. */
export const attemptIdOf = (callId: string, number: number): string => fingerprint(`attempt/${callId}/${number}`);

/** The time that the client asked for, or the time of the first attempt if the call was placed earlier. */
export function requestedTime(call: Call, attempts: readonly CallAttempt[]): string | null {
  const first = attempts[0]?.reservedAt;
  const requested = call.progress.pending?.at ?? call.notBefore;
  if (requested !== null)
    return first !== undefined && first < requested && call.status !== 'waiting' ? first : requested;
  if (call.localStart === null) return call.createdAt;
  return first ?? call.dueAt;
}

/** The attempts in the order of the contract's fields. */
export const formatAttempts = (call: Call, attempts: readonly CallAttempt[]): JsonObject[] => {
  const placed = attempts.filter(({ status }) => status !== 'void');
  const formatted = placed.map((attempt, index) => formatPlaced(call, attempt, index));
  const next = formatNext(call, attempts, placed);
  return [...formatted, ...(next ? [next] : [])].map((fields) =>
    Object.fromEntries(Object.keys(contract.CallAttempt.properties).map((field) => [field, fields[field]])),
  );
};

const commonFields = (call: Call, number: number, index: number): JsonObject => ({
  id: attemptIdOf(call.id, number),
  direction: 'OUTBOUND',
  retryNumber: index,
  recordingUrl: null,
});

function formatPlaced(call: Call, attempt: CallAttempt, index: number): JsonObject {
  const [status, reasonCode] = STATUSES[attempt.status];
  const { reservedAt, answeredAt, endedAt } = attempt;
  const isConnected = answeredAt !== null && endedAt !== null;
  return {
    ...commonFields(call, attempt.number, index),
    status,
    reasonCode,
    notes: attempt.endReason ?? attempt.why.time,
    duration: isConnected ? Math.round((Date.parse(endedAt) - Date.parse(answeredAt)) / 1000) : null,
    scheduledAt: reservedAt,
    calledAt: reservedAt,
  };
}

/** The attempt after the placed ones: a scheduled one, or one that was cancelled or blocked before it was placed. */
function formatNext(
  call: Call,
  attempts: readonly CallAttempt[],
  placed: readonly CallAttempt[],
): JsonObject | undefined {
  const common = commonFields(call, call.attempts + 1, placed.length);
  const next = { ...common, notes: call.why, duration: null, calledAt: null };
  if (call.status === 'waiting') return { ...next, status: 'SCHEDULED', reasonCode: null, scheduledAt: call.dueAt };
  const isStopped = call.status === 'cancelled' || call.status === 'blocked';
  if (!isStopped || placed.at(-1)?.status === 'cancelled') return undefined;
  const reasonCode = call.status === 'blocked' ? 'BLOCKED' : 'CANCELLED';
  return { ...next, status: 'CANCELLED', reasonCode, scheduledAt: requestedTime(call, attempts) };
}
