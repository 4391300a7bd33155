/** The breakers of the campaigns that this node dials: each pauses its campaign while the carrier fails. */

import type { AttemptStatus } from './call.ts';
import {
  type Breaker,
  breakerState,
  type CarrierOutcome,
  hasGivenUp,
  newBreaker,
  recordOutcome,
  startProbe,
} from './rules/breaker.ts';
import type { Step } from './rules/plan.ts';

/** What the end of an attempt says about the carrier. A cancelled attempt says nothing. */
const CARRIER_OUTCOMES: Partial<Record<AttemptStatus, CarrierOutcome>> = {
  completed: 'ok',
  no_answer: 'ok',
  busy: 'ok',
  voicemail: 'ok',
  failed: 'bad',
  unknown: 'bad',
};

export interface BreakerSnapshot {
  campaignId: string;
  state: 'closed' | 'open' | 'probing';
  /** Until when no call is made, ISO 8601; present while the breaker is open. */
  openUntil?: string;
  /** How many times it has opened without a successful call in between. */
  openings: number;
  /** Failed attempts among the recent ones. */
  failures: number;
}

export class Breakers {
  readonly #byCampaign = new Map<string, Breaker>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Counts the end of an attempt. */
  note(campaignId: string, status: AttemptStatus): void {
    const outcome = CARRIER_OUTCOMES[status];
    if (!outcome) return;
    const breaker = this.#byCampaign.get(campaignId) ?? newBreaker();
    this.#byCampaign.set(campaignId, recordOutcome(breaker, outcome, this.#nowMs()));
  }

  /** The step for a call while the breaker is open; undefined where the call may be made. */
  blockReason(campaignId: string | null): Step | undefined {
    const breaker = campaignId === null ? undefined : this.#byCampaign.get(campaignId);
    const state = breaker && breakerState(breaker, this.#nowMs());
    if (state?.state !== 'open') return undefined;
    return { do: 'wait', until: state.until, why: 'The carrier keeps failing, so the campaign pauses its calls' };
  }

  /** A call is about to be made: after a pause it is the probe, and the breaker holds back the others. */
  probe(campaignId: string | null): void {
    if (campaignId === null) return;
    const breaker = this.#byCampaign.get(campaignId);
    if (breaker) this.#byCampaign.set(campaignId, startProbe(breaker, this.#nowMs()));
  }

  /** Campaigns whose carrier has failed too often to go on without an operator. */
  *exhausted(): Generator<{ campaignId: string; openings: number }> {
    for (const [campaignId, breaker] of this.#byCampaign)
      if (hasGivenUp(breaker)) yield { campaignId, openings: breaker.openings };
  }

  remove(campaignId: string): void {
    this.#byCampaign.delete(campaignId);
  }

  snapshot(): BreakerSnapshot[] {
    return [...this.#byCampaign].map(([campaignId, breaker]) => {
      const state = breakerState(breaker, this.#nowMs());
      return {
        campaignId,
        state: state.state,
        ...(state.state === 'open' && { openUntil: new Date(state.until).toISOString() }),
        openings: breaker.openings,
        failures: breaker.recent.filter((outcome) => outcome === 'bad').length,
      };
    });
  }
}
