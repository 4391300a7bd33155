/**
 * Places calls when their time has come. Each round takes on what is due, thinks about it, reserves an attempt for
 * whoever is to be called now, and only then lets the telephone ring. Several nodes may do it; each call is one node's.
 */

import { entryOf, type House } from '../context.ts';
import type { ConversationService } from '../conversations/service.ts';
import { AlreadyThere } from '../db/engine.ts';
import { type Later, later as realLater } from '../lib/poller.ts';
import { createPulse } from '../lib/scheduler.ts';
import type { JsonObject } from '../lib/values.ts';
import type { SettingsService } from '../settings/service.ts';
import { callerOf } from './active-call.ts';
import { createLines, type LineParts, type Lines } from './active-calls.ts';
import { type Call, type CallAttempt, newAttempt } from './call.ts';
import { reserved, stepped } from './call-steps.ts';
import type { AskFirst, Campaign, Verdict } from './campaign.ts';
import { type Carrier, CarrierSilent } from './carrier.ts';
import { absence, type Considered, circumstances } from './circumstances.ts';
import { createNeighbours } from './peers.ts';
import { recovery } from './recovery.ts';
import type { Dialer, DialerSource } from './rule-book.ts';
import type { Breaker, CarrierOutcome } from './rules/breaker.ts';
import type { Step } from './rules/plan.ts';

export interface DiallerParts {
  dialer: DialerSource;
  carrier: Carrier;
  conversations: ConversationService;
  settings: Pick<SettingsService, 'current'>;
  askFirst: AskFirst;
  /** Told when a campaign's carrier has failed for too long. */
  giveUp(campaign: Campaign, why: string): Promise<void>;
  /** Told that campaigns may have come to their end. */
  finish(): Promise<void>;
  /** Somebody calls one of the workspaces' numbers. */
  incoming: (event: Parameters<LineParts['incoming']>[0]) => Promise<void>;
  later?: Later;
  /** How often it is looked whether others have made calls. */
  pollMs?: number;
}

/** How long a node's word holds that it carries a call. */
const LEASE_MS = 60_000;
const TEND_MS = 15_000;
const TOGETHER = 200;
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

export type DiallerService = ReturnType<typeof diallerService>;

