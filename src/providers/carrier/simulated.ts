/** A carrier without a network: it plays calls by a script, with a network's faults, on the clock that it is given. */
import { randomUUID } from 'node:crypto';
import {
  type AnsweredBy,
  type Carrier,
  type CarrierEvent,
  type CarrierStatus,
  CarrierTimeout,
  type DialAnswer,
  type DialOrder,
  type EndCause,
  type EndedBy,
  type SimulatedCall,
} from '../../calling/carrier.ts';
import type { SetTimer } from '../../lib/poller.ts';
import { type Ledger, type LedgerLine, listensMs, outcomeOf, picksUp, REACTION_MS } from './call-log.ts';
import { byNumber, type DialOutcome, type PickUp, type RingOutcome, type Script } from './script.ts';

/** What the other party received from us. */
export type Received = { at: string; text: string } | { at: string; digits: string };

export interface IncomingCall extends SimulatedCall {
  talksSeconds?: number;
}

export interface SimulatedCarrierOptions {
  now: () => Date;
  setTimer: SetTimer;
  /** Default: the last two digits of the number decide. */
  script?: Script;
  /** With a ledger the carrier knows every attempt after a restart; without one, only recent ones of this process. */
  ledger?: Ledger;
  /** Ids for incoming attempts. */
  newId?: () => string;
  /** How many ended calls, and how many dialed numbers, are kept in memory. */
  maxRemembered?: number;
}

/** A call that rings or is connected. */
interface LiveCall {
  attemptId: string;
  outcome: RingOutcome;
  ringSeconds: number;
  isIncoming: boolean;
  answered: { at: string; answeredBy: AnsweredBy } | null;
  /** How many lines the other party has spoken. */
  linesSpoken: number;
  received: Received[];
  /** A call has one timer at a time. */
  cancelTimer: () => void;
}

interface EndedCall {
  status: CarrierStatus;
  answer: DialAnswer;
  received: readonly Received[];
}

interface Ending {
  cause: EndCause;
  endedBy: EndedBy;
  detail?: string;
}

const MAX_REMEMBERED = 10_000;
const ACCEPTED: DialAnswer = { accepted: true };
const nothing = () => {};

export const createSimulatedCarrier = (options: SimulatedCarrierOptions): SimulatedCarrier =>
  new SimulatedCarrier(options);

export class SimulatedCarrier implements Carrier {
  readonly name = 'simulated';
  readonly #now: () => Date;
  readonly #setTimer: SetTimer;
  readonly #script: Script;
  readonly #ledger: Ledger | undefined;
  readonly #newId: () => string;
  readonly #maxRemembered: number;
  readonly #startedMs: number;
  readonly #liveCalls = new Map<string, LiveCall>();
  readonly #endedCalls = new Map<string, EndedCall>();
  readonly #timesDialed = new Map<string, number>();
  #listener: (event: CarrierEvent) => void = nothing;
  #isClosed = false;

  constructor({ now, setTimer, script, ledger, newId, maxRemembered }: SimulatedCarrierOptions) {
    this.#now = now;
    this.#setTimer = setTimer;
    this.#script = script ?? byNumber;
    this.#ledger = ledger;
    this.#newId = newId ?? randomUUID;
    this.#maxRemembered = maxRemembered ?? MAX_REMEMBERED;
    this.#startedMs = now().getTime();
  }

