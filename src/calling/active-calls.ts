/**
 * Calls that are under way on this node: what the carrier tells of them becomes conversations, and what is said in
 * conversations is heard on the line. Each has one thread of events, so that nothing of it happens out of order.
 */

import type { Entry } from '../audit/entry.ts';
import { entryOf, type House } from '../context.ts';
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
import type { Later } from '../lib/poller.ts';
import {
  beginningOf,
  callerOf,
  declined,
  endReasonOf,
  type Instead,
  type Line,
  MACHINE,
  outcomeOf,
  profileIn,
  speaks,
  stillWanted,
  voicemailOf,
} from './active-call.ts';
import type { Call, CallAttempt, CallStatus } from './call.ts';
import { type AttemptOutcome, endDetail, endedAttempt, settled } from './call-steps.ts';
import type { Carrier, CarrierEvent } from './carrier.ts';
import type { Considered } from './circumstances.ts';
import type { Dialer } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

export interface LineParts {
  carrier: Carrier;
  conversations: Pick<ConversationService, 'begin' | 'say' | 'end' | 'watch'>;
  dialer: Dialer;
  later: Later;
  /** Somebody calls one of the workspaces' numbers. */
  incoming(event: Extract<CarrierEvent, { type: 'incoming' }>): void;
  /** A line is in use. */
  taken(): void;
  /** A line is free again. */
  freed(call: Call, status: string): void;
  report(error: unknown): void;
}

export type Lines = ReturnType<typeof createLines>;

const ATTEMPTS = 20;
const DEFAULT_MAX_SECONDS = 3600;
/** How long a notice takes to be heard. */
const NOTICE_MS = 5000;

