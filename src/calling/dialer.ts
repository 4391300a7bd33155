/**
 * Places calls when their time has come. Each round takes on what is due, thinks about it, reserves an attempt for
 * whoever is to be called now, and only then lets the telephone ring. Several nodes may do it; each call is one node's.
 */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService } from '../conversations/service.ts';
import { AlreadyThere } from '../db/engine.ts';
import { setTimer as realLater, type SetTimer } from '../lib/poller.ts';
import { createScheduler } from '../lib/scheduler.ts';
import type { JsonObject } from '../lib/values.ts';
import type { SettingsService } from '../settings/service.ts';
import { callerOf } from './active-call.ts';
import { type ActiveCalls, type ActiveCallsOptions, createActiveCalls } from './active-calls.ts';
import { type Call, type CallAttempt, newAttempt } from './call.ts';
import { reserved, stepped } from './call-steps.ts';
import type { Campaign, PreDialAnswer, PreDialCheck } from './campaign.ts';
import { type Carrier, CarrierTimeout } from './carrier.ts';
import { absence, type CallCase, gatherCases } from './circumstances.ts';
import { createPeers } from './peers.ts';
import { recovery } from './recovery.ts';
import type { CallingRules, CallingRulesSource } from './rule-book.ts';
import type { Breaker, CarrierOutcome } from './rules/breaker.ts';
import type { Step } from './rules/plan.ts';

export interface DialerOptions {
  callingRules: CallingRulesSource;
  carrier: Carrier;
  conversations: ConversationService;
  settings: Pick<SettingsService, 'current'>;
  preDialCheck: PreDialCheck;
  /** Told when a campaign's carrier has failed for too long. */
  giveUp(campaign: Campaign, why: string): Promise<void>;
  /** Told that campaigns may have come to their end. */
  finish(): Promise<void>;
  /** Somebody calls one of the workspaces' numbers. */
  incoming: (event: Parameters<ActiveCallsOptions['incoming']>[0]) => Promise<void>;
  setTimer?: SetTimer;
  /** How often it is looked whether others have made calls. */
  pollMs?: number;
}

/** How long a node's word holds that it carries a call. */
const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
const BATCH_SIZE = 200;
const POLL_MS = 1000;
/** When a call is looked at again that finds no line free, and one whose telephone is being called by somebody else. */
const FULL_MS = 2000;
const ENGAGED_MS = 60_000;
/** How long after the ringing a silent carrier may still be heard of. */
const DOUBT_MS = 15_000;
const UNAVAILABLE_MS = 3_600_000;
const HOUR = 3_600_000;
/** What an attempt says of the carrier; one that was called off says nothing. */
const OUTCOMES: Partial<Record<string, CarrierOutcome>> = {
  completed: 'ok',
  no_answer: 'ok',
  busy: 'ok',
  voicemail: 'ok',
  failed: 'bad',
  unknown: 'bad',
};

export type Dialer = ReturnType<typeof createDialer>;