  async dial({ attemptId, from, to, ringSeconds }: DialOrder): Promise<DialAnswer> {
    if (this.#isClosed) throw new CarrierTimeout('The carrier is closed.');
    if (this.#liveCalls.has(attemptId)) return ACCEPTED;
    const ended = this.#endedCalls.get(attemptId);
    if (ended) return ended.answer;
    if (this.#statusFromLedger(attemptId)) return ACCEPTED;

    const outcome = this.#nextOutcome(attemptId, from, to);
    if (outcome.answers === 'rejection') {
      const answer: DialAnswer = { accepted: false, detail: outcome.detail };
      this.#remember(this.#endedCalls, attemptId, { status: { state: 'not_dialed' }, answer, received: [] });
      return answer;
    }
    const rings = outcome.answers === 'silence' ? outcome.rings : outcome;
    if (rings) {
      const line = { type: 'dialed', attemptId, at: this.#at(), from, to, ringSeconds, outcome: rings } as const;
      this.#connect(this.#open(line));
    }
    if (outcome.answers === 'silence') throw new CarrierTimeout('The carrier did not answer the order.');
    return ACCEPTED;
  }

  async lookup(attemptId: string): Promise<CarrierStatus> {
    if (this.#isClosed) return { state: 'unknown' };
    const call = this.#liveCalls.get(attemptId);
    if (call) return { state: 'live', answeredAt: call.answered?.at ?? null };
    const known = this.#endedCalls.get(attemptId)?.status ?? this.#statusFromLedger(attemptId);
    return known ?? { state: this.#ledger ? 'not_dialed' : 'unknown' };
  }

  async answer(attemptId: string): Promise<void> {
    const call = this.#liveCalls.get(attemptId);
    if (call?.isIncoming && !call.answered) this.#pickUp(call, call.outcome as PickUp);
  }

  say(attemptId: string, text: string): void {
    const call = this.#receive(attemptId, { at: this.#at(), text });
    // Text before the other party's first line is not a reply to it, so it does not move that line.
    if (!call || call.linesSpoken === 0) return;
    const person = call.outcome as PickUp;
    if (call.linesSpoken < (person.says?.length ?? 0)) this.#scheduleNextLine(call, person, REACTION_MS.reply);
  }

  sendDtmf(attemptId: string, digits: string): void {
    this.#receive(attemptId, { at: this.#at(), digits });
  }

  async hangUp(attemptId: string): Promise<void> {
    const call = this.#liveCalls.get(attemptId);
    if (call) this.#end(call, { cause: call.answered ? 'hung_up' : 'cancelled', endedBy: 'server' });
  }

  async transfer(attemptId: string, to: string): Promise<boolean> {
    const call = this.#liveCalls.get(attemptId);
    if (!call?.answered) return false;
    const { answers } = this.#nextOutcome(attemptId, null, to);
    if (answers !== 'human' && answers !== 'machine') return false;
    this.#end(call, { cause: 'hung_up', endedBy: 'server', detail: `Transferred to ${to}.` });
    return true;
  }

  simulateIncoming({ from, to, ...rest }: IncomingCall): string {
    const attemptId = this.#newId();
    if (this.#isClosed) return attemptId;
    const outcome: PickUp = { answers: 'human', afterSeconds: 0, ...rest };
    const call = this.#open({ type: 'incoming', attemptId, at: this.#at(), from, to, outcome });
    this.#wait(call, REACTION_MS.giveUp, () => this.#end(call, { cause: 'no_answer', endedBy: 'contact' }));
    this.#publish({ type: 'incoming', attemptId, at: this.#at(), from, to });
    return attemptId;
  }

  /** The text and DTMF digits that reached the other party of an attempt, in order. */
  received(attemptId: string): readonly Received[] {
    return this.#liveCalls.get(attemptId)?.received ?? this.#endedCalls.get(attemptId)?.received ?? [];
  }

  listen(listener: (event: CarrierEvent) => void): void {
    this.#listener = listener;
  }

  /** Behaves like a crash of the process: live calls get no more events, and no more lines in the ledger. */
  close(): void {
    this.#isClosed = true;
    for (const { cancelTimer } of this.#liveCalls.values()) cancelTimer();
    this.#liveCalls.clear();
  }

  #at(): string {
    return this.#now().toISOString();
  }

  #publish(event: CarrierEvent): void {
    this.#listener(event);
  }

  #wait(call: LiveCall, ms: number, work: () => void): void {
    call.cancelTimer();
    call.cancelTimer = this.#setTimer(ms, work);
  }

  /** Keeps the latest `maxRemembered` entries. */
  #remember<T>(entries: Map<string, T>, key: string, value: T): void {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size <= this.#maxRemembered) return;
    const { value: oldest } = entries.keys().next();
    if (oldest !== undefined) entries.delete(oldest);
  }

  /** What the script says for the next dial of a number. */
  #nextOutcome(attemptId: string, from: string | null, to: string): DialOutcome {
    const nth = (this.#timesDialed.get(to) ?? this.#ledger?.timesDialed(to) ?? 0) + 1;
    this.#remember(this.#timesDialed, to, nth);
    return this.#script({ attemptId, from, to, nth });
  }

  #open(line: Extract<LedgerLine, { type: 'dialed' | 'incoming' }>): LiveCall {
    this.#ledger?.append(line);
    const { attemptId, outcome } = line;
    const call: LiveCall = {
      attemptId,
      outcome,
      ringSeconds: line.type === 'incoming' ? 0 : line.ringSeconds,
      isIncoming: line.type === 'incoming',
      answered: null,
      linesSpoken: 0,
      received: [],
      cancelTimer: nothing,
    };
    this.#liveCalls.set(attemptId, call);
    return call;
  }

  #connect(call: LiveCall): void {
    const { outcome } = call;
    const fail = (ending: Ending) => this.#wait(call, REACTION_MS.failure, () => this.#end(call, ending));
    if (outcome.answers === 'busy') fail({ cause: 'busy', endedBy: 'carrier' });
    else if (outcome.answers === 'failure') fail({ cause: 'failed', endedBy: 'carrier', detail: outcome.detail });
    // The carrier answers the order before the phone rings.
    else this.#wait(call, 0, () => this.#ring(call));
  }

  #ring(call: LiveCall): void {
    const { attemptId, outcome, ringSeconds } = call;
    if (picksUp(outcome, ringSeconds)) this.#wait(call, outcome.afterSeconds * 1000, () => this.#pickUp(call, outcome));
    else this.#wait(call, ringSeconds * 1000, () => this.#end(call, { cause: 'no_answer', endedBy: 'carrier' }));
    this.#publish({ type: 'ringing', attemptId, at: this.#at() });
  }

  #pickUp(call: LiveCall, person: PickUp): void {
    const { attemptId } = call;
    call.answered = { at: this.#at(), answeredBy: person.answers };
    const answered = { type: 'answered' as const, attemptId, ...call.answered };
    this.#ledger?.append(answered);
    call.cancelTimer();
    this.#scheduleNextLine(call, person, REACTION_MS.firstLine);
    this.#publish(answered);
  }

  /** Schedules the other party's next line, or its hang-up after the last one. */
  #scheduleNextLine(call: LiveCall, person: PickUp, ms: number): void {
    const text = person.says?.[call.linesSpoken];
    if (text !== undefined) {
      this.#wait(call, ms, () => {
        call.linesSpoken += 1;
        // Scheduled before the event is published: its listener may speak or hang up at once.
        this.#scheduleNextLine(call, person, REACTION_MS.repeat);
        this.#publish({ type: 'transcript', attemptId: call.attemptId, at: this.#at(), text });
      });
      return;
    }
    if (!person.staysOnLine)
      this.#wait(call, listensMs(person), () => this.#end(call, { cause: 'hung_up', endedBy: 'contact' }));
  }

  #end(call: LiveCall, ending: Ending): void {
    const { attemptId, answered, received } = call;
    call.cancelTimer();
    this.#liveCalls.delete(attemptId);
    const ended = { type: 'ended' as const, attemptId, at: this.#at(), ...ending };
    this.#ledger?.append(ended);
    const { at: answeredAt, answeredBy } = answered ?? { at: null, answeredBy: null };
    const status: CarrierStatus = { state: 'ended', cause: ending.cause, at: ended.at, answeredAt, answeredBy };
    this.#remember(this.#endedCalls, attemptId, { status, answer: ACCEPTED, received });
    this.#publish(ended);
  }

  #receive(attemptId: string, item: Received): LiveCall | undefined {
    const call = this.#liveCalls.get(attemptId);
    if (!call?.answered) return undefined;
    call.received.push(item);
    return call;
  }

  /** The status of an attempt of an earlier process. It is logged, so that later lookups give the same answer. */
  #statusFromLedger(attemptId: string): CarrierStatus | undefined {
    const lines = this.#ledger?.find(attemptId) ?? [];
    const outcome = outcomeOf(lines, this.#startedMs);
    if (!outcome) return undefined;
    const { at, cause, answeredAt, answeredBy } = outcome;
    if (answeredAt && answeredBy && !lines.some(({ type }) => type === 'answered'))
      this.#ledger?.append({ type: 'answered', attemptId, at: answeredAt, answeredBy });
    if (!lines.some(({ type }) => type === 'ended'))
      this.#ledger?.append({ type: 'ended', attemptId, at, cause, endedBy: 'carrier' });
    return outcome;
  }
}
