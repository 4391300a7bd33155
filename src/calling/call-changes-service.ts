/** Changes that a client makes to a call: cancel it, withdraw it, request another attempt, or take that request back. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService } from '../conversations/service.ts';
import { Fault, invalidAt } from '../faults.ts';
import { isStorableTime } from '../lib/text.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import { type Call, hasEnded } from './call.ts';
import { findCall, type PlanningParts, planFor } from './call-lookup.ts';
import { applyStep } from './call-steps.ts';
import type { Dialer } from './dialer.ts';
import type { Step } from './rules/plan.ts';

export interface CallChangesService {
  /** Cancels a waiting call and hangs up a call under way. A call that has ended is answered unchanged. */
  cancel(caller: Caller, id: string, why?: string): Promise<Call>;
  /**
   * Requests an attempt outside the retry budget, at `moment` (ISO 8601) or now, within the allowed hours. Throws
   * `call_under_way`, `campaign_state`, or `call_refused` where the rules forbid every attempt.
   */
  requestAttempt(caller: Caller, id: string, moment?: string): Promise<Call>;
  /** Takes back a requested attempt: a call that had ended before has its old status again. */
  takeBackAttempt(caller: Caller, id: string): Promise<Call>;
  /** Withdraws a call: a waiting call ends, and a call under way goes on but its transcript is not stored. */
  withdraw(caller: Caller, id: string): Promise<Call>;
}

export interface CallChangesParts extends PlanningParts {
  conversations: Pick<ConversationService, 'end'>;
  dialer: Pick<Dialer, 'wake' | 'activeCallsIfStarted' | 'hangUpElsewhere'>;
}

const ATTEMPTS = 20;
const CANCELLED = 'A client cancelled the call';

export function callChangesService(ctx: Context, parts: CallChangesParts): CallChangesService {
  return {
    cancel: (caller, id, why = CANCELLED) => cancelCall(ctx, parts, caller, id, why),
    requestAttempt: (caller, id, moment) => requestAttempt(ctx, parts, caller, id, moment),
    takeBackAttempt: (caller, id) => takeBackAttempt(ctx, parts, caller, id),
    withdraw: (caller, id) => withdrawCall(ctx, parts, caller, id),
  };
}

/** Applies `change` to a call; where another writer was faster, it is applied again to the new state. */
async function changeCall(
  ctx: Context,
  { dialer }: CallChangesParts,
  caller: Caller,
  { id, action }: { id: string; action: string },
  change: (before: Call) => Promise<Call> | Call,
): Promise<Call> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await findCall(ctx, caller, id);
    const after = await change(before);
    if (after === before) return before;
    const detail = { agentId: before.agentId, campaignId: before.campaignId, status: after.status };
    const entry = auditEntry(ctx, caller, action, id, detail);
    if (!(await storesFor(ctx, caller).calls.change(before, after, entry))) continue;
    if (!caller.writeOptions.dryRun) dialer.wake();
    return { ...after, version: before.version + 1 };
  }
  throw new Fault('write_conflict');
}

async function cancelCall(
  ctx: Context,
  parts: CallChangesParts,
  caller: Caller,
  id: string,
  why: string,
): Promise<Call> {
  const call = await findCall(ctx, caller, id);
  if (hasEnded(call.status)) return call;
  if (call.status === 'waiting') return cancelWaiting(ctx, parts, caller, id, why);
  if (caller.writeOptions.dryRun) return call;
  if (parts.dialer.activeCallsIfStarted()?.hangUp(id, why)) return findCall(ctx, caller, id);
  // Another node has the call. A ringing call may have the conversation of an earlier attempt, so its status decides.
  if (call.status === 'dialing' || call.conversationId === null)
    return (await cancelRinging(ctx, parts, caller, id, why)) ?? cancelCall(ctx, parts, caller, id, why);
  await parts.conversations.end(caller, call.conversationId);
  return findCall(ctx, caller, id);
}

