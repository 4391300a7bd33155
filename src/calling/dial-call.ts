/** Dials one call: asks before it is dialed, reserves an attempt, and sends the order to the carrier. */

import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import type { JsonObject } from '../lib/values.ts';
import type { ActiveCalls } from './active-calls.ts';
import { chooseCallerNumber, limitsOf, nextAttempt, nextDayMs } from './attempt-plan.ts';
import type { Breakers } from './breakers.ts';
import type { CallAttempt } from './call.ts';
import { reserveAttempt } from './call-steps.ts';
import type { PreDialAnswer, PreDialCheck } from './campaign.ts';
import { type Carrier, CarrierTimeout } from './carrier.ts';
import type { CallCase } from './circumstances.ts';
import { LEASE_MS } from './lease-renewal.ts';
import type { CallingRules } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export type DialStep = Extract<Step, { do: 'dial' }>;

export interface DialParts {
  ctx: Context;
  carrier: Carrier;
  preDialCheck: PreDialCheck;
  breakers: Breakers;
  activeCalls(callingRules: CallingRules): ActiveCalls;
  report(error: unknown): void;
}

/** How long a call waits when no line is free. */
export const NO_LINE_MS = 2000;
/** How long a call waits while another call to the same number is under way. */
const SAME_NUMBER_MS = 60_000;
/** How long after the ringing time an event may confirm an order that the carrier did not answer. */
const CONFIRM_MS = 15_000;

/** Resolves when the carrier has the order; with another step where the call is not dialed now. */
export async function dialCall(
  parts: DialParts,
  callingRules: CallingRules,
  callCase: CallCase,
  step: DialStep,
): Promise<Step | undefined> {
  const { ctx, breakers } = parts;
  const { call, campaign, calling } = callCase;
  const nowMs = () => ctx.now().getTime();
  const wait = (ms: number, why: string): Step => ({ do: 'wait', until: nowMs() + ms, why });
  const check = await preDialAnswer(parts, callCase);
  if (!check.dial)
    return check.retryIn
      ? wait(check.retryIn.minutes * 60_000, check.why)
      : { do: 'end', status: 'blocked', why: check.why };
  // The check takes time: the window may have closed meanwhile.
  const still = campaign?.preDial ? callingRules.nextStep(callingRules.zones, call, callCase, nowMs()) : step;
  if (still.do !== 'dial') return still;
  const choice = chooseCallerNumber(callingRules, callCase);
  if (choice.capped) return { do: 'wait', until: nextDayMs(nowMs()), why: choice.why };
  const attempt = nextAttempt(callCase, ctx.newId(), step, choice, iso(nowMs()));
  const dialing = reserveAttempt(call, attempt, iso(nowMs() + LEASE_MS));
  // Asked again: another call of this round may have become the probe.
  const blocked = breakers.blockReason(call.campaignId);
  if (blocked) return blocked;
  breakers.probe(call.campaignId);
  try {
    if (!(await ctx.store.dialQueue.reserve(call, dialing, attempt, limitsOf(callCase, attempt))))
      return wait(NO_LINE_MS, 'All lines are in use, or the campaign or the caller number is at its limit');
  } catch (error) {
    if (error instanceof AlreadyThere) return wait(SAME_NUMBER_MS, 'Another call to this number is under way');
    throw error;
  }
  const stored = { ...dialing, version: call.version + 1 };
  const variables = { ...call.options.variables, ...check.variables };
  const activeCalls = parts.activeCalls(callingRules);
  activeCalls.add({ ...stored, options: { ...stored.options, variables } }, attempt, { ...callCase, call: stored });
  await sendOrder(parts, activeCalls, attempt, calling.ringSeconds);
  return undefined;
}

async function preDialAnswer(
  { preDialCheck }: DialParts,
  { campaign, call, contact }: CallCase,
): Promise<PreDialAnswer> {
  if (!campaign?.preDial) return { dial: true };
  return preDialCheck(campaign, call, contact as JsonObject);
}

async function sendOrder(
  { carrier, report }: DialParts,
  activeCalls: ActiveCalls,
  attempt: CallAttempt,
  ringSeconds: number,
): Promise<void> {
  const { workspaceId, id: attemptId, from, to } = attempt;
  try {
    const answer = await carrier.dial({ attemptId, workspaceId, from, to, ringSeconds });
    if (!answer.accepted) await activeCalls.dialRefused(attemptId, answer.detail);
  } catch (error) {
    if (!(error instanceof CarrierTimeout)) report(error);
    activeCalls.dialTimedOut(attemptId, ringSeconds * 1000 + CONFIRM_MS);
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
