/**
 * Calls that are under way on this node: what the carrier tells of them becomes conversations, and what is said in
 * conversations is heard on the line. Each has one thread of events, so that nothing of it happens out of order.
 */

import type { Entry } from '../audit/entry.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import {
  type Conversation,
  type ConversationFacts,
  type EndReason,
  keepsWords,
  type Message,
} from '../conversations/conversation.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { Statement } from '../db/engine.ts';
import { Fault } from '../faults.ts';
import type { SetTimer } from '../lib/poller.ts';
import {
  type ActiveCall,
  callerOf,
  declined,
  endReasonOf,
  type Instead,
  MACHINE,
  outcomeOf,
  profileIn,
  speaks,
  startRequestOf,
  stillWanted,
  voicemailOf,
} from './active-call.ts';
import type { Call, CallAttempt, CallStatus } from './call.ts';
import { type AttemptOutcome, endDetail, endedAttempt, settled } from './call-steps.ts';
import type { Carrier, CarrierEvent } from './carrier.ts';
import type { CallCase } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export interface ActiveCallsOptions {
  carrier: Carrier;
  conversations: Pick<ConversationService, 'create' | 'say' | 'end' | 'subscribe'>;
  callingRules: CallingRules;
  setTimer: SetTimer;
  /** Somebody calls one of the workspaces' numbers. */
  incoming(event: Extract<CarrierEvent, { type: 'incoming' }>): void;
  /** A line is in use. */
  onAdded(): void;
  /** A line is free again. */
  onEnded(call: Call, status: string): void;
  report(error: unknown): void;
}

export type ActiveCalls = ReturnType<typeof createActiveCalls>;

const ATTEMPTS = 20;
const DEFAULT_MAX_SECONDS = 3600;
/** How long a notice takes to be heard. */
const NOTICE_MS = 5000;

