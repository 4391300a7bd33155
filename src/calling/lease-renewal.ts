/** Renews the leases of the calls that this node carries, and ends calls whose conversation a peer has ended. */

import type { Context } from '../context.ts';
import type { SetTimer } from '../lib/poller.ts';
import type { ActiveCalls } from './active-calls.ts';

/** A call whose lease has run out belongs to no node: the next one that looks recovers it. */
export const LEASE_MS = 60_000;
const RENEW_MS = 15_000;

export interface LeaseRenewalOptions {
  setTimer: SetTimer;
  activeCalls: () => ActiveCalls | undefined;
  report(error: unknown): void;
}

export class LeaseRenewal {
  readonly #ctx: Context;
  readonly #options: LeaseRenewalOptions;
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  constructor(ctx: Context, options: LeaseRenewalOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  /** Renews in regular intervals for as long as this node carries calls. */
  start(): void {
    if (this.#cancelTimer || this.#isStopped) return;
    this.#cancelTimer = this.#options.setTimer(RENEW_MS, () => {
      this.#cancelTimer = undefined;
      this.#renew()
        .catch(this.#options.report)
        .finally(() => {
          if (this.#options.activeCalls()?.size) this.start();
        });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  async #renew(): Promise<void> {
    const { store, now } = this.#ctx;
    const activeCalls = this.#options.activeCalls();
    if (!activeCalls || activeCalls.size === 0) return;
    await store.dialQueue.renew(activeCalls.callIds(), new Date(now().getTime() + LEASE_MS).toISOString());
    const byWorkspace = Map.groupBy(activeCalls.conversations(), ({ workspaceId }) => workspaceId);
    for (const [workspaceId, conversations] of byWorkspace) {
      const ids = conversations.map(({ conversationId }) => conversationId);
      for (const conversation of await store.conversations.getMany(workspaceId, ids))
        if (conversation.state.status === 'ended') activeCalls.conversationEnded(conversation);
    }
  }
}
