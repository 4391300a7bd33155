/**
 * A breaker between a campaign and a carrier that is failing. It is folded from the outcomes of calls, kept as JSON, and
 * asked before each call. After a pause one call at a time goes through as a probe, until one goes well.
 */

/** `bad`: the carrier failed, or nobody knows. `ok`: it did what carriers do, even if nobody answered. */
export type CarrierOutcome = 'ok' | 'bad';

export interface Breaker {
  /** The latest outcomes since it was last closed, the newest at the end. */
  readonly recent: readonly CarrierOutcome[];
  /** Until when nothing goes through; null while it is closed. */
  readonly until: number | null;
  /** When the probe went out that nothing has been heard of yet. */
  readonly probeAt: number | null;
  /** How often it opened without a good call in between. */
  readonly openings: number;
}

export type BreakerState =
  /** Every call may go. */
  | { state: 'closed' }
  /** None may; ask again then. */
  | { state: 'open'; until: number }
  /** One may go; say so with `probed`. */
  | { state: 'probing' };

const WINDOW = 20;
const BAD_IN_WINDOW = 10;
const BAD_IN_A_ROW = 5;
const FIRST_PAUSE = 5 * 60_000;
const MAX_PAUSE = 60 * 60_000;
/** A probe that nothing is heard of for so long is lost, and another may go. */
const PATIENCE = 5 * 60_000;
const MAX_OPENINGS = 6;

export const newBreaker = (): Breaker => ({ recent: [], until: null, probeAt: null, openings: 0 });

export function breakerState({ until, probeAt }: Breaker, at: number): BreakerState {
  if (until === null) return { state: 'closed' };
  const reopens = probeAt === null ? until : Math.max(until, probeAt + PATIENCE);
  return at < reopens ? { state: 'open', until: reopens } : { state: 'probing' };
}

/** The one call that may go is on its way. */
export function probed(breaker: Breaker, at: number): Breaker {
  return breakerState(breaker, at).state === 'probing' ? { ...breaker, probeAt: at } : breaker;
}

export function noted(breaker: Breaker, outcome: CarrierOutcome, at: number): Breaker {
  const { recent, until, openings } = breaker;
  if (until !== null) {
    // Of calls that were under way when it opened: they say nothing of how the carrier is now.
    if (at < until) return breaker;
    return outcome === 'ok' ? newBreaker() : opened(openings, at);
  }
  const known = [...recent, outcome].slice(-WINDOW);
  if (outcome === 'bad' && isFailing(known)) return opened(openings, at);
  return { ...breaker, recent: known, openings: outcome === 'ok' ? 0 : openings };
}

/** Whether it opened so often that somebody should look into it before any more calls are made. */
export const gaveUp = ({ openings }: Breaker): boolean => openings >= MAX_OPENINGS;

function isFailing(known: readonly CarrierOutcome[]): boolean {
  const last = known.slice(-BAD_IN_A_ROW);
  if (last.length === BAD_IN_A_ROW && last.every((one) => one === 'bad')) return true;
  return known.filter((one) => one === 'bad').length >= BAD_IN_WINDOW;
}

function opened(before: number, at: number): Breaker {
  const pause = Math.min(FIRST_PAUSE * 2 ** before, MAX_PAUSE);
  return { recent: [], until: at + pause, probeAt: null, openings: before + 1 };
}
