/** A telephone network that is not there: it plays what one does, its faults among it, by a script and a given clock. */
import { randomUUID } from 'node:crypto';
import {
  type Carrier,
  type CarrierEvent,
  type CarrierStatus,
  CarrierTimeout,
  type DialAnswer,
  type EndCause,
} from '../../calling/carrier.ts';
import type { SetTimer } from '../../lib/poller.ts';
import { type Ledger, type LedgerLine, listensMs, outcomeOf, PACE, picksUp } from './call-log.ts';
import { byNumber, type PickUp, type Ringing, type Script } from './script.ts';

/** What the other side has heard of us. */
export type Perceived = { at: string; words: string } | { at: string; keys: string };

export interface IncomingCall {
  from: string;
  to: string;
  says?: readonly string[];
  talksSeconds?: number;
  staysOnLine?: boolean;
}

export interface SimulatedCarrier extends Carrier {
  /** Somebody calls one of our numbers; answers the attempt's id. */
  incoming(call: IncomingCall): string;
  /** Words and keys that reached the other side of an attempt, in order. */
  heard(attemptId: string): readonly Perceived[];
}

export interface SimulatedParts {
  now: () => Date;
  setTimer: SetTimer;
  /** Without one the last digits of the number decide. */
  script?: Script;
  /** With one it remembers everything, also across a restart; without, only what is recent. */
  ledger?: Ledger;
  /** The ids of attempts that come in. */
  newId?: () => string;
  /** How many calls that are over it remembers, and how many numbers. */
  remembers?: number;
}

interface Call {
  attemptId: string;
  play: Ringing;
  ringSeconds: number;
  incoming: boolean;
  answered: { at: string; by: 'human' | 'machine' } | null;
  /** How many of its lines the other side has said. */
  said: number;
  perceived: Perceived[];
  /** A call waits for one thing at a time. */
  cancel: () => void;
}

interface Past {
  carrierStatus: CarrierStatus;
  answer: DialAnswer;
  perceived: readonly Perceived[];
}

interface Ending {
  cause: EndCause;
  by: 'them' | 'us' | 'carrier';
  detail?: string;
}

const nothing = () => {};

/** The latest so many of them. */
function keep<T>(all: Map<string, T>, most: number, key: string, value: T): void {
  all.delete(key);
  all.set(key, value);
  if (all.size <= most) return;
  const [oldest] = all.keys();
  all.delete(oldest!);
}