export function createDialer(ctx: Context, parts: DialerOptions) {
  const { store, now, newId } = ctx;
  const { carrier, setTimer: later = realLater, pollMs = POLL_MS } = parts;
  const breakers = new Map<string, Breaker>();
  const recover = recovery(ctx, parts);
  const receiving = new Set<Promise<void>>();
  let lines: ActiveCalls | undefined;
  const peers = createPeers(store.engine.notices, {
    newId,
    carries: (id) => lines?.carries(id) ?? false,
    hangUp: (id, why) => lines?.hangUp(id, why),
  });
  let cancelRenewal: (() => void) | undefined;
  let closed = false;
  let report: (error: unknown) => void = () => undefined;
  /** Calls of campaigns have ended since somebody last looked whether the campaigns have. */
  let mayHaveFinished = true;

  const iso = (ms: number) => new Date(ms).toISOString();
  const time = () => now().getTime();

  const activeCallsOf = (callingRules: CallingRules): ActiveCalls => {
    if (lines) return lines;
    lines = createActiveCalls(ctx, {
      carrier,
      conversations: parts.conversations,
      callingRules,
      setTimer: later,
      incoming: (event) => {
        const received = parts
          .incoming(event)
          .catch((error: unknown) => report(error))
          .finally(() => receiving.delete(received));
        receiving.add(received);
      },
      report: (error) => report(error),
      onAdded: keepRenewing,
      onEnded: (call, status) => {
        if (call.campaignId !== null) noted(callingRules, call.campaignId, status);
        scheduler.wake();
      },
    });
    void peers.listen();
    return lines;
  };

  const noted = (callingRules: CallingRules, campaignId: string, status: string): void => {
    mayHaveFinished = true;
    const breaker = breakers.get(campaignId) ?? callingRules.newBreaker();
    const outcome = OUTCOMES[status];
    if (outcome) breakers.set(campaignId, callingRules.noted(breaker, outcome, time()));
  };

  /** What keeps a call from being thought about at all; undefined: nothing. */
  const blockReason = (
    callingRules: CallingRules,
    { call, agent, campaign, contactGone }: CallCase,
  ): Step | undefined => {
    if (!agent) return { do: 'end', status: 'blocked', why: 'The agent is gone' };
    if (contactGone) return { do: 'end', status: 'blocked', why: 'The contact is gone' };
    const away = (why: string): Step => ({ do: 'wait', until: time() + UNAVAILABLE_MS, why });
    const absent = absence(agent.document);
    if (absent !== undefined) return away(absent);
    if (call.campaignId === null) return undefined;
    if (!campaign) return { do: 'end', status: 'cancelled', why: 'The campaign is gone' };
    if (campaign.status === 'completed' || campaign.status === 'cancelled')
      return { do: 'end', status: 'cancelled', why: `The campaign was ${campaign.status}` };
    if (campaign.status !== 'running') return away(`The campaign is ${campaign.status}`);
    return failing(callingRules, campaign.id);
  };

  /** A carrier that fails is left alone for a while; then one call goes to see. */
  const failing = (callingRules: CallingRules, campaignId: string): Step | undefined => {
    const breaker = breakers.get(campaignId);
    const breakerState = breaker && callingRules.breakerState(breaker, time());
    if (breakerState?.state !== 'open') return undefined;
    return { do: 'wait', until: breakerState.until, why: 'The carrier is failing, and is left alone for a while' };
  };

  const putBack = (
    { call }: CallCase,
    step: Step,
  ): { before: Call; after: Call; entry?: ReturnType<typeof auditEntry> } => {
    const after = stepped(call, step, iso(time()));
    if (step.do !== 'end') return { before: call, after };
    if (call.campaignId !== null) mayHaveFinished = true;
    const detail = {
      agentId: call.agentId,
      campaignId: call.campaignId,
      status: after.status,
      reason: after.why,
      over: true,
    };
    return { before: call, after, entry: auditEntry(ctx, callerOf(call), 'call.ended', call.id, detail) };
  };

  const waiting = (ms: number, why: string): Step => ({ do: 'wait', until: time() + ms, why });

  /** Reserves an attempt and lets the telephone ring; answers what is to be done instead where that cannot be. */
  const dial = async (
    callingRules: CallingRules,
    one: CallCase,
    step: Extract<Step, { do: 'dial' }>,
  ): Promise<Step | undefined> => {
    const { call, agent, campaign, calling } = one;
    const verdict = await preDialCheck(one);
    if (!verdict.dial)
      return verdict.again
        ? waiting(verdict.again.minutes * 60_000, verdict.why)
        : { do: 'end', status: 'blocked', why: verdict.why };
    // Whoever was asked may have taken their time: it may be too late now.
    const still = campaign?.preDial ? callingRules.nextStep(callingRules.zones, call, one, time()) : step;
    if (still.do !== 'dial') return still;
    const choice = chooseNumber(callingRules, one);
    if (choice.capped) return { do: 'wait', until: nextDay(time()), why: choice.why };
    const at = iso(time());
    const attempt = newAttempt({
      workspaceId: call.workspaceId,
      id: newId(),
      callId: call.id,
      campaignId: call.campaignId,
      number: call.attempts + 1,
      reason: step.reason,
      from: choice.number?.number ?? null,
      fromNumberId: choice.number?.id ?? null,
      to: call.phone,
      why: { time: step.why, number: choice.why, ...(choice.fallback !== undefined && { fallback: choice.fallback }) },
      reservedAt: at,
    });
    const leaseEnd = iso(time() + LEASE_MS);
    const after = reserved(call, attempt, leaseEnd);
    const number = one.numbers.find(({ id }) => id === attempt.fromNumberId);
    const room = {
      lines: Math.max(calling.lines - calling.linesForIncoming, 1),
      perNumber: number?.dailyCap ?? calling.callsPerNumberAndDay ?? null,
      day: one.day,
    };
    // Of those who go at the same time, one is the first to see whether the carrier is well again.
    const stopped = campaign && failing(callingRules, campaign.id);
    if (stopped) return stopped;
    const breaker = campaign && breakers.get(campaign.id);
    if (breaker) breakers.set(campaign.id, callingRules.probed(breaker, time()));
    try {
      if (!(await store.dialQueue.reserve(call, after, attempt, room))) return waiting(FULL_MS, 'Every line is taken');
    } catch (error) {
      if (error instanceof AlreadyThere) return waiting(ENGAGED_MS, 'That telephone is being called at the moment');
      throw error;
    }
    const taken = { ...after, version: call.version + 1 };
    const ringing = { ...one, agent, campaign, call: taken };
    const variables = { ...call.options.variables, ...verdict.variables };
    activeCallsOf(callingRules).add({ ...taken, options: { ...taken.options, variables } }, attempt, ringing);
    await order(activeCallsOf(callingRules), attempt, calling.ringSeconds);
    return undefined;
  };

  const order = async (all: ActiveCalls, attempt: CallAttempt, ringSeconds: number): Promise<void> => {
    const { workspaceId, id: attemptId, from, to } = attempt;
    try {
      const answer = await carrier.dial({ attemptId, workspaceId, from, to, ringSeconds });
      if (!answer.accepted) await all.refused(attemptId, answer.detail);
    } catch (error) {
      if (!(error instanceof CarrierTimeout)) report(error);
      all.doubt(attemptId, ringSeconds * 1000 + DOUBT_MS);
    }
  };

  const preDialCheck = async ({ campaign, call, contact }: CallCase): Promise<PreDialAnswer> => {
    if (!campaign?.preDial) return { dial: true };
    return parts.preDialCheck(campaign, call, contact as JsonObject);
  };

  const chooseNumber = (callingRules: CallingRules, one: CallCase) => {
    const { call, agent, campaign, policy, contact, numbers, used, calling } = one;
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
      usedToday: used,
      cap: calling.callsPerNumberAndDay ?? null,
    });
    if (!choice.capped && choice.number) used.set(choice.number.id, (used.get(choice.number.id) ?? 0) + 1);
    return choice;
  };

  /** One round; answers whether there was anything to do. */
  const work = async (): Promise<boolean> => {
    const at = time();
    const due = await store.dialQueue.nextDue();
    const isDue = due !== undefined && due <= iso(at);
    const claimed = isDue ? await store.dialQueue.claim(iso(at), iso(at + LEASE_MS), BATCH_SIZE) : [];
    if (claimed.length === 0) {
      if (!mayHaveFinished) return false;
      mayHaveFinished = false;
      await parts.finish();
      return false;
    }
    const callingRules = await parts.callingRules();
    activeCallsOf(callingRules);
    const considered = await gatherCases(ctx, callingRules, parts.settings)(claimed);
    const [idle, left] = partition(considered, ({ call }) => call.status === 'waiting');
    const thought = idle.map((one) => {
      const step = blockReason(callingRules, one) ?? callingRules.nextStep(callingRules.zones, one.call, one, time());
      return { one, step };
    });
    const [now_, notNow] = partition(thought, ({ step }) => step.do === 'dial');
    await store.dialQueue.putBack(notNow.map(({ one, step }) => putBack(one, step)));
    const tried = await Promise.allSettled([
      ...now_.map(async ({ one, step }) => {
        const instead = await dial(callingRules, one, step as Extract<Step, { do: 'dial' }>);
        return instead && putBack(one, instead);
      }),
      ...left.map(async (one) => {
        const ended = lines?.carries(one.call.id) ? undefined : await recover(callingRules, one);
        if (!ended || one.call.campaignId === null) return undefined;
        // What nobody knows of is the doing of the server that went away, and says nothing of the carrier.
        if (ended === 'unknown') mayHaveFinished = true;
        else noted(callingRules, one.call.campaignId, ended);
        return undefined;
      }),
    ]);
    const back = tried.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    await store.dialQueue.putBack(back);
    await pauseFailing(callingRules, considered);
    const failure = tried.find((one) => one.status === 'rejected');
    if (failure) throw failure.reason;
    return true;
  };

  /** Campaigns whose carrier has failed again and again are paused until a person looks at it. */
  const pauseFailing = async (callingRules: CallingRules, considered: readonly CallCase[]): Promise<void> => {
    const campaigns = new Map(considered.flatMap(({ campaign }) => (campaign ? [[campaign.id, campaign]] : [])));
    for (const [id, breaker] of breakers) {
      const campaign = campaigns.get(id);
      if (!campaign || !callingRules.gaveUp(breaker)) continue;
      breakers.delete(id);
      await parts.giveUp(campaign, `The carrier failed ${breaker.openings} times in a row`);
    }
  };

  /** Says that what is carried here is still carried, and hears of what was ended elsewhere. */
  const renewLeases = async (): Promise<void> => {
    if (!lines || lines.size() === 0) return;
    await store.dialQueue.renew(lines.ids(), iso(time() + LEASE_MS));
    const mine = Map.groupBy(lines.conversations(), ({ workspaceId }) => workspaceId);
    for (const [workspaceId, talks] of mine) {
      const ids = talks.map(({ conversationId }) => conversationId);
      for (const conversation of await store.conversations.getMany(workspaceId, ids))
        if (conversation.state.status === 'ended') lines.endedElsewhere(conversation);
    }
  };

  const restMs = async (): Promise<number> => {
    const due = await store.dialQueue.nextDue();
    if (due === undefined) return pollMs;
    // What is due and was not taken on has no line: whoever frees one wakes us, unless that is another node.
    const ms = Date.parse(due) - time();
    return Math.min(ms > 0 ? ms : FULL_MS, pollMs);
  };
  const scheduler = createScheduler({ work, restMs, setTimer: later });
  /** As long as anything is carried here. */
  const keepRenewing = (): void => {
    if (cancelRenewal || closed) return;
    cancelRenewal = later(RENEW_MS, () => {
      cancelRenewal = undefined;
      renewLeases()
        .catch((error: unknown) => report(error))
        .finally(() => {
          if (lines && lines.size() > 0) keepRenewing();
        });
    });
  };

  return {
    /** One round, for whoever wants it now. */
    work,
    /** There may be something to do. */
    wake: scheduler.wake,
    lines: async (): Promise<ActiveCalls> => activeCallsOf(await parts.callingRules()),
    /** What is carried here, if anything ever was. */
    under: (): ActiveCalls | undefined => lines,
    /** Whether some node carries it. */
    carried: async (id: string): Promise<boolean> => lines?.carries(id) || peers.carry(id),
    /** Whoever carries it is told; who cannot be told finds it in the store. */
    hangUpElsewhere: (id: string, why: string): Promise<void> => peers.hangUp(id, why).catch(report),
    /** Answers when what was begun is done; true where there was something to wait for. */
    async quiet(): Promise<boolean> {
      const received = receiving.size > 0;
      await Promise.all(receiving);
      const worked = await scheduler.quiet();
      const talked = (await lines?.quiet()) ?? false;
      return received || worked || talked;
    },
    start(tell: (error: unknown) => void): void {
      report = tell;
      scheduler.start(tell);
    },
    /** Nobody is called any more; who is on the line is hung up on, and what came of it is kept. */
    async stop(): Promise<void> {
      closed = true;
      cancelRenewal?.();
      if (await scheduler.stop()) {
        lines?.hangUpAll('The server was stopped');
        await lines?.quiet();
      }
      carrier.close();
    },
  };
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

const nextDay = (at: number): number => (Math.floor(at / (24 * HOUR)) + 1) * 24 * HOUR;
