/**
 * The calls that this node carries. Carrier events become conversation turns, and the agent's messages are spoken on
 * the line. Each call has a queue, so that its events are handled in order.
 */

import type { Context } from '../context.ts';
import type { ConversationFacts } from '../conversations/conversation.ts';
import type { ConversationEvent } from '../conversations/events.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { SetTimer } from '../lib/poller.ts';
import { type ActiveCall, attemptOutcomeOf, type Decline, type HangUp, hangUpAfter, isSpoken } from './active-call.ts';
import type { AttemptEnd, Call, CallAttempt } from './call.ts';
import { type AnsweringParts, answerCall } from './call-answering.ts';
import { CallControls } from './call-controls.ts';
import { type EndingParts, endCall } from './call-ending.ts';
import { addTranscript, type TranscriptParts } from './call-transcript.ts';
import { transferCall } from './call-transfer.ts';
import type { Carrier, CarrierEvent, CarrierEventOf } from './carrier.ts';
import type { CallCase } from './circumstances.ts';
import { ConversationSubscriptions } from './conversation-subscriptions.ts';
import type { CallingRules } from './rule-book.ts';

export interface ActiveCallsOptions {
  carrier: Carrier;
  conversations: Pick<ConversationService, 'create' | 'say' | 'end' | 'subscribe'>;
  callingRules: CallingRules;
  setTimer: SetTimer;
  /** A caller dialed one of our numbers. */
  onIncoming(event: CarrierEventOf<'incoming'>): void;
  /** A call was added: a line is in use. */
  onAdded(): void;
  /** A call has ended, and the store knows: its line is free. */
  onEnded(call: Call, status: AttemptEnd): void;
  report(error: unknown): void;
}

/** An active call for operators, without personal data. */
export interface ActiveCallSnapshot {
  callId: string;
  attemptId: string;
  conversationId?: string;
  status: 'ringing' | 'connected';
  /** When the call got this status, ISO 8601. */
  since: string;
  direction: Call['direction'];
}

export class ActiveCalls {
  readonly #ctx: Context;
  readonly #carrier: Carrier;
  readonly #options: ActiveCallsOptions;
  readonly #byAttempt = new Map<string, ActiveCall>();
  readonly #byConversation = new Map<string, ActiveCall>();
  /** Queued work of all calls, until it is done. */
  readonly #pendingWork = new Set<Promise<void>>();
  readonly #controls: CallControls;
  readonly #subscriptions: ConversationSubscriptions;
  /** What the handlers of events act with. */
  readonly #parts: AnsweringParts & TranscriptParts & EndingParts;

  constructor(ctx: Context, options: ActiveCallsOptions) {
    const { carrier, conversations, callingRules, onEnded, report } = options;
    this.#ctx = ctx;
    this.#carrier = carrier;
    this.#options = options;
    this.#controls = new CallControls(options);
    this.#subscriptions = new ConversationSubscriptions(conversations, (event) => this.#onConversationEvent(event));
    this.#parts = {
      ctx,
      carrier,
      conversations,
      callingRules,
      controls: this.#controls,
      onEnded,
      report,
      onConversation: (conversationId, active) => this.#byConversation.set(conversationId, active),
      remove: (active) => this.#remove(active),
    };
    carrier.listen((event) => this.#onCarrierEvent(event));
  }

  get size(): number {
    return this.#byAttempt.size;
  }

  /** Adds a call whose attempt is reserved, before the carrier dials or answers it. */
  add(call: Call, attempt: CallAttempt, callCase: CallCase, decline?: Decline): void {
    this.#subscriptions.retain(call.workspaceId);
    const active: ActiveCall = { call, attempt, callCase, queue: Promise.resolve(), timers: new Map() };
    this.#byAttempt.set(attempt.id, decline ? { ...active, decline } : active);
    this.#options.onAdded();
  }

  /** Ends a call whose order the carrier refused. `reason` is a sentence. */
  async dialRefused(attemptId: string, reason: string): Promise<void> {
    const active = this.#byAttempt.get(attemptId);
    if (active) await this.#enqueue(active, () => endCall(this.#parts, active, this.#outcome('failed', reason)));
  }

