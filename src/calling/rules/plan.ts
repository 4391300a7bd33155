/**
 * What is next for a call: to be dialled, to wait until a moment, or to be over. Pure: the call, the rules and the time
 * go in, one step comes out. The same function plans the first attempt, every retry, and a preview.
 */

import type { ContactInput } from '../../contacts/contact.ts';
import type { AttemptReason, Call, CallPolicy, CallStatus } from '../call.ts';
import { clockOf, type Hours, momentOf, nextOpen, type Zones } from './hours.ts';

/** What of a call the plan looks at. */
export type Planned = Pick<Call, 'notBefore' | 'localStart' | 'progress'>;

/** The world around it at the moment. */
export interface CallFacts {
  policy: CallPolicy;
  /** The zones that the other side may be in; none where nobody knows. */
  zones: readonly string[];
  /** They are on the list of those who are not to be called. */
  refused: boolean;
  consent: ContactInput['consent'];
  consentRequired: boolean;
}

export type Step =
  | { do: 'dial'; reason: AttemptReason; why: string }
  | { do: 'wait'; until: number; why: string }
  | { do: 'end'; status: CallStatus; why: string };

const MINUTE = 60_000;

export function nextStep(zones: Zones, call: Planned, around: CallFacts, now: number): Step {
  const { withdrawn, calledOff, last } = call.progress;
  if (withdrawn) return { do: 'end', status: statusOf(last), why: 'Whoever asked for it took it back' };
  const forbidden = prohibition(around, now);
  const wish = optionsOf(call, around, zones);
  // Whoever was reached has been reached, whatever they have said about further calls.
  if (wish.do === 'end') return wish;
  if (calledOff !== undefined) return { do: 'end', status: 'cancelled', why: calledOff };
  if (forbidden) return { do: 'end', status: 'blocked', why: forbidden };
  const { policy } = around;
  const hours: Hours = { days: policy.allowedDays, ...policy.window, holidays: policy.holidays };
  if (around.zones.length === 0)
    return { do: 'end', status: 'blocked', why: 'Nobody knows what time it is there: give the contact a time zone' };
  const wanted = Math.max(now, wish.from);
  const open = nextOpen(zones, hours, around.zones, wanted);
  if (open === undefined) return { do: 'end', status: 'blocked', why: neverOpen(around) };
  if (open <= now) return { do: 'dial', reason: wish.reason, why: wish.why };
  const [zone = 'UTC'] = around.zones;
  const opening = open > wanted ? `, and the window (${windowOf(policy)}) opens` : '';
  return { do: 'wait', until: open, why: `${wish.why}${opening} at ${clockOf(zones, zone, open)} in ${zone}` };
}

/** When somebody wants this call made, regardless of what time it is there; or that nobody wants it any more. */
function optionsOf(
  { notBefore, localStart, progress }: Planned,
  { policy, zones: names }: CallFacts,
  zones: Zones,
): { do: 'go'; from: number; reason: AttemptReason; why: string } | Extract<Step, { do: 'end' }> {
  const { last, wanted, spent } = progress;
  if (wanted) {
    const why = wanted.reason === 'callback' ? 'The contact asked to be called back' : 'Somebody asked for it';
    return { do: 'go', from: Date.parse(wanted.at), reason: wanted.reason, why };
  }
  if (!last) {
    const moments = [
      notBefore === null ? 0 : Date.parse(notBefore),
      localStart === null || names.length === 0 ? 0 : momentOf(zones, localStart, names),
    ];
    return { do: 'go', from: Math.max(...moments), reason: 'first', why: 'The first attempt' };
  }
  const found = FOUND[last.status];
  if (found === undefined) return { do: 'end', status: last.status as CallStatus, why: ENDS[last.status] ?? '' };
  const over = (why: string) => ({ do: 'end', status: last.status as CallStatus, why }) as const;
  if (!policy.autoRetry) return over(`${found}, and retries are switched off`);
  const retry = Math.max(spent - 1, 0);
  const minutes = policy.retrySchedule[retry];
  if (minutes === undefined) return over(`${found}, and ${counted(policy.retrySchedule.length)} used up`);
  const why = `Retry ${retry + 1} of ${policy.retrySchedule.length}, ${minutes} minutes after the last attempt`;
  return { do: 'go', from: Date.parse(last.endedAt) + minutes * MINUTE, reason: 'retry', why };
}

/** How attempts end that may be followed by another. An unknown end is not among them: the telephone may have rung. */
const FOUND: Partial<Record<string, string>> = {
  busy: 'The line was busy',
  no_answer: 'Nobody answered',
  voicemail: 'An answering machine answered',
  failed: 'The call could not be placed',
};
const ENDS: Partial<Record<string, string>> = {
  completed: 'They were reached',
  unknown: 'Nobody knows whether the telephone rang, so it is not tried again by itself',
  cancelled: 'The call was called off',
};

const counted = (retries: number): string => {
  if (retries === 0) return 'there are no retries';
  return retries === 1 ? 'the one retry is' : `all ${retries} retries are`;
};

/** Why they must not be called at all; where there is doubt, they are not. */
function prohibition({ refused, consent, consentRequired }: CallFacts, now: number): string | undefined {
  if (refused) return 'The number is on the do-not-call list';
  if (consent && !consent.calls) return 'The contact does not want to be called';
  if (!consentRequired) return undefined;
  if (!consent) return 'The contact has not agreed to be called, and this workspace asks for consent';
  const ended = consent.until !== undefined && !(Date.parse(consent.until) > now);
  return ended ? `The contact's consent ended at ${consent.until}` : undefined;
}

const windowOf = ({ window: { start, end } }: CallPolicy): string => `${start}–${end}`;

function neverOpen({ policy, zones }: CallFacts): string {
  const where = zones.length === 1 ? `in ${zones[0]}` : `in all of the ${zones.length} time zones it may be in`;
  return `No time within ${windowOf(policy)} on the allowed days is allowed ${where}`;
}

/** Whose last attempt never was has not been called at all. */
const statusOf = (last: Planned['progress']['last']): CallStatus =>
  last === null || last.status === 'void' ? 'cancelled' : last.status;