export function diallerService(house: House, parts: DiallerParts) {
  const { store, now, newId } = house;
  const { carrier, later = realLater, pollMs = POLL_MS } = parts;
  const breakers = new Map<string, Breaker>();
  const recover = recovery(house, parts);
  const receiving = new Set<Promise<void>>();
  let lines: Lines | undefined;
  const neighbours = createNeighbours(store.engine.notices, {
    carries: (id) => lines?.carries(id) ?? false,
    hangUp: (id, why) => lines?.hangUp(id, why),
  });
  let restTending: (() => void) | undefined;
  let closed = false;
  let report: (error: unknown) => void = () => undefined;
  /** Calls of campaigns have ended since somebody last looked whether the campaigns have. */
  let mayHaveFinished = true;

  const iso = (ms: number) => new Date(ms).toISOString();
  const time = () => now().getTime();

  const linesOf = (dialer: Dialer): Lines => {
    if (lines) return lines;
    lines = createLines(house, {
      carrier,
      conversations: parts.conversations,
      dialer,
      later,
      incoming: (event) => {
        const received = parts
          .incoming(event)
          .catch((error: unknown) => report(error))
          .finally(() => receiving.delete(received));
        receiving.add(received);
      },
      report: (error) => report(error),
      taken: keepTending,
      freed: (call, status) => {
        if (call.campaignId !== null) noted(dialer, call.campaignId, status);
        pulse.wake();
      },
    });
    void neighbours.listen();
    return lines;
  };

  const noted = (dialer: Dialer, campaignId: string, status: string): void => {
    mayHaveFinished = true;
    const breaker = breakers.get(campaignId) ?? dialer.newBreaker();
    const outcome = OUTCOMES[status];
    if (outcome) breakers.set(campaignId, dialer.noted(breaker, outcome, time()));
  };

  /** What keeps a call from being thought about at all; undefined: nothing. */
  const obstacle = (dialer: Dialer, { call, agent, campaign, contactGone }: Considered): Step | undefined => {
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
    return failing(dialer, campaign.id);
  };

  /** A carrier that fails is left alone for a while; then one call goes to see. */
  const failing = (dialer: Dialer, campaignId: string): Step | undefined => {
    const breaker = breakers.get(campaignId);
    const stance = breaker && dialer.stance(breaker, time());
    if (stance?.state !== 'open') return undefined;
    return { do: 'wait', until: stance.until, why: 'The carrier is failing, and is left alone for a while' };
  };

  const putBack = (
    { call }: Considered,
    step: Step,
  ): { before: Call; after: Call; entry?: ReturnType<typeof entryOf> } => {
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
    return { before: call, after, entry: entryOf(house, callerOf(call), 'call.ended', call.id, detail) };
  };

  const waiting = (ms: number, why: string): Step => ({ do: 'wait', until: time() + ms, why });

  /** Reserves an attempt and lets the telephone ring; answers what is to be done instead where that cannot be. */
  const dial = async (
    dialer: Dialer,
    one: Considered,
    step: Extract<Step, { do: 'dial' }>,
  ): Promise<Step | undefined> => {
    const { call, agent, campaign, calling } = one;
    const verdict = await askFirst(one);
    if (!verdict.dial)
      return verdict.again
        ? waiting(verdict.again.minutes * 60_000, verdict.why)
        : { do: 'end', status: 'blocked', why: verdict.why };
    // Whoever was asked may have taken their time: it may be too late now.
    const still = campaign?.preDial ? dialer.nextStep(dialer.zones, call, one, time()) : step;
    if (still.do !== 'dial') return still;
    const choice = chooseNumber(dialer, one);
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
    const stopped = campaign && failing(dialer, campaign.id);
    if (stopped) return stopped;
    const breaker = campaign && breakers.get(campaign.id);
    if (breaker) breakers.set(campaign.id, dialer.probed(breaker, time()));
    try {
      if (!(await store.dialling.reserve(call, after, attempt, room))) return waiting(FULL_MS, 'Every line is taken');
    } catch (error) {
      if (error instanceof AlreadyThere) return waiting(ENGAGED_MS, 'That telephone is being called at the moment');
      throw error;
    }
    const taken = { ...after, version: call.version + 1 };
    const ringing = { ...one, agent, campaign, call: taken };
    const variables = { ...call.wishes.variables, ...verdict.variables };
    linesOf(dialer).take({ ...taken, wishes: { ...taken.wishes, variables } }, attempt, ringing);
    await order(linesOf(dialer), attempt, calling.ringSeconds);
    return undefined;
  };

  const order = async (all: Lines, attempt: CallAttempt, ringSeconds: number): Promise<void> => {
    const { workspaceId, id: attemptId, from, to } = attempt;
    try {
      const reception = await carrier.dial({ attemptId, workspaceId, from, to, ringSeconds });
      if (!reception.accepted) await all.refused(attemptId, reception.detail);
    } catch (error) {
      if (!(error instanceof CarrierSilent)) report(error);
      all.doubt(attemptId, ringSeconds * 1000 + DOUBT_MS);
    }
  };

  const askFirst = async ({ campaign, call, contact }: Considered): Promise<Verdict> => {
    if (!campaign?.preDial) return { dial: true };
    return parts.askFirst(campaign, call, contact as JsonObject);
  };

  const chooseNumber = (dialer: Dialer, one: Considered) => {
    const { call, agent, campaign, policy, contact, numbers, used, calling } = one;
    const pins = [
      { id: call.wishes.numberId, because: 'the number pinned for this call' },
      { id: campaign?.numberId ?? undefined, because: "the campaign's own number" },
      { id: agent?.document.telephony.callerNumberId, because: "the agent's own number" },
    ].flatMap(({ id, because }) => (id === undefined ? [] : [{ id, because }]));
    const choice = dialer.chooseNumber({
      numbers,
      mode: policy.phoneAssignmentMode,
      to: call.phone,
      country: dialer.countryOf(contact),
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
    const due = await store.dialling.nextDue();
    const isDue = due !== undefined && due <= iso(at);
    const claimed = isDue ? await store.dialling.claim(iso(at), iso(at + LEASE_MS), TOGETHER) : [];
    if (claimed.length === 0) {
      if (!mayHaveFinished) return false;
      mayHaveFinished = false;
      await parts.finish();
      return false;
    }
    const dialer = await parts.dialer();
    linesOf(dialer);
    const considered = await circumstances(house, dialer, parts.settings)(claimed);
    const [idle, left] = partition(considered, ({ call }) => call.status === 'waiting');
    const thought = idle.map((one) => {
      const step = obstacle(dialer, one) ?? dialer.nextStep(dialer.zones, one.call, one, time());
      return { one, step };
    });
    const [now_, notNow] = partition(thought, ({ step }) => step.do === 'dial');
    await store.dialling.putBack(notNow.map(({ one, step }) => putBack(one, step)));
    const tried = await Promise.allSettled([
      ...now_.map(async ({ one, step }) => {
        const instead = await dial(dialer, one, step as Extract<Step, { do: 'dial' }>);
        return instead && putBack(one, instead);
      }),
      ...left.map(async (one) => {
        const ended = lines?.carries(one.call.id) ? undefined : await recover(dialer, one);
        if (!ended || one.call.campaignId === null) return undefined;
        // What nobody knows of is the doing of the server that went away, and says nothing of the carrier.
        if (ended === 'unknown') mayHaveFinished = true;
        else noted(dialer, one.call.campaignId, ended);
        return undefined;
      }),
    ]);
    const back = tried.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    await store.dialling.putBack(back);
    await tireless(dialer, considered);
    const failure = tried.find((one) => one.status === 'rejected');
    if (failure) throw failure.reason;
    return true;
  };

  /** Campaigns whose carrier has failed again and again are paused until a person looks at it. */
  const tireless = async (dialer: Dialer, considered: readonly Considered[]): Promise<void> => {
    const campaigns = new Map(considered.flatMap(({ campaign }) => (campaign ? [[campaign.id, campaign]] : [])));
    for (const [id, breaker] of breakers) {
      const campaign = campaigns.get(id);
      if (!campaign || !dialer.gaveUp(breaker)) continue;
      breakers.delete(id);
      await parts.giveUp(campaign, `The carrier failed ${breaker.openings} times in a row`);
    }
  };

  /** Says that what is carried here is still carried, and hears of what was ended elsewhere. */
  const tend = async (): Promise<void> => {
    if (!lines || lines.size() === 0) return;
    await store.dialling.renew(lines.ids(), iso(time() + LEASE_MS));
    const mine = Map.groupBy(lines.conversations(), ({ workspaceId }) => workspaceId);
    for (const [workspaceId, talks] of mine) {
      const ids = talks.map(({ conversationId }) => conversationId);
      for (const conversation of await store.conversations.some(workspaceId, ids))
        if (conversation.state.status === 'ended') lines.endedElsewhere(conversation);
    }
  };

  const restMs = async (): Promise<number> => {
    const due = await store.dialling.nextDue();
    if (due === undefined) return pollMs;
    // What is due and was not taken on has no line: whoever frees one wakes us, unless that is another node.
    const ms = Date.parse(due) - time();
    return Math.min(ms > 0 ? ms : FULL_MS, pollMs);
  };
  const pulse = createPulse({ work, restMs, later });
  /** As long as anything is carried here. */
  const keepTending = (): void => {
    if (restTending || closed) return;
    restTending = later(TEND_MS, () => {
      restTending = undefined;
      tend()
        .catch((error: unknown) => report(error))
        .finally(() => {
          if (lines && lines.size() > 0) keepTending();
        });
    });
  };

  return {
    /** One round, for whoever wants it now. */
    work,
    /** There may be something to do. */
    wake: pulse.wake,
    lines: async (): Promise<Lines> => linesOf(await parts.dialer()),
    /** What is carried here, if anything ever was. */
    under: (): Lines | undefined => lines,
    /** Whether some node carries it. */
    carried: async (id: string): Promise<boolean> => lines?.carries(id) || neighbours.carry(id),
    /** Whoever carries it is told; who cannot be told finds it in the store. */
    hangUpElsewhere: (id: string, why: string): Promise<void> => neighbours.hangUp(id, why).catch(report),
    /** Answers when what was begun is done; true where there was something to wait for. */
    async quiet(): Promise<boolean> {
      const received = receiving.size > 0;
      await Promise.all(receiving);
      const worked = await pulse.quiet();
      const talked = (await lines?.quiet()) ?? false;
      return received || worked || talked;
    },
    start(tell: (error: unknown) => void): void {
      report = tell;
      pulse.start(tell);
    },
    /** Nobody is called any more; who is on the line is hung up on, and what came of it is kept. */
    async stop(): Promise<void> {
      closed = true;
      restTending?.();
      if (await pulse.stop()) {
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
