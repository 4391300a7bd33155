/**
 * A circuit breaker that stops a campaign while its carrier fails. It is a pure fold over the outcomes of calls, and the
 * dialer asks it before each call. After a pause it lets one call at a time through as a probe, until one succeeds.
 */

/** `bad`: the carrier failed or reported no result. `ok`: it tried the call, even if the contact did not answer. */
export type CarrierOutcome = 'ok' | 'bad';

export interface Breaker {
  /** The latest outcomes since the breaker closed, newest last. */
  readonly recent: readonly CarrierOutcome[];
  /** No call goes through before this moment, epoch milliseconds; null while the breaker is closed. */
  readonly until: number | null;
  /** When the probe that has no outcome yet was sent; null where there is none. */
  readonly probeAt: number | null;
  /** How often it has opened since the last `ok`. */
  readonly openings: number;
}

export type BreakerState =
  /** Every call goes through. */
  | { state: 'closed' }
  /** No call goes through before `until`. */
  | { state: 'open'; until: number }
  /** One call goes through; report it with `probed`. */
  | { state: 'probing' };

const WINDOW = 20;
const BAD_IN_WINDOW = 10;
const BAD_IN_A_ROW = 5;
const FIRST_PAUSE_MS = 5 * 60_000;
const MAX_PAUSE_MS = 60 * 60_000;
/** A probe without an outcome for this long is lost, and another may be sent. */
const PROBE_TIMEOUT_MS = 5 * 60_000;
const MAX_OPENINGS = 6;

export const newBreaker = (): Breaker => ({ recent: [], until: null, probeAt: null, openings: 0 });

export function breakerState({ until, probeAt }: Breaker, at: number): BreakerState {
  if (until === null) return { state: 'closed' };
  const reopens = probeAt === null ? until : Math.max(until, probeAt + PROBE_TIMEOUT_MS);
  return at < reopens ? { state: 'open', until: reopens } : { state: 'probing' };
}

/** Records that a probe was sent. */
export function startProbe(breaker: Breaker, at: number): Breaker {
  return breakerState(breaker, at).state === 'probing' ? { ...breaker, probeAt: at } : breaker;
}

/** Records the outcome of a call. */
export function recordOutcome(breaker: Breaker, outcome: CarrierOutcome, at: number): Breaker {
  const { recent, until, openings } = breaker;
  if (until !== null) {
    // The call started before the breaker opened, so it tells nothing about the carrier now.
    if (at < until) return breaker;
    return outcome === 'ok' ? newBreaker() : opened(openings, at);
  }
  const latest = [...recent, outcome].slice(-WINDOW);
  if (outcome === 'bad' && isFailing(latest)) return opened(openings, at);
  return { ...breaker, recent: latest, openings: outcome === 'ok' ? 0 : openings };
}

/** Whether the breaker has opened so often that an operator must look at the carrier. */
export const hasGivenUp = ({ openings }: Breaker): boolean => openings >= MAX_OPENINGS;

function isFailing(latest: readonly CarrierOutcome[]): boolean {
  const last = latest.slice(-BAD_IN_A_ROW);
  if (last.length === BAD_IN_A_ROW && last.every((one) => one === 'bad')) return true;
  return latest.filter((one) => one === 'bad').length >= BAD_IN_WINDOW;
}

function opened(openings: number, at: number): Breaker {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** openings, MAX_PAUSE_MS);
  return { recent: [], until: at + pause, probeAt: null, openings: openings + 1 };
}
