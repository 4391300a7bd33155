/**
 * Places calls when they are due. Each round claims due calls, plans the next step of each, and reserves an attempt
 * before the carrier dials. Several nodes may dial; a lease says which node carries a call.
 */

import { auditEntry, type Entry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService } from '../conversations/service.ts';
import { type SetTimer, setTimer } from '../lib/poller.ts';
import { Scheduler } from '../lib/scheduler.ts';
import type { SettingsService } from '../settings/service.ts';
import { callerOf } from './active-call.ts';
import { type ActiveCallSnapshot, ActiveCalls } from './active-calls.ts';
import { blockReason } from './attempt-plan.ts';
import { type BreakerSnapshot, Breakers } from './breakers.ts';
import type { AttemptEnd, Call } from './call.ts';
import { applyStep } from './call-steps.ts';
import type { Campaign, PreDialCheck } from './campaign.ts';
import type { Carrier, CarrierEventOf } from './carrier.ts';
import { type CallCase, gatherCases } from './circumstances.ts';
import { type DialParts, type DialStep, dialCall, NO_LINE_MS } from './dial-call.ts';
import { LEASE_MS, LeaseRenewal } from './lease-renewal.ts';
import { Peers } from './peers.ts';
import { callRecovery, type RecoverCall } from './recovery.ts';
import type { CallingRules, CallingRulesSource } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export interface DialerOptions {
  callingRules: CallingRulesSource;
  carrier: Carrier;
  conversations: ConversationService;
  settings: Pick<SettingsService, 'current'>;
  preDialCheck: PreDialCheck;
  /** Fails a campaign whose carrier has failed too often. `why` is a sentence. */
  failCampaign(campaign: Campaign, why: string): Promise<void>;
  /** Completes the campaigns that have no open calls left. */
  completeCampaigns(): Promise<void>;
  /** A caller dialed one of our numbers: answers or rejects the call. */
  onIncoming(event: CarrierEventOf<'incoming'>): Promise<void>;
  setTimer?: SetTimer;
  /** The longest pause between rounds, in milliseconds: other nodes add calls too. */
  pollMs?: number;
}

const BATCH_SIZE = 200;
const POLL_MS = 1000;

interface CallChange {
  before: Call;
  after: Call;
  entry?: Entry;
}

/** The dialer of this node for operators, without personal data. */
export interface DialerSnapshot {
  running: boolean;
  /** Calls of campaigns have ended since completed campaigns were last looked for. */
  mayHaveFinished: boolean;
  /** The calls that this node carries. */
  activeCalls: ActiveCallSnapshot[];
  breakers: BreakerSnapshot[];
}

export class Dialer {
  readonly #ctx: Context;
  readonly #options: DialerOptions;
  readonly #breakers: Breakers;
  readonly #peers: Peers;
  readonly #scheduler: Scheduler;
  readonly #leaseRenewal: LeaseRenewal;
  readonly #recover: RecoverCall;
  readonly #setTimer: SetTimer;
  readonly #dialParts: DialParts;
  /** Incoming calls that are being answered or rejected. */
  readonly #incoming = new Set<Promise<void>>();
  /** Created with the first use: the calling rules are loaded then. */
  #activeCalls: ActiveCalls | undefined;
  #mayHaveFinished = true;
  #reportError: (error: unknown) => void = () => undefined;
  readonly #report = (error: unknown): void => this.#reportError(error);

