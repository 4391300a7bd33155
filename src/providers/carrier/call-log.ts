/** The call log of the simulated carrier: it outlives the process and decides how calls ended that were live at a crash. */
import type { AnsweredBy, CarrierStatus, EndCause, EndedBy } from '../../calling/carrier.ts';
import type { PickUp, RingOutcome } from './script.ts';

export type LedgerLine =
  | {
      type: 'dialed';
      attemptId: string;
      at: string;
      from: string | null;
      to: string;
      ringSeconds: number;
      outcome: RingOutcome;
    }
  | { type: 'incoming'; attemptId: string; at: string; from: string; to: string; outcome: PickUp }
  | { type: 'answered'; attemptId: string; at: string; answeredBy: AnsweredBy }
  | { type: 'ended'; attemptId: string; at: string; cause: EndCause; endedBy: EndedBy; detail?: string };

/** A durable log: an appended line is still there after a crash. */
export interface Ledger {
  /** Appends a line. The carrier does so before it publishes the event, and before a dialed phone rings. */
  append(line: LedgerLine): void;
  /** All lines of an attempt, in order. */
  find(attemptId: string): readonly LedgerLine[];
  /** The number of `dialed` lines for a number. */
  timesDialed(to: string): number;
}

/** How fast people and networks react, in milliseconds. */
export const REACTION_MS = {
  /** Until a number turns out busy or unreachable, without ringing. */
  failure: 1_000,
  /** From the answer to the contact's first line. */
  firstLine: 1_000,
  /** From our last text to the contact's next line. */
  reply: 1_000,
  /** Until the contact speaks again if we say nothing. */
  repeat: 5_000,
  /** Until a caller gives up when the call is not answered. */
  giveUp: 30_000,
} as const;

export const listensMs = ({ talksSeconds = 20 }: PickUp): number => talksSeconds * 1000;

export const picksUp = (outcome: RingOutcome, ringSeconds: number): outcome is PickUp =>
  (outcome.answers === 'human' || outcome.answers === 'machine') && outcome.afterSeconds < ringSeconds;

type EndedStatus = Extract<CarrierStatus, { state: 'ended' }>;
type FirstLine = Extract<LedgerLine, { type: 'dialed' | 'incoming' }>;

/**
 * The final status of an attempt by its lines, for a carrier that was restarted at `restartMs`. The other party of a
 * call that was live at the crash followed the script. It sent no transcript and was cut off at the restart at the latest.
 */
export function outcomeOf(lines: readonly LedgerLine[], restartMs: number): EndedStatus | undefined {
  const first = lines.find((line) => line.type === 'dialed' || line.type === 'incoming');
  if (!first) return undefined;
  const answered = lines.find((line) => line.type === 'answered') ?? unloggedAnswer(first, restartMs);
  const ended = lines.find((line) => line.type === 'ended') ?? unloggedEnd(first, answered?.at, restartMs);
  const { cause, at } = ended;
  return { state: 'ended', cause, at, answeredAt: answered?.at ?? null, answeredBy: answered?.answeredBy ?? null };
}

const after = (at: string, ms: number): number => Date.parse(at) + ms;
const iso = (ms: number): string => new Date(ms).toISOString();

/** An answer between the crash and the restart. An incoming call has none: only our server answers it. */
function unloggedAnswer(first: FirstLine, restartMs: number): { at: string; answeredBy: AnsweredBy } | undefined {
  if (first.type === 'incoming' || !picksUp(first.outcome, first.ringSeconds)) return undefined;
  const { answers, afterSeconds } = first.outcome;
  const at = after(first.at, afterSeconds * 1000);
  return at <= restartMs ? { at: iso(at), answeredBy: answers } : undefined;
}

function unloggedEnd(
  first: FirstLine,
  answeredAt: string | undefined,
  restartMs: number,
): { at: string; cause: EndCause } {
  const { cause, ms } = answeredAt === undefined ? endUnanswered(first) : endAnswered(first, answeredAt);
  if (ms <= restartMs) return { at: iso(ms), cause };
  return { at: iso(restartMs), cause: answeredAt === undefined ? 'cancelled' : 'hung_up' };
}

function endUnanswered(first: FirstLine): { cause: EndCause; ms: number } {
  if (first.type === 'incoming') return { cause: 'no_answer', ms: after(first.at, REACTION_MS.giveUp) };
  const { outcome, at, ringSeconds } = first;
  if (outcome.answers === 'busy') return { cause: 'busy', ms: after(at, REACTION_MS.failure) };
  if (outcome.answers === 'failure') return { cause: 'failed', ms: after(at, REACTION_MS.failure) };
  return { cause: 'no_answer', ms: after(at, ringSeconds * 1000) };
}

function endAnswered({ outcome }: FirstLine, answeredAt: string): { cause: EndCause; ms: number } {
  const person = outcome as PickUp;
  if (person.staysOnLine) return { cause: 'hung_up', ms: Number.POSITIVE_INFINITY };
  const lines = person.says?.length ?? 0;
  const spokenMs = lines === 0 ? 0 : REACTION_MS.firstLine + (lines - 1) * REACTION_MS.repeat;
  return { cause: 'hung_up', ms: after(answeredAt, spokenMs + listensMs(person)) };
}