export function createLines(
  house: House,
  { carrier, conversations, dialer, later, incoming, taken, freed, report }: LineParts,
) {
  const { store, now } = house;
  const lines = new Map<string, Line>();
  const underWay = new Map<unknown, Promise<void> | undefined>();
  const byConversation = new Map<string, Line>();
  const watched = new Map<string, { count: number; unwatch: () => void }>();
  const at = () => now().toISOString();

  const later_ = (line: Line, name: string, ms: number, work: () => void): void => {
    line.timers.get(name)?.();
    line.timers.set(name, later(ms, work));
  };

  const enqueue = (line: Line, work: () => Promise<void>): Promise<void> => {
    const done = () => underWay.delete(work);
    underWay.set(work, undefined);
    line.queue = line.queue.then(work).catch(report).finally(done);
    underWay.set(work, line.queue);
    return line.queue;
  };

  /** What the agent says is heard on the line, whoever made it say that. */
  const watch = (workspaceId: string): void => {
    const known = watched.get(workspaceId);
    if (known) {
      known.count += 1;
      return;
    }
    const unwatch = conversations.watch(callerOf({ workspaceId, dialect: 'native', by: 'system' }), {
      over: () => undefined,
      tell(happening) {
        const line = byConversation.get(happening.conversation.id);
        if (!line) return;
        if (happening.type === 'said' && speaks(happening.message)) speak(line, happening.message);
        if (happening.type === 'ended') hangUp(line, endReasonOf(happening.conversation));
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

  const speak = (line: Line, { text }: Message): void => {
    if (text.trim() === '') return;
    carrier.say(line.attempt.id, text);
    awaitWords(line);
  };

  /** Nobody says anything for so long that nobody will. */
  const awaitWords = (line: Line): void => {
    const seconds = line.profile?.silenceTimeoutSeconds;
    if (seconds !== undefined)
      later_(line, 'silence', seconds * 1000, () => hangUp(line, { reason: 'Nobody spoke any more', end: 'idle' }));
  };

  const hangUp = (line: Line, why: NonNullable<Line['ours']>): void => {
    line.ours ??= why;
    carrier.hangUp(line.attempt.id).catch(report);
  };

  const answered = async (line: Line, event: Extract<CarrierEvent, { type: 'answered' }>): Promise<void> => {
    if (event.by === 'machine') {
      line.machine = true;
      const ours = { reason: MACHINE, end: 'ended' } as const;
      const message = voicemailOf(line);
      if (message === undefined) return hangUp(line, ours);
      carrier.say(line.attempt.id, message);
      later_(line, 'notice', NOTICE_MS, () => hangUp(line, ours));
      return;
    }
    line.attempt = { ...line.attempt, answeredAt: event.at };
    if (line.instead) return turnAway(line, line.instead);
    let conversation: Conversation;
    let opening: Message[];
    try {
      const begun = await conversations.begin(callerOf(line.call), beginningOf(line));
      ({ conversation, messages: opening } = begun);
    } catch (error) {
      if (!(error instanceof Fault)) report(error);
      const reason = error instanceof Fault ? error.message : 'The conversation could not begin';
      hangUp(line, { status: 'failed', reason, end: 'failed' });
      return;
    }
    const { id } = conversation;
    line.conversationId = id;
    line.profile = profileIn(conversation);
    line.attempt = { ...line.attempt, status: 'in_progress', conversationId: id };
    byConversation.set(id, line);
    const { number, id: attemptId } = line.attempt;
    const { agentId, campaignId, id: callId } = line.call;
    const detail = { attempt: number, attemptId, agentId, campaignId, conversationId: id };
    const entry = entryOf(house, callerOf(line.call), 'call.started', callId, detail);
    if (!(await connected(line, entry))) {
      // Somebody has called it off meanwhile, or taken it for lost.
      hangUp(line, { status: 'cancelled', reason: 'The call was called off', end: 'ended' });
      return;
    }
    for (const message of opening) if (speaks(message)) speak(line, message);
    awaitWords(line);
    const seconds = line.call.wishes.maxDurationSeconds ?? line.profile?.maxDurationSeconds;
    later_(line, 'most', (seconds ?? DEFAULT_MAX_SECONDS) * 1000, () =>
      hangUp(line, { reason: 'The call had lasted as long as it may', end: 'timed-out' }),
    );
  };

  const turnAway = async (line: Line, { transferTo, notice, why }: Instead): Promise<void> => {
    if (transferTo !== undefined && (await handOver(line, transferTo, why))) return;
    carrier.say(line.attempt.id, notice);
    later_(line, 'notice', NOTICE_MS, () => hangUp(line, { reason: why, end: 'ended' }));
  };

  /** Whether the other number took the call. */
  const handOver = async (line: Line, to: string, reason: string): Promise<boolean> => {
    const { transferredTo, ours, attempt } = line;
    line.transferredTo = to;
    line.ours = { reason, end: 'transferred' };
    if (await carrier.transfer(attempt.id, to)) return true;
    delete line.transferredTo;
    delete line.ours;
    Object.assign(line, transferredTo !== undefined && { transferredTo }, ours && { ours });
    return false;
  };

  /** Keeps that somebody answered. Others may have written meanwhile, as long as it is still this attempt's. */
  const connected = async (line: Line, entry: Entry): Promise<boolean> => {
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const before = line.call;
      const { answeredAt, conversationId, number } = line.attempt;
      const after: Call = { ...before, status: 'in_progress', conversationId, answeredAt, updatedAt: at() };
      if (await store.dialling.answered(before, after, line.attempt, entry)) {
        line.call = { ...after, version: before.version + 1 };
        return true;
      }
      const fresh = await store.calls.get(before.workspaceId, before.id);
      if (fresh?.status !== 'dialing' || fresh.attempts !== number || fresh.progress.calledOff) return false;
      line.call = { ...fresh, wishes: before.wishes };
    }
    return false;
  };

  const heard = async (line: Line, text: string): Promise<void> => {
    const { conversationId } = line;
    if (conversationId === undefined || line.ours) return;
    line.timers.get('silence')?.();
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      try {
        await conversations.say(callerOf(line.call), conversationId, () => text);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        // Somebody has told the agent something meanwhile, through another node.
        if (error.code === 'write_conflict') continue;
        if (error.code === 'conversation_closed') hangUp(line, { reason: error.message, end: 'ended' });
      }
      break;
    }
    awaitWords(line);
  };

  const over = async (line: Line, outcome: AttemptOutcome, cause?: EndReason): Promise<void> => {
    const { attempt, conversationId } = line;
    lines.delete(attempt.id);
    unwatch(line.call.workspaceId);
    for (const callOff of line.timers.values()) callOff();
    let transcript = false;
    const besides: Statement[] = [];
    if (conversationId !== undefined) {
      byConversation.delete(conversationId);
      const fresh = await store.calls.get(line.call.workspaceId, line.call.id);
      const keeps = (talk: Conversation) => !fresh?.progress.withdrawn && keepsWords(talk);
      const reason = line.ours?.end ?? cause ?? 'hung-up';
      const unjudged = (open: Conversation) => ({ unjudged: !keeps(open) });
      transcript = keeps(await conversations.end(callerOf(line.call), conversationId, reason, unjudged));
      if (!transcript) besides.push(...store.dialling.forgetWords(line.call.workspaceId, conversationId));
    }
    await settle(line, { ...outcome, hasTranscript: transcript }, besides);
    freed(line.call, outcome.status);
  };

  /** Others may have written meanwhile: a wish for a callback, or that it was called off. */
  const settle = async (line: Line, outcome: AttemptOutcome, besides: readonly Statement[]): Promise<void> => {
    const { considered } = line;
    const attempt = endedAttempt(line.attempt, outcome);
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const before = stillWanted(line);
      const planned = (progress: Call['progress']): Step =>
        before.direction === 'inbound'
          ? { do: 'end', status: outcome.status as CallStatus, why: outcome.reason ?? '' }
          : dialer.nextStep(dialer.zones, { ...before, progress }, considered, Date.parse(outcome.at));
      const after = { ...settled(before, attempt, outcome, planned), ...declined(line) };
      const entry = entryOf(house, callerOf(before), 'call.ended', before.id, endDetail(before, attempt, after));
      if (await store.dialling.settle(before, after, attempt, besides, entry)) {
        line.call = after;
        return;
      }
      const fresh = await store.calls.get(before.workspaceId, before.id);
      // Whoever took it for lost has settled it.
      if (!fresh || (fresh.status !== 'dialing' && fresh.status !== 'in_progress')) return;
      if (fresh.attempts !== attempt.number) return;
      line.call = fresh;
    }
    throw new Fault('write_conflict');
  };

  const handle = async (line: Line, event: CarrierEvent): Promise<void> => {
    line.doubtful = false;
    line.timers.get('doubt')?.();
    if (event.type === 'answered') await answered(line, event);
    if (event.type === 'heard') await heard(line, event.text);
    if (event.type === 'ended') await over(line, outcomeOf(line, event), 'hung-up');
  };

  carrier.listen((event) => {
    if (event.type === 'incoming') return incoming(event);
    const line = lines.get(event.attemptId);
    if (line) enqueue(line, () => handle(line, event));
    else if (event.type === 'answered') carrier.hangUp(event.attemptId).catch(report);
  });

  return {
    /** Takes on a call whose attempt has been reserved, before it is dialled. */
    take(call: Call, attempt: CallAttempt, considered: Considered, instead?: Instead): void {
      watch(call.workspaceId);
      const line: Line = { call, attempt, considered, queue: Promise.resolve(), timers: new Map() };
      lines.set(attempt.id, instead ? { ...line, instead } : line);
      taken();
    },

    /** The carrier refused it. */
    refused: (attemptId: string, detail: string) =>
      withLine(attemptId, (line) => over(line, { status: 'failed', at: at(), reason: detail })),

    /** Nobody knows whether it rings: until it would have stopped, whatever the carrier tells is believed. */
    doubt(attemptId: string, patienceMs: number): void {
      const line = lines.get(attemptId);
      if (!line) return;
      line.doubtful = true;
      later_(line, 'doubt', patienceMs, () => {
        enqueue(line, async () => {
          if (line.doubtful) await over(line, { status: 'unknown', at: at(), reason: 'The carrier did not answer' });
        });
      });
    },

    /** A call of ours, by its conversation: what an agent's tools act on. */
    ofConversation: (conversationId: string) => byConversation.get(conversationId)?.call,

    async transfer(conversationId: string, to: string): Promise<boolean> {
      const line = byConversation.get(conversationId);
      if (!line) return false;
      return handOver(line, to, `The call was handed over to ${to}`);
    },

    /** Nobody was reached after all: it is a machine that is talked to. */
    machine(conversationId: string): boolean {
      const line = byConversation.get(conversationId);
      if (line) line.machine = true;
      return line !== undefined;
    },

    press(conversationId: string, digits: string): boolean {
      const line = byConversation.get(conversationId);
      if (line) carrier.press(line.attempt.id, digits);
      return line !== undefined;
    },

    /** Ends a call, if this node carries it. */
    hangUp(callId: string, reason: string): boolean {
      const line = [...lines.values()].find(({ call }) => call.id === callId);
      if (line) hangUp(line, { status: 'cancelled', reason, end: 'ended' });
      return line !== undefined;
    },

    carries: (callId: string): boolean => [...lines.values()].some(({ call }) => call.id === callId),

    /** Those that are carried here, for whoever renews their leases and looks whether they were ended elsewhere. */
    ids: (): string[] => [...lines.values()].map(({ call }) => call.id),
    conversations: (): { workspaceId: string; conversationId: string }[] =>
      [...byConversation].map(([conversationId, { call }]) => ({ workspaceId: call.workspaceId, conversationId })),
    endedElsewhere(conversation: ConversationFacts): void {
      const line = byConversation.get(conversation.id);
      if (line) hangUp(line, endReasonOf(conversation));
    },

    size: () => lines.size,
    /** Answers when everything that was told so far has been dealt with. */
    async quiet(): Promise<boolean> {
      const all = [...underWay.values()];
      await Promise.all(all);
      return all.length > 0;
    },
    hangUpAll(reason: string): void {
      for (const line of lines.values()) hangUp(line, { reason, end: 'ended', status: 'no_answer' });
    },
  };

  function withLine(attemptId: string, work: (line: Line) => Promise<void>): Promise<void> {
    const line = lines.get(attemptId);
    return line ? enqueue(line, () => work(line)) : Promise.resolve();
  }
}
