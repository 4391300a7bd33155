/** What is decided before an attempt is reserved: whether the call is blocked, the caller number, and the limits. */

import { type CallAttempt, newAttempt } from './call.ts';
import type { FreeCapacity } from './capacity-store.ts';
import { agentBlockReason, type CallCase } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';
import type { NumberChoice } from './rules/numbers.ts';
import type { Step } from './rules/plan.ts';

const DAY_MS = 24 * 3_600_000;
/** How long a call waits before the dialer looks at its agent and campaign again. */
const RECHECK_MS = 3_600_000;

/** The step for a call that its agent, contact or campaign blocks; undefined where nothing does. */
export function blockReason({ call, agent, campaign, contactDeleted }: CallCase, nowMs: number): Step | undefined {
  if (!agent) return { do: 'end', status: 'blocked', why: 'The agent was deleted' };
  if (contactDeleted) return { do: 'end', status: 'blocked', why: 'The contact was deleted' };
  const wait = (why: string): Step => ({ do: 'wait', until: nowMs + RECHECK_MS, why });
  const agentReason = agentBlockReason(agent.document);
  if (agentReason !== undefined) return wait(agentReason);
  if (call.campaignId === null) return undefined;
  if (!campaign) return { do: 'end', status: 'cancelled', why: 'The campaign was deleted' };
  if (campaign.status === 'completed' || campaign.status === 'cancelled')
    return { do: 'end', status: 'cancelled', why: `The campaign was ${campaign.status}` };
  return campaign.status === 'running' ? undefined : wait(`The campaign is ${campaign.status}`);
}

/** Chooses the caller number, and counts its use in `usedToday`, so that the calls of one round share the caps. */
export function chooseCallerNumber(callingRules: CallingRules, callCase: CallCase): NumberChoice {
  const { call, agent, campaign, policy, contact, numbers, usedToday, calling } = callCase;
  const pins = [
    { id: call.options.numberId, because: 'the number pinned for this call' },
    { id: campaign?.numberId ?? undefined, because: "the campaign's own number" },
    { id: agent?.document.telephony.callerNumberId, because: "the agent's own number" },
  ].flatMap(({ id, because }) => (id === undefined ? [] : [{ id, because }]));
  const choice = callingRules.chooseNumber({
    numbers,
    mode: policy.phoneAssignmentMode,
    to: call.phone,
    country: callingRules.countryOf(contact),
    pins,
    usedToday,
    cap: calling.callsPerNumberAndDay ?? null,
  });
  if (!choice.capped && choice.number) usedToday.set(choice.number.id, (usedToday.get(choice.number.id) ?? 0) + 1);
  return choice;
}

/** The next attempt of a call, with the chosen number. */
export const nextAttempt = (
  { call }: CallCase,
  id: string,
  { reason, why }: Extract<Step, { do: 'dial' }>,
  choice: Extract<NumberChoice, { capped: false }>,
  reservedAt: string,
): CallAttempt =>
  newAttempt({
    workspaceId: call.workspaceId,
    id,
    callId: call.id,
    campaignId: call.campaignId,
    number: call.attempts + 1,
    reason,
    from: choice.number?.number ?? null,
    fromNumberId: choice.number?.id ?? null,
    to: call.phone,
    why: { time: why, number: choice.why, ...(choice.fallback !== undefined && { fallback: choice.fallback }) },
    reservedAt,
  });

/** The limits that the reservation of an attempt must respect. */
export function limitsOf({ calling, numbers, day }: CallCase, { fromNumberId }: CallAttempt): FreeCapacity {
  const number = numbers.find(({ id }) => id === fromNumberId);
  return {
    lines: Math.max(calling.lines - calling.linesForIncoming, 1),
    perNumber: number?.dailyCap ?? calling.callsPerNumberAndDay ?? null,
    day,
  };
}

/** The start of the next day, by which uses of numbers are counted: days are UTC. */
export const nextDayMs = (ms: number): number => (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
