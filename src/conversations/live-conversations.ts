/** What a node holds in memory about its conversations: turns that are running, subscribers, and the idle sweep. */

import { createPoller, type Poller, type SetTimer } from '../lib/poller.ts';
import type { ConversationEvents } from './events.ts';

export interface LiveOptions {
  events: ConversationEvents;
  /** Ends the conversations that have been idle for too long; answers how many. */
  endIdle: () => Promise<number>;
  setTimer?: SetTimer;
}

/** Counts for operators. */
export interface LiveSnapshot {
  openTurns: number;
  subscribers: number;
  idleSweepRunning: boolean;
}

const SWEEP_INTERVAL_MS = 15_000;

export class LiveConversations {
  readonly #events: ConversationEvents;
  readonly #sweep: Poller;
  /** One controller for each running turn, to abort it when the server closes. */
  readonly #openTurns = new Set<AbortController>();
  #sweepRunning = false;
  #closing = false;

  constructor({ events, endIdle, setTimer }: LiveOptions) {
    this.#events = events;
    this.#sweep = createPoller({
      work: async () => (await endIdle()) > 0,
      busyMs: SWEEP_INTERVAL_MS,
      idleMs: SWEEP_INTERVAL_MS,
      ...(setTimer && { setTimer }),
    });
  }

  snapshot(): LiveSnapshot {
    return {
      openTurns: this.#openTurns.size,
      subscribers: this.#events.subscriberCount,
      idleSweepRunning: this.#sweepRunning,
    };
  }

  /** Starts the idle sweep. */
  start(report: (error: unknown) => void): void {
    this.#sweepRunning = true;
    this.#sweep.start(report);
  }

  /** Ends the subscriptions, aborts the running turns and stops the idle sweep. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.#events.close();
    for (const turn of this.#openTurns) turn.abort();
    await this.#sweep.stop();
    this.#sweepRunning = false;
  }

  /** Runs a turn with a signal that aborts when the client's signal does, or when the server closes. */
  async runTurn<T>(clientSignal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const turn = new AbortController();
    const abort = () => turn.abort();
    if (this.#closing || clientSignal.aborted) abort();
    clientSignal.addEventListener('abort', abort);
    this.#openTurns.add(turn);
    try {
      return await work(turn.signal);
    } finally {
      this.#openTurns.delete(turn);
      clientSignal.removeEventListener('abort', abort);
    }
  }
}