export function createActiveCalls(
  ctx: Context,
  {
    carrier,
    conversations,
    callingRules,
    setTimer: later,
    incoming,
    onAdded: taken,
    onEnded: freed,
    report,
  }: ActiveCallsOptions,
) {
  const { store, now } = ctx;
  const byAttempt = new Map<string, ActiveCall>();
  const underWay = new Map<unknown, Promise<void> | undefined>();
  const byConversation = new Map<string, ActiveCall>();
  const watched = new Map<string, { count: number; unwatch: () => void }>();
  const at = () => now().toISOString();

  const startTimer = (active: ActiveCall, name: string, ms: number, work: () => void): void => {
    active.timers.get(name)?.();
    active.timers.set(name, later(ms, work));
  };

  const enqueue = (active: ActiveCall, work: () => Promise<void>): Promise<void> => {
    const done = () => underWay.delete(work);
    underWay.set(work, undefined);
    active.queue = active.queue.then(work).catch(report).finally(done);
    underWay.set(work, active.queue);
    return active.queue;
  };

  /** What the agent says is heard on the line, whoever made it say that. */
  const subscribe = (workspaceId: string): void => {
    const known = watched.get(workspaceId);
    if (known) {
      known.count += 1;
      return;
    }
    const unwatch = conversations.subscribe(callerOf({ workspaceId, dialect: 'native', by: 'system' }), {
      settleEnded: () => undefined,
      onEvent(event) {
        const active = byConversation.get(event.conversation.id);
        if (!active) return;
        if (event.type === 'said' && speaks(event.message)) speak(active, event.message);
        if (event.type === 'ended') hangUp(active, endReasonOf(event.conversation));
      },
    });
    watched.set(workspaceId, { count: 1, unwatch });
  };
  const unwatch = (workspaceId: string): void => {
    const known = watched.get(workspaceId);
    if (!known) return;
    known.count -= 1;
    if (known.count > 0) return;
    known.unwatch();
    watched.delete(workspaceId);
  };

  const speak = (active: ActiveCall, { text }: Message): void => {
    if (text.trim() === '') return;
    carrier.say(active.attempt.id, text);
    awaitWords(active);
  };

  /** Nobody says anything for so long that nobody will. */
  const awaitWords = (active: ActiveCall): void => {
    const seconds = active.profile?.silenceTimeoutSeconds;
    if (seconds !== undefined)
      startTimer(active, 'silence', seconds * 1000, () =>
        hangUp(active, { reason: 'Nobody spoke any more', end: 'idle' }),
      );
  };

  const hangUp = (active: ActiveCall, why: NonNullable<ActiveCall['ours']>): void => {
    active.ours ??= why;
    carrier.hangUp(active.attempt.id).catch(report);
  };

  const answered = async (active: ActiveCall, event: Extract<CarrierEvent, { type: 'answered' }>): Promise<void> => {
    if (event.by === 'machine') {
      active.machine = true;
      const ours = { reason: MACHINE, end: 'ended' } as const;
      const message = voicemailOf(active);
      if (message === undefined) return hangUp(active, ours);
      carrier.say(active.attempt.id, message);
      startTimer(active, 'notice', NOTICE_MS, () => hangUp(active, ours));
      return;
    }
    active.attempt = { ...active.attempt, answeredAt: event.at };
    if (active.instead) return turnAway(active, active.instead);
    let conversation: Conversation;
    let opening: Message[];
    try {
      const begun = await conversations.create(callerOf(active.call), startRequestOf(active));
      ({ conversation, messages: opening } = begun);
    } catch (error) {
      if (!(error instanceof Fault)) report(error);
      const reason = error instanceof Fault ? error.message : 'The conversation could not begin';
      hangUp(active, { status: 'failed', reason, end: 'failed' });
      return;
    }
    const { id } = conversation;
    active.conversationId = id;
    active.profile = profileIn(conversation);
    active.attempt = { ...active.attempt, status: 'in_progress', conversationId: id };
    byConversation.set(id, active);
    const { number, id: attemptId } = active.attempt;
    const { agentId, campaignId, id: callId } = active.call;
    const detail = { attempt: number, attemptId, agentId, campaignId, conversationId: id };
    const entry = auditEntry(ctx, callerOf(active.call), 'call.started', callId, detail);
    if (!(await connected(active, entry))) {
      // Somebody has called it off meanwhile, or taken it for lost.
      hangUp(active, { status: 'cancelled', reason: 'The call was called off', end: 'ended' });
      return;
    }
    for (const message of opening) if (speaks(message)) speak(active, message);
    awaitWords(active);
    const seconds = active.call.options.maxDurationSeconds ?? active.profile?.maxDurationSeconds;
    startTimer(active, 'most', (seconds ?? DEFAULT_MAX_SECONDS) * 1000, () =>
      hangUp(active, { reason: 'The call had lasted as long as it may', end: 'timed-out' }),
    );
  };

  const turnAway = async (active: ActiveCall, { transferTo, notice, why }: Instead): Promise<void> => {
    if (transferTo !== undefined && (await handOver(active, transferTo, why))) return;
    carrier.say(active.attempt.id, notice);
    startTimer(active, 'notice', NOTICE_MS, () => hangUp(active, { reason: why, end: 'ended' }));
  };

  /** Whether the other number took the call. */
  const handOver = async (active: ActiveCall, to: string, reason: string): Promise<boolean> => {
    const { transferredTo, ours, attempt } = active;
    active.transferredTo = to;
    active.ours = { reason, end: 'transferred' };
    if (await carrier.transfer(attempt.id, to)) return true;
    delete active.transferredTo;
    delete active.ours;
    Object.assign(active, transferredTo !== undefined && { transferredTo }, ours && { ours });
    return false;
  };

  /** Keeps that somebody answered. Others may have written meanwhile, as long as it is still this attempt's. */
  const connected = async (active: ActiveCall, entry: Entry): Promise<boolean> => {
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const before = active.call;
      const { answeredAt, conversationId, number } = active.attempt;
      const after: Call = { ...before, status: 'in_progress', conversationId, answeredAt, updatedAt: at() };
      if (await store.dialQueue.answered(before, after, active.attempt, entry)) {
        active.call = { ...after, version: before.version + 1 };
        return true;
      }
      const fresh = await store.calls.get(before.workspaceId, before.id);
      if (fresh?.status !== 'dialing' || fresh.attempts !== number || fresh.progress.calledOff) return false;
      active.call = { ...fresh, options: before.options };
    }
    return false;
  };

  const heard = async (active: ActiveCall, text: string): Promise<void> => {
    const { conversationId } = active;
    if (conversationId === undefined || active.ours) return;
    active.timers.get('silence')?.();
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      try {
        await conversations.say(callerOf(active.call), conversationId, () => text);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        // Somebody has told the agent something meanwhile, through another node.
        if (error.code === 'write_conflict') continue;
        if (error.code === 'conversation_closed') hangUp(active, { reason: error.message, end: 'ended' });
      }
      break;
    }
    awaitWords(active);
  };

  const over = async (active: ActiveCall, outcome: AttemptOutcome, cause?: EndReason): Promise<void> => {
    const { attempt, conversationId } = active;
    byAttempt.delete(attempt.id);
    unwatch(active.call.workspaceId);
    for (const cancel of active.timers.values()) cancel();
    let transcript = false;
    const extra: Statement[] = [];
    if (conversationId !== undefined) {
      byConversation.delete(conversationId);
      const fresh = await store.calls.get(active.call.workspaceId, active.call.id);
      const keeps = (talk: Conversation) => !fresh?.progress.withdrawn && keepsWords(talk);
      const reason = active.ours?.end ?? cause ?? 'hung-up';
      const unjudged = (open: Conversation) => ({ unjudged: !keeps(open) });
      transcript = keeps(await conversations.end(callerOf(active.call), conversationId, reason, unjudged));
      if (!transcript) extra.push(...store.dialQueue.deleteTranscript(active.call.workspaceId, conversationId));
    }
    await settle(active, { ...outcome, hasTranscript: transcript }, extra);
    freed(active.call, outcome.status);
  };

  /** Others may have written meanwhile: a wish for a callback, or that it was called off. */
  const settle = async (active: ActiveCall, outcome: AttemptOutcome, extra: readonly Statement[]): Promise<void> => {
    const { callCase } = active;
    const attempt = endedAttempt(active.attempt, outcome);
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const before = stillWanted(active);
      const planned = (progress: Call['progress']): Step =>
        before.direction === 'inbound'
          ? { do: 'end', status: outcome.status as CallStatus, why: outcome.reason ?? '' }
          : callingRules.nextStep(callingRules.zones, { ...before, progress }, callCase, Date.parse(outcome.at));
      const after = { ...settled(before, attempt, outcome, planned), ...declined(active) };
      const entry = auditEntry(ctx, callerOf(before), 'call.ended', before.id, endDetail(before, attempt, after));
      if (await store.dialQueue.settle(before, after, attempt, extra, entry)) {
        active.call = after;
        return;
      }
      const fresh = await store.calls.get(before.workspaceId, before.id);
      // Whoever took it for lost has settled it.
      if (!fresh || (fresh.status !== 'dialing' && fresh.status !== 'in_progress')) return;
      if (fresh.attempts !== attempt.number) return;
      active.call = fresh;
    }
    throw new Fault('write_conflict');
  };

  const handle = async (active: ActiveCall, event: CarrierEvent): Promise<void> => {
    active.doubtful = false;
    active.timers.get('doubt')?.();
    if (event.type === 'answered') await answered(active, event);
    if (event.type === 'heard') await heard(active, event.text);
    if (event.type === 'ended') await over(active, outcomeOf(active, event), 'hung-up');
  };

  carrier.listen((event) => {
    if (event.type === 'incoming') return incoming(event);
    const active = byAttempt.get(event.attemptId);
    if (active) enqueue(active, () => handle(active, event));
    else if (event.type === 'answered') carrier.hangUp(event.attemptId).catch(report);
  });

  return {
    /** Takes on a call whose attempt has been reserved, before it is dialled. */
    add(call: Call, attempt: CallAttempt, callCase: CallCase, instead?: Instead): void {
      subscribe(call.workspaceId);
      const active: ActiveCall = { call, attempt, callCase, queue: Promise.resolve(), timers: new Map() };
      byAttempt.set(attempt.id, instead ? { ...active, instead } : active);
      taken();
    },

    /** The carrier refused it. */
    refused: (attemptId: string, detail: string) =>
      withActiveCall(attemptId, (active) => over(active, { status: 'failed', at: at(), reason: detail })),

    /** Nobody knows whether it rings: until it would have stopped, whatever the carrier tells is believed. */
    doubt(attemptId: string, patienceMs: number): void {
      const active = byAttempt.get(attemptId);
      if (!active) return;
      active.doubtful = true;
      startTimer(active, 'doubt', patienceMs, () => {
        enqueue(active, async () => {
          if (active.doubtful)
            await over(active, { status: 'unknown', at: at(), reason: 'The carrier did not answer' });
        });
      });
    },

    /** A call of ours, by its conversation: what an agent's tools act on. */
    ofConversation: (conversationId: string) => byConversation.get(conversationId)?.call,

    async transfer(conversationId: string, to: string): Promise<boolean> {
      const active = byConversation.get(conversationId);
      if (!active) return false;
      return handOver(active, to, `The call was handed over to ${to}`);
    },

    /** Nobody was reached after all: it is a machine that is talked to. */
    machine(conversationId: string): boolean {
      const active = byConversation.get(conversationId);
      if (active) active.machine = true;
      return active !== undefined;
    },

    sendDtmf(conversationId: string, digits: string): boolean {
      const active = byConversation.get(conversationId);
      if (active) carrier.sendDtmf(active.attempt.id, digits);
      return active !== undefined;
    },

    /** Ends a call, if this node carries it. */
    hangUp(callId: string, reason: string): boolean {
      const active = [...byAttempt.values()].find(({ call }) => call.id === callId);
      if (active) hangUp(active, { status: 'cancelled', reason, end: 'ended' });
      return active !== undefined;
    },

    carries: (callId: string): boolean => [...byAttempt.values()].some(({ call }) => call.id === callId),

    /** Those that are carried here, for whoever renews their leases and looks whether they were ended elsewhere. */
    ids: (): string[] => [...byAttempt.values()].map(({ call }) => call.id),
    conversations: (): { workspaceId: string; conversationId: string }[] =>
      [...byConversation].map(([conversationId, { call }]) => ({ workspaceId: call.workspaceId, conversationId })),
    endedElsewhere(conversation: ConversationFacts): void {
      const active = byConversation.get(conversation.id);
      if (active) hangUp(active, endReasonOf(conversation));
    },

    size: () => byAttempt.size,
    /** Answers when everything that was told so far has been dealt with. */
    async quiet(): Promise<boolean> {
      const all = [...underWay.values()];
      await Promise.all(all);
      return all.length > 0;
    },
    hangUpAll(reason: string): void {
      for (const active of byAttempt.values()) hangUp(active, { reason, end: 'ended', status: 'no_answer' });
    },
  };

  function withActiveCall(attemptId: string, work: (active: ActiveCall) => Promise<void>): Promise<void> {
    const active = byAttempt.get(attemptId);
    return active ? enqueue(active, () => work(active)) : Promise.resolve();
  }
}
