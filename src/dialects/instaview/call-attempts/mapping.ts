/** Maps call attempts: their time, and whether an attempt can still be changed. */
import type { Call, CallAttempt } from '../../../calling/call.ts';
import { Fault } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { attemptIdOf } from '../interviews/attempts.ts';
import { futureIn } from '../interviews/moments.ts';
import { refuse } from '../shared.ts';
import type * as contract from './contract.ts';

/** The time of the attempt; `undefined` means now. */
export function parseTime(schema: Schema, body: JsonObject, now: Date): string | undefined {
  refuse(issuesOf(schema, body));
  const { scheduledAt } = body;
  return typeof scheduledAt === 'string' ? futureIn(scheduledAt, 'scheduledAt', now) : undefined;
}

/** Whether this is the next attempt of a waiting call, the only attempt that can be changed. */
export const isScheduled = (call: Call, attemptId: string): boolean =>
  call.status === 'waiting' && attemptId === nextIdOf(call);

/** Why an attempt that is not scheduled cannot be changed. `id` is the id as the client wrote it. */
export function refusalOf(call: Call, attempts: readonly CallAttempt[], id: string): Fault {
  const attemptId = id.toLowerCase();
  const attempt = attempts.find(({ number }) => attemptId === attemptIdOf(call.id, number));
  if (attempt?.status === 'reserved' || attempt?.status === 'in_progress')
    return new Fault('call_under_way', { id: call.id });
  if (attempt || attemptId === nextIdOf(call))
    return new Fault('call_over', { id: call.id, message: 'Only an attempt that is scheduled can be changed.' });
  return new Fault('attempt_missing', { id });
}

const nextIdOf = (call: Call): string => attemptIdOf(call.id, call.attempts + 1);

export const formatCreated = ({ dueAt }: Call): contract.CallAttemptCreated => ({
  success: true,
  message: `The candidate is called at ${dueAt}, or as soon as a line is free after that.`,
});
