/** What a simulated network remembers although the process has died, and what it makes of calls that lost us. */
import type { CarrierStatus, EndCause } from '../../calling/carrier.ts';
import type { PickUp, Ringing } from './script.ts';

export type LedgerLine =
  | {
      type: 'dialled';
      attemptId: string;
      at: string;
      from: string | null;
      to: string;
      ringSeconds: number;
      play: Ringing;
    }
  | { type: 'came_in'; attemptId: string; at: string; from: string; to: string; play: PickUp }
  | { type: 'answered'; attemptId: string; at: string; by: 'human' | 'machine' }
  | { type: 'ended'; attemptId: string; at: string; cause: EndCause; by: 'them' | 'us' | 'carrier'; detail?: string };

/** Durable: what was appended is there after a crash. */
export interface Ledger {
  /** A line is in it before anybody hears of what it says: that of a dial before the telephone rings. */
  append(line: LedgerLine): void;
  /** All lines of an attempt, in order. */
  find(attemptId: string): readonly LedgerLine[];
  /** How many `dialled` there are to a number. */
  timesDialed(to: string): number;
}

/** How fast people are, in milliseconds. */
export const PACE = {
  /** Until a line that does not ring is known to be busy or dead. */
  deadLine: 1_000,
  firstLine: 1_000,
  /** After our last words. */
  reply: 1_000,
  /** Speaks again although we said nothing. */
  patience: 5_000,
  /** Whoever calls us gives up. */
  caller: 30_000,
} as const;

export const listensMs = ({ talksSeconds = 20 }: PickUp): number => talksSeconds * 1000;

export const picksUp = (play: Ringing, ringSeconds: number): play is PickUp =>
  (play.answers === 'human' || play.answers === 'machine') && play.afterSeconds < ringSeconds;

type Ended = Extract<CarrierStatus, { state: 'ended' }>;
type Started = Extract<LedgerLine, { type: 'dialled' | 'came_in' }>;

/**
 * What became of an attempt by its lines, for a network that was started again at `restartMs`. Whoever was on the line
 * when the process died went on as the script says, to silence, and was cut off at the restart at the latest.
 */
export function outcomeOf(lines: readonly LedgerLine[], restartMs: number): Ended | undefined {
  const begun = lines.find((line) => line.type === 'dialled' || line.type === 'came_in');
  if (!begun) return undefined;
  const answered = lines.find((line) => line.type === 'answered') ?? answerOf(begun, restartMs);
  const ended = lines.find((line) => line.type === 'ended') ?? endOf(begun, answered?.at, restartMs);
  const { cause, at } = ended;
  return { state: 'ended', cause, at, answeredAt: answered?.at ?? null, by: answered?.by ?? null };
}

const after = (at: string, ms: number): number => Date.parse(at) + ms;
const iso = (ms: number): string => new Date(ms).toISOString();

/** The answer that nobody of ours was there to hear of. A call that came in is answered by us or not at all. */
function answerOf(begun: Started, restartMs: number): { at: string; by: 'human' | 'machine' } | undefined {
  if (begun.type === 'came_in' || !picksUp(begun.play, begun.ringSeconds)) return undefined;
  const { answers, afterSeconds } = begun.play;
  const at = after(begun.at, afterSeconds * 1000);
  return at <= restartMs ? { at: iso(at), by: answers } : undefined;
}

function endOf(begun: Started, answeredAt: string | undefined, restartMs: number): { at: string; cause: EndCause } {
  const { cause, ms } = answeredAt === undefined ? unanswered(begun) : talk(begun, answeredAt);
  if (ms <= restartMs) return { at: iso(ms), cause };
  return { at: iso(restartMs), cause: answeredAt === undefined ? 'cancelled' : 'hung_up' };
}

function unanswered(begun: Started): { cause: EndCause; ms: number } {
  if (begun.type === 'came_in') return { cause: 'no_answer', ms: after(begun.at, PACE.caller) };
  const { play, at, ringSeconds } = begun;
  if (play.answers === 'busy') return { cause: 'busy', ms: after(at, PACE.deadLine) };
  if (play.answers === 'failure') return { cause: 'failed', ms: after(at, PACE.deadLine) };
  return { cause: 'no_answer', ms: after(at, ringSeconds * 1000) };
}

function talk({ play }: Started, answeredAt: string): { cause: EndCause; ms: number } {
  const person = play as PickUp;
  if (person.staysOnLine) return { cause: 'hung_up', ms: Number.POSITIVE_INFINITY };
  const lines = person.says?.length ?? 0;
  const spoken = lines === 0 ? 0 : PACE.firstLine + (lines - 1) * PACE.patience;
  return { cause: 'hung_up', ms: after(answeredAt, spoken + listensMs(person)) };
}