const cancelWaiting = (ctx: Context, parts: CallChangesParts, caller: Caller, id: string, why: string): Promise<Call> =>
  changeCall(ctx, parts, caller, { id, action: 'call.cancelled' }, (before) => {
    if (before.status !== 'waiting') throw new Fault('call_under_way', { id });
    const { pending: _, ...progress } = before.progress;
    const at = ctx.now().toISOString();
    return { ...before, progress, status: 'cancelled', why, dueAt: null, endedAt: at, updatedAt: at };
  });

/** Forbids further attempts and asks the other nodes to hang up. Undefined where the call no longer rings. */
async function cancelRinging(
  ctx: Context,
  parts: CallChangesParts,
  caller: Caller,
  id: string,
  why: string,
): Promise<Call | undefined> {
  const call = await changeCall(ctx, parts, caller, { id, action: 'call.called_off' }, (before) => {
    if (before.status !== 'dialing') return before;
    const updatedAt = ctx.now().toISOString();
    return { ...before, progress: { ...before.progress, cancelReason: why }, updatedAt };
  });
  if (call.status !== 'dialing') return undefined;
  await parts.dialer.hangUpElsewhere(id, why);
  return call;
}

async function requestAttempt(
  ctx: Context,
  parts: CallChangesParts,
  caller: Caller,
  id: string,
  moment: string | undefined,
): Promise<Call> {
  if (moment !== undefined && !isStorableTime(moment)) throw invalidAt('at', 'must be a date and time', 'format');
  return changeCall(ctx, parts, caller, { id, action: 'call.asked_again' }, async (before) => {
    if (before.status === 'dialing' || before.status === 'in_progress') throw new Fault('call_under_way', { id });
    const now = ctx.now().toISOString();
    const at = moment === undefined ? now : new Date(moment).toISOString();
    const was = hasEnded(before.status) ? before.status : before.progress.pending?.was;
    const { cancelReason: _, ...progress } = before.progress;
    const after: Call = { ...before, progress, endedAt: null };
    after.progress.pending = { at, reason: 'asked', ...(was && { was }) };
    const { callCase, plan } = await planFor(ctx, parts, after);
    const status = callCase.campaign?.status;
    if (status === 'completed' || status === 'cancelled') {
      const message = `The campaign of the call is ${status}; place a new call instead.`;
      throw new Fault('campaign_state', { id, reason: status, message });
    }
    const step = plan(after);
    if (step.do === 'end') throw new Fault('call_refused', { message: `${step.why}.` });
    return applyStep(after, step, now);
  });
}

const takeBackAttempt = (ctx: Context, parts: CallChangesParts, caller: Caller, id: string): Promise<Call> =>
  changeCall(ctx, parts, caller, { id, action: 'call.attempt_taken_back' }, async (before) => {
    const { pending, ...progress } = before.progress;
    if (!pending || hasEnded(before.status)) return before;
    const after: Call = { ...before, progress };
    const at = ctx.now().toISOString();
    if (before.status !== 'waiting') return { ...after, updatedAt: at };
    const step: Step = pending.was
      ? { do: 'end', status: pending.was, why: 'A client took back the requested attempt' }
      : (await planFor(ctx, parts, after)).plan(after);
    return applyStep(after, step, at);
  });

const withdrawCall = (ctx: Context, parts: CallChangesParts, caller: Caller, id: string): Promise<Call> =>
  changeCall(ctx, parts, caller, { id, action: 'call.withdrawn' }, (before) => {
    if (before.progress.withdrawn) return before;
    const at = ctx.now().toISOString();
    const after: Call = { ...before, progress: { ...before.progress, withdrawn: true }, updatedAt: at };
    if (before.status !== 'waiting') return after;
    return { ...after, status: 'cancelled', why: 'A client withdrew the call', dueAt: null, endedAt: at };
  });