export function createSimulatedCarrier({
  now,
  setTimer: later,
  script = byNumber,
  ledger,
  newId = randomUUID,
  remembers = 10_000,
}: SimulatedParts): SimulatedCarrier {
  const restartMs = now().getTime();
  const calls = new Map<string, Call>();
  const past = new Map<string, Past>();
  const orders = new Map<string, number>();
  let listener: (event: CarrierEvent) => void = nothing;
  let closed = false;

  const at = () => now().toISOString();
  const tell = (event: CarrierEvent) => listener(event);
  const wait = (call: Call, ms: number, work: () => void): void => {
    call.cancel();
    call.cancel = later(ms, work);
  };

  /** The script's word on a number that is dialled once more. */
  const consult = (attemptId: string, from: string | null, to: string) => {
    const nth = (orders.get(to) ?? ledger?.timesDialed(to) ?? 0) + 1;
    keep(orders, remembers, to, nth);
    return script({ attemptId, from, to, nth });
  };

  const end = (call: Call, ending: Ending): void => {
    const { attemptId, answered, perceived } = call;
    call.cancel();
    calls.delete(attemptId);
    const ended = { type: 'ended' as const, attemptId, at: at(), ...ending };
    ledger?.append(ended);
    const { at: answeredAt, by } = answered ?? { at: null, by: null };
    const carrierStatus: CarrierStatus = { state: 'ended', cause: ending.cause, at: ended.at, answeredAt, by };
    keep(past, remembers, attemptId, { carrierStatus, answer: { accepted: true }, perceived });
    tell(ended);
  };

  /** The next line of the other side after so long, or, when there is none, its end of the call. */
  const goOn = (call: Call, person: PickUp, ms: number): void => {
    const line = person.says?.[call.said];
    if (line !== undefined) {
      wait(call, ms, () => {
        call.said += 1;
        // Before anybody is told: whoever is told may speak at once, or hang up.
        goOn(call, person, PACE.patience);
        tell({ type: 'heard', attemptId: call.attemptId, at: at(), text: line });
      });
      return;
    }
    if (!person.staysOnLine) wait(call, listensMs(person), () => end(call, { cause: 'hung_up', by: 'them' }));
  };

  const pickUp = (call: Call, person: PickUp): void => {
    const { attemptId } = call;
    call.answered = { at: at(), by: person.answers };
    const answered = { type: 'answered' as const, attemptId, ...call.answered };
    ledger?.append(answered);
    call.cancel();
    goOn(call, person, PACE.firstLine);
    tell(answered);
  };

  const ring = (call: Call): void => {
    const { attemptId, play, ringSeconds } = call;
    if (picksUp(play, ringSeconds)) wait(call, play.afterSeconds * 1000, () => pickUp(call, play));
    else wait(call, ringSeconds * 1000, () => end(call, { cause: 'no_answer', by: 'carrier' }));
    tell({ type: 'ringing', attemptId, at: at() });
  };

  const begin = (line: Extract<LedgerLine, { type: 'dialled' | 'came_in' }>): Call => {
    ledger?.append(line);
    const { attemptId, play } = line;
    const incoming = line.type === 'came_in';
    const ringSeconds = incoming ? 0 : line.ringSeconds;
    const call: Call = {
      ...{ attemptId, play, ringSeconds, incoming },
      ...{ answered: null, said: 0, perceived: [], cancel: nothing },
    };
    calls.set(attemptId, call);
    return call;
  };

  const connect = (call: Call): void => {
    const { play } = call;
    if (play.answers === 'busy') wait(call, PACE.deadLine, () => end(call, { cause: 'busy', by: 'carrier' }));
    else if (play.answers === 'failure')
      wait(call, PACE.deadLine, () => end(call, { cause: 'failed', by: 'carrier', detail: play.detail }));
    // The order is answered before the telephone rings.
    else wait(call, 0, () => ring(call));
  };

  /** What the ledger makes of an attempt that this process knows nothing of, written down so that it stays so. */
  const fromLedger = (attemptId: string): CarrierStatus | undefined => {
    const lines = ledger?.find(attemptId) ?? [];
    const outcome = outcomeOf(lines, restartMs);
    if (!outcome) return undefined;
    const { at, cause, answeredAt, by } = outcome;
    if (answeredAt && by && !lines.some(({ type }) => type === 'answered'))
      ledger?.append({ type: 'answered', attemptId, at: answeredAt, by });
    if (!lines.some(({ type }) => type === 'ended'))
      ledger?.append({ type: 'ended', attemptId, at, cause, by: 'carrier' });
    return outcome;
  };

  const perceive = (attemptId: string, what: { words: string } | { keys: string }): Call | undefined => {
    const call = calls.get(attemptId);
    if (!call?.answered) return undefined;
    call.perceived.push({ at: at(), ...what });
    return call;
  };

  return {
    name: 'simulated',

    async dial({ attemptId, from, to, ringSeconds }) {
      if (closed) throw new CarrierTimeout('The carrier is closed.');
      if (calls.has(attemptId)) return { accepted: true };
      const before = past.get(attemptId);
      if (before) return before.answer;
      if (fromLedger(attemptId)) return { accepted: true };

      const play = consult(attemptId, from, to);
      if (play.answers === 'refusal') {
        const answer = { accepted: false as const, detail: play.detail };
        keep(past, remembers, attemptId, { carrierStatus: { state: 'never' }, answer, perceived: [] });
        return answer;
      }
      const rings = play.answers === 'silence' ? play.rings : play;
      if (rings) connect(begin({ type: 'dialled', attemptId, at: at(), from, to, ringSeconds, play: rings }));
      if (play.answers === 'silence') throw new CarrierTimeout('The carrier did not say whether it took the order.');
      return { accepted: true };
    },

    async lookup(attemptId) {
      if (closed) return { state: 'unknown' };
      const call = calls.get(attemptId);
      if (call) return { state: 'live', answeredAt: call.answered?.at ?? null };
      const known = past.get(attemptId)?.carrierStatus ?? fromLedger(attemptId);
      return known ?? { state: ledger ? 'never' : 'unknown' };
    },

    async answer(attemptId) {
      const call = calls.get(attemptId);
      if (call?.incoming && !call.answered) pickUp(call, call.play as PickUp);
    },

    say(attemptId, words) {
      const call = perceive(attemptId, { words });
      // Whoever has begun to speak is replied to; what we say before their first word is no reply to it.
      if (!call || call.said === 0) return;
      const person = call.play as PickUp;
      if (call.said < (person.says?.length ?? 0)) goOn(call, person, PACE.reply);
    },

    sendDtmf(attemptId, keys) {
      perceive(attemptId, { keys });
    },

    async hangUp(attemptId) {
      const call = calls.get(attemptId);
      if (call) end(call, { cause: call.answered ? 'hung_up' : 'cancelled', by: 'us' });
    },

    async transfer(attemptId, to) {
      const call = calls.get(attemptId);
      if (!call?.answered) return false;
      const { answers } = consult(attemptId, null, to);
      if (answers !== 'human' && answers !== 'machine') return false;
      end(call, { cause: 'hung_up', by: 'us', detail: `Transferred to ${to}.` });
      return true;
    },

    listen(one) {
      listener = one;
    },

    close() {
      closed = true;
      for (const { cancel } of calls.values()) cancel();
      // As if the process had died: whatever is still said to these calls reaches nobody, the ledger neither.
      calls.clear();
    },

    incoming({ from, to, ...rest }) {
      const attemptId = newId();
      if (closed) return attemptId;
      const play: PickUp = { answers: 'human', afterSeconds: 0, ...rest };
      const call = begin({ type: 'came_in', attemptId, at: at(), from, to, play });
      wait(call, PACE.caller, () => end(call, { cause: 'no_answer', by: 'them' }));
      tell({ type: 'incoming', attemptId, at: at(), from, to });
      return attemptId;
    },

    heard: (attemptId) => calls.get(attemptId)?.perceived ?? past.get(attemptId)?.perceived ?? [],
  };
}
