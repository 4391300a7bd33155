/**
 * The next step of a call: dial, wait, or end. Pure: a call, the facts and the time go in, one step comes out. The same
 * function plans the first attempt, every retry, and a preview.
 */

import type { ContactInput } from '../../contacts/contact.ts';
import type { AttemptReason, Call, CallPolicy, CallStatus } from '../call.ts';
import { clockOf, type Hours, momentOf, nextOpen, type Zones } from './hours.ts';

/** The fields of a call that the plan reads. */
export type PlannedCall = Pick<Call, 'notBefore' | 'localStart' | 'progress'>;

/** What the plan knows about the contact and the settings. */
export interface CallFacts {
  policy: CallPolicy;
  /** The time zones that the contact may be in; empty where none is known. */
  zones: readonly string[];
  /** The number has a do-not-call entry. */
  refused: boolean;
  consent: ContactInput['consent'];
  consentRequired: boolean;
}

/** `why` is a sentence without its full stop, for operators. `until` is in epoch milliseconds. */
export type Step =
  | { do: 'dial'; reason: AttemptReason; why: string }
  | { do: 'wait'; until: number; why: string }
  | { do: 'end'; status: CallStatus; why: string };

type EndStep = Extract<Step, { do: 'end' }>;

/** The attempt that comes next, and when it may be made at the earliest. */
interface NextAttempt {
  do: 'attempt';
  from: number;
  reason: AttemptReason;
  why: string;
}

const MINUTE_MS = 60_000;

export function nextStep(zones: Zones, call: PlannedCall, facts: CallFacts, now: number): Step {
  const { withdrawn, cancelReason, last } = call.progress;
  if (withdrawn) return { do: 'end', status: withdrawnStatus(last), why: 'A client withdrew the call' };
  const next = nextAttempt(call, facts, zones);
  // A call that has reached its contact keeps that status, even if the rules now forbid further calls.
  if (next.do === 'end') return next;
  if (cancelReason !== undefined) return { do: 'end', status: 'cancelled', why: cancelReason };
  const blockReason = blockReasonOf(facts, now);
  if (blockReason !== undefined) return blocked(blockReason);
  if (facts.zones.length === 0) return blocked("The contact's time zone is unknown; set its time zone or country");
  const { policy } = facts;
  const hours: Hours = { days: policy.allowedDays, ...policy.window, holidays: policy.holidays };
  const earliest = Math.max(now, next.from);
  const open = nextOpen(zones, hours, facts.zones, earliest);
  if (open === undefined) return blocked(neverOpen(facts));
  if (open <= now) return { do: 'dial', reason: next.reason, why: next.why };
  const [zone = 'UTC'] = facts.zones;
  const opening = open > earliest ? `, and the window (${windowOf(policy)}) opens` : '';
  return { do: 'wait', until: open, why: `${next.why}${opening} at ${clockOf(zones, zone, open)} in ${zone}` };
}

const blocked = (why: string): EndStep => ({ do: 'end', status: 'blocked', why });

/** The next attempt, without regard to the allowed hours; or how the call ends where none follows. */
function nextAttempt(
  { notBefore, localStart, progress }: PlannedCall,
  { policy, zones: names }: CallFacts,
  zones: Zones,
): NextAttempt | EndStep {
  const { last, pending, spent } = progress;
  if (pending) {
    const why =
      pending.reason === 'callback' ? 'The contact asked to be called back' : 'A client requested this attempt';
    return { do: 'attempt', from: Date.parse(pending.at), reason: pending.reason, why };
  }
  if (!last) {
    const moments = [
      notBefore === null ? 0 : Date.parse(notBefore),
      localStart === null || names.length === 0 ? 0 : momentOf(zones, localStart, names),
    ];
    return { do: 'attempt', from: Math.max(...moments), reason: 'first', why: 'The first attempt' };
  }
  const result = RETRIABLE[last.status];
  const end = (why: string): EndStep => ({ do: 'end', status: last.status as CallStatus, why });
  if (result === undefined) return end(FINAL[last.status] ?? '');
  if (!policy.autoRetry) return end(`${result}, and automatic retries are off`);
  const retry = Math.max(spent - 1, 0);
  const minutes = policy.retrySchedule[retry];
  if (minutes === undefined) return end(`${result}, and ${usedUp(policy.retrySchedule.length)}`);
  const why = `Retry ${retry + 1} of ${policy.retrySchedule.length}, ${minutes} minutes after the last attempt`;
  return { do: 'attempt', from: Date.parse(last.endedAt) + minutes * MINUTE_MS, reason: 'retry', why };
}

/** Results that a retry may follow. `unknown` is not among them: the phone may have rung. */
const RETRIABLE: Partial<Record<string, string>> = {
  busy: 'The line was busy',
  no_answer: 'The contact did not answer',
  voicemail: 'An answering machine answered',
  failed: 'The carrier could not place the call',
};
const FINAL: Partial<Record<string, string>> = {
  completed: 'The contact was reached',
  unknown: 'The carrier reported no result, so the call is not retried automatically',
  cancelled: 'The call was cancelled',
};

const usedUp = (retries: number): string => {
  if (retries === 0) return 'the retry schedule is empty';
  const count = retries === 1 ? 'the only retry' : `all ${retries} retries`;
  return `${count} of the retry schedule ${retries === 1 ? 'is' : 'are'} used up`;
};

/** Why the contact must not be called at all. Where there is doubt, the call is blocked. */
function blockReasonOf({ refused, consent, consentRequired }: CallFacts, now: number): string | undefined {
  if (refused) return 'The number is on the do-not-call list; calls need its removal from the list';
  if (consent && !consent.calls) return 'The contact refuses calls; calls need a new consent';
  if (!consentRequired) return undefined;
  if (!consent) return 'The contact has not agreed to be called, and the workspace requires consent';
  const hasEnded = consent.until !== undefined && !(Date.parse(consent.until) > now);
  return hasEnded ? `The contact's consent ended at ${consent.until}; calls need a new consent` : undefined;
}

const windowOf = ({ window: { start, end } }: CallPolicy): string => `${start}–${end}`;

function neverOpen({ policy, zones }: CallFacts): string {
  const where = zones.length === 1 ? zones[0] : `all of the contact's ${zones.length} possible time zones`;
  return `No time within ${windowOf(policy)} on the allowed days exists in ${where}; change the days, window or holidays`;
}

/** A call whose only attempt was `void` has not been made at all. */
const withdrawnStatus = (last: PlannedCall['progress']['last']): CallStatus =>
  last === null || last.status === 'void' ? 'cancelled' : last.status;