  constructor(ctx: Context, options: DialerOptions) {
    this.#ctx = ctx;
    this.#options = options;
    this.#setTimer = options.setTimer ?? setTimer;
    this.#breakers = new Breakers(() => this.#nowMs());
    this.#recover = callRecovery(ctx, options);
    const { carrier, preDialCheck } = options;
    this.#dialParts = {
      ctx,
      carrier,
      preDialCheck,
      breakers: this.#breakers,
      activeCalls: (callingRules) => this.#startActiveCalls(callingRules),
      report: this.#report,
    };
    this.#peers = new Peers(ctx.store.engine.notices, {
      newId: ctx.newId,
      carries: (callId) => this.#activeCalls?.carries(callId) ?? false,
      hangUp: (callId, reason) => this.#activeCalls?.hangUp(callId, reason),
    });
    this.#scheduler = new Scheduler({
      work: () => this.#runRound(),
      restMs: () => this.#restMs(),
      setTimer: this.#setTimer,
    });
    this.#leaseRenewal = new LeaseRenewal(ctx, {
      setTimer: this.#setTimer,
      activeCalls: () => this.#activeCalls,
      report: this.#report,
    });
  }

  /** Starts to place calls. `report` receives errors; the work goes on. */
  start(report: (error: unknown) => void): void {
    this.#reportError = report;
    this.#scheduler.start(report);
  }

  /** Stops placing calls, hangs up on the active ones, and stores how they ended. */
  async stop(): Promise<void> {
    this.#leaseRenewal.stop();
    if (await this.#scheduler.stop()) {
      this.#activeCalls?.hangUpAll('The server was stopped');
      await this.#activeCalls?.quiet();
    }
    this.#options.carrier.close();
  }

  /** Starts a round now: a call may be due. */
  wake(): void {
    this.#scheduler.wake();
  }

  /** Waits for the work under way; resolves with whether there was any. */
  async quiet(): Promise<boolean> {
    const hadIncoming = this.#incoming.size > 0;
    await Promise.all(this.#incoming);
    const wasWorking = await this.#scheduler.quiet();
    const hadEvents = (await this.#activeCalls?.quiet()) ?? false;
    return hadIncoming || wasWorking || hadEvents;
  }

  /** The calls that this node carries. Loads the calling rules, and starts to listen to the carrier. */
  async activeCalls(): Promise<ActiveCalls> {
    return this.#startActiveCalls(await this.#options.callingRules());
  }

  /** The calls that this node carries; undefined until it has had to do with any. */
  activeCallsIfStarted(): ActiveCalls | undefined {
    return this.#activeCalls;
  }

  /** Whether this node or a peer carries the call. */
  async isCarried(callId: string): Promise<boolean> {
    return this.#activeCalls?.carries(callId) || this.#peers.isCarried(callId);
  }

  /** Asks the peer that carries the call to end it. A peer that misses the message finds the request in the store. */
  async hangUpElsewhere(callId: string, reason: string): Promise<void> {
    await this.#peers.hangUp(callId, reason).catch(this.#report);
  }

  snapshot(): DialerSnapshot {
    return {
      running: this.#scheduler.isRunning,
      mayHaveFinished: this.#mayHaveFinished,
      activeCalls: this.#activeCalls?.snapshot() ?? [],
      breakers: this.#breakers.snapshot(),
    };
  }

  /** Runs one round; resolves with whether there was anything to do. */
  async #runRound(): Promise<boolean> {
    const claimed = await this.#claimDue();
    if (claimed.length === 0) {
      await this.#completeCampaigns();
      return false;
    }
    const { callingRules: loadRules, settings } = this.#options;
    const { dialQueue } = this.#ctx.store;
    const callingRules = await loadRules();
    this.#startActiveCalls(callingRules);
    const callCases = await gatherCases(this.#ctx, callingRules, settings)(claimed);
    const lapsed = callCases.filter(({ call }) => call.status !== 'waiting');
    const planned = callCases
      .filter(({ call }) => call.status === 'waiting')
      .map((callCase) => ({ callCase, step: this.#plan(callingRules, callCase) }));
    const toDial = planned.flatMap(({ callCase, step }) => (step.do === 'dial' ? [{ callCase, step }] : []));
    const notNow = planned.filter(({ step }) => step.do !== 'dial');
    await dialQueue.putBack(notNow.map(({ callCase, step }) => this.#change(callCase, step)));
    const results = await Promise.allSettled([
      ...toDial.map(({ callCase, step }) => this.#tryDial(callingRules, callCase, step)),
      ...lapsed.map((callCase) => this.#recoverLapsed(callingRules, callCase)),
    ]);
    await dialQueue.putBack(results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : [])));
    await this.#failCampaigns(callCases);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
    return true;
  }

  #nowMs(): number {
    return this.#ctx.now().getTime();
  }

  #startActiveCalls(callingRules: CallingRules): ActiveCalls {
    if (this.#activeCalls) return this.#activeCalls;
    this.#activeCalls = new ActiveCalls(this.#ctx, {
      carrier: this.#options.carrier,
      conversations: this.#options.conversations,
      callingRules,
      setTimer: this.#setTimer,
      onIncoming: (event) => this.#onIncoming(event),
      onAdded: () => this.#leaseRenewal.start(),
      onEnded: (call, status) => this.#onEnded(call, status),
      report: this.#report,
    });
    this.#peers.listen().catch(this.#report);
    return this.#activeCalls;
  }

  #onIncoming(event: CarrierEventOf<'incoming'>): void {
    const work = this.#options
      .onIncoming(event)
      .catch(this.#report)
      .finally(() => this.#incoming.delete(work));
    this.#incoming.add(work);
  }

  #onEnded({ campaignId }: Call, status: AttemptEnd): void {
    if (campaignId !== null) this.#noteEnd(campaignId, status);
    this.#scheduler.wake();
  }

  #noteEnd(campaignId: string, status: AttemptEnd): void {
    this.#mayHaveFinished = true;
    this.#breakers.note(campaignId, status);
  }

  async #claimDue(): Promise<Call[]> {
    const { dialQueue } = this.#ctx.store;
    const nowMs = this.#nowMs();
    const due = await dialQueue.nextDue();
    if (due === undefined || due > iso(nowMs)) return [];
    return dialQueue.claim(iso(nowMs), iso(nowMs + LEASE_MS), BATCH_SIZE);
  }

  async #completeCampaigns(): Promise<void> {
    if (!this.#mayHaveFinished) return;
    this.#mayHaveFinished = false;
    await this.#options.completeCampaigns();
  }

  #plan(callingRules: CallingRules, callCase: CallCase): Step {
    const { call } = callCase;
    return (
      blockReason(callCase, this.#nowMs()) ??
      this.#breakers.blockReason(call.campaignId) ??
      callingRules.nextStep(callingRules.zones, call, callCase, this.#nowMs())
    );
  }

  /** The write for a call that is not dialed now. */
  #change({ call }: CallCase, step: Step): CallChange {
    const after = applyStep(call, step, iso(this.#nowMs()));
    if (step.do !== 'end') return { before: call, after };
    if (call.campaignId !== null) this.#mayHaveFinished = true;
    const { agentId, campaignId } = call;
    const detail = { agentId, campaignId, status: after.status, reason: after.why, over: true };
    return { before: call, after, entry: auditEntry(this.#ctx, callerOf(call), 'call.ended', call.id, detail) };
  }

  /** Dials a call; resolves with the write that postpones or ends it instead, if it was not dialed. */
  async #tryDial(callingRules: CallingRules, callCase: CallCase, step: DialStep): Promise<CallChange | undefined> {
    const instead = await dialCall(this.#dialParts, callingRules, callCase, step);
    return instead && this.#change(callCase, instead);
  }

  /** Recovers a call whose lease has run out, unless this node still carries it. */
  async #recoverLapsed(callingRules: CallingRules, callCase: CallCase): Promise<undefined> {
    const { id, campaignId } = callCase.call;
    const status = this.#activeCalls?.carries(id) ? undefined : await this.#recover(callingRules, callCase);
    if (!status || campaignId === null) return undefined;
    // The stopped server caused an unknown end: it does not count against the carrier.
    if (status === 'unknown') this.#mayHaveFinished = true;
    else this.#noteEnd(campaignId, status);
    return undefined;
  }

  async #failCampaigns(callCases: readonly CallCase[]): Promise<void> {
    const campaigns = new Map(callCases.flatMap(({ campaign }) => (campaign ? [[campaign.id, campaign]] : [])));
    for (const { campaignId, openings } of this.#breakers.exhausted()) {
      const campaign = campaigns.get(campaignId);
      if (!campaign) continue;
      this.#breakers.remove(campaignId);
      await this.#options.failCampaign(campaign, `The carrier failed ${openings} times in a row`);
    }
  }

  async #restMs(): Promise<number> {
    const pollMs = this.#options.pollMs ?? POLL_MS;
    const due = await this.#ctx.store.dialQueue.nextDue();
    if (due === undefined) return pollMs;
    // A due call that was not claimed waits for a line, which may become free on another node.
    const ms = Date.parse(due) - this.#nowMs();
    return Math.min(ms > 0 ? ms : NO_LINE_MS, pollMs);
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