  /** Ends a call whose order the carrier did not answer, unless an event of it arrives within `timeoutMs`. */
  dialTimedOut(attemptId: string, timeoutMs: number): void {
    const active = this.#byAttempt.get(attemptId);
    if (!active) return;
    active.isUnconfirmed = true;
    const giveUp = async (): Promise<void> => {
      if (!active.isUnconfirmed) return;
      await endCall(this.#parts, active, this.#outcome('unknown', 'The carrier did not answer the order to dial'));
    };
    this.#controls.startTimer(active, 'dial-timeout', timeoutMs, () => {
      this.#enqueue(active, giveUp);
    });
  }

  /** The call that a conversation is held in, if this node carries it. */
  findByConversation(conversationId: string): Call | undefined {
    return this.#byConversation.get(conversationId)?.call;
  }

  /** Transfers a call; resolves with whether this node carries it and the other number answered. */
  async transfer(conversationId: string, to: string): Promise<boolean> {
    const active = this.#byConversation.get(conversationId);
    if (!active) return false;
    return transferCall(this.#carrier, active, to, `The call was transferred to ${to}`);
  }

  /** Marks the other party as an answering machine; returns whether this node carries the call. */
  markAsVoicemail(conversationId: string): boolean {
    const active = this.#byConversation.get(conversationId);
    if (active) active.isMachine = true;
    return active !== undefined;
  }

  /** Sends DTMF digits; returns whether this node carries the call. */
  sendDtmf(conversationId: string, digits: string): boolean {
    const active = this.#byConversation.get(conversationId);
    if (active) this.#carrier.sendDtmf(active.attempt.id, digits);
    return active !== undefined;
  }

  /** Ends a call as cancelled; returns whether this node carries it. `reason` is a sentence. */
  hangUp(callId: string, reason: string): boolean {
    const active = [...this.#byAttempt.values()].find(({ call }) => call.id === callId);
    if (active) this.#controls.hangUp(active, { status: 'cancelled', reason, end: 'ended' });
    return active !== undefined;
  }

  /** Ends every call, for a stop of the server. `reason` is a sentence. */
  hangUpAll(reason: string): void {
    const hangUp: HangUp = { reason, end: 'ended', status: 'no_answer' };
    for (const active of this.#byAttempt.values()) this.#controls.hangUp(active, hangUp);
  }

  /** Ends the call of a conversation that another node has ended. */
  conversationEnded(conversation: ConversationFacts): void {
    const active = this.#byConversation.get(conversation.id);
    if (active) this.#controls.hangUp(active, hangUpAfter(conversation));
  }

  carries(callId: string): boolean {
    return [...this.#byAttempt.values()].some(({ call }) => call.id === callId);
  }

  callIds(): string[] {
    return [...this.#byAttempt.values()].map(({ call }) => call.id);
  }

  conversations(): { workspaceId: string; conversationId: string }[] {
    return [...this.#byConversation].map(([conversationId, { call }]) => ({
      workspaceId: call.workspaceId,
      conversationId,
    }));
  }

  /** Waits for the work that is queued now; resolves with whether there was any. */
  async quiet(): Promise<boolean> {
    const pending = [...this.#pendingWork];
    await Promise.all(pending);
    return pending.length > 0;
  }

  snapshot(): ActiveCallSnapshot[] {
    return [...this.#byAttempt.values()].map(({ call, attempt, conversationId, connectedAt }) => ({
      callId: call.id,
      attemptId: attempt.id,
      ...(conversationId !== undefined && { conversationId }),
      status: connectedAt === undefined ? 'ringing' : 'connected',
      since: connectedAt ?? attempt.reservedAt,
      direction: call.direction,
    }));
  }

  #outcome(status: 'failed' | 'unknown', reason: string) {
    return { status, at: this.#ctx.now().toISOString(), reason };
  }

  #enqueue(active: ActiveCall, work: () => Promise<void>): Promise<void> {
    const turn = active.queue
      .then(work)
      .catch(this.#options.report)
      .finally(() => this.#pendingWork.delete(turn));
    active.queue = turn;
    this.#pendingWork.add(turn);
    return turn;
  }

  #onCarrierEvent(event: CarrierEvent): void {
    if (event.type === 'incoming') {
      this.#options.onIncoming(event);
      return;
    }
    const active = this.#byAttempt.get(event.attemptId);
    if (active) this.#enqueue(active, () => this.#handle(active, event));
    else if (event.type === 'answered') this.#carrier.hangUp(event.attemptId).catch(this.#options.report);
  }

  async #handle(active: ActiveCall, event: CarrierEvent): Promise<void> {
    active.isUnconfirmed = false;
    this.#controls.cancelTimer(active, 'dial-timeout');
    if (event.type === 'answered') {
      active.connectedAt = event.at;
      await answerCall(this.#parts, active, event);
    }
    if (event.type === 'transcript') await addTranscript(this.#parts, active, event.text);
    if (event.type === 'ended') await endCall(this.#parts, active, attemptOutcomeOf(active, event));
  }

  /** Speaks the agent's messages, whether the contact or an API client caused them. */
  #onConversationEvent(event: ConversationEvent): void {
    const active = this.#byConversation.get(event.conversation.id);
    if (!active) return;
    if (event.type === 'said' && isSpoken(event.message)) this.#controls.speak(active, event.message);
    if (event.type === 'ended') this.#controls.hangUp(active, hangUpAfter(event.conversation));
  }

  #remove(active: ActiveCall): void {
    const { call, attempt, conversationId } = active;
    this.#byAttempt.delete(attempt.id);
    this.#subscriptions.release(call.workspaceId);
    this.#controls.cancelTimers(active);
    if (conversationId !== undefined) this.#byConversation.delete(conversationId);
  }
}
