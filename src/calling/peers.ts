/** Messages between nodes about calls: one node carries a call, and any node may be asked about it. */
import type { Notices } from '../db/engine.ts';
import { setTimer } from '../lib/poller.ts';

export interface PeersOptions {
  /** Whether this node carries the call. */
  carries(callId: string): boolean;
  /** Ends the call if this node carries it. */
  hangUp(callId: string, reason: string): void;
  newId: () => string;
  /** How long to wait for an answer, in real time: a peer is another process with its own clock. */
  timeoutMs?: number;
}

/**
 * As sent between nodes. The keys stay as version 0.1 sends them, so that its nodes and ours can run side by side:
 * `hangUp` and `who` are call ids, `question` and `itsMe` are request ids.
 */
type PeerMessage = { hangUp: string; why: string } | { who: string; question: string } | { itsMe: string };

const TIMEOUT_MS = 1500;

export class Peers {
  readonly #notices: Notices | null;
  readonly #options: PeersOptions;
  /** By request id: what to do when a peer says that it carries the call. */
  readonly #requests = new Map<string, () => void>();
  #listening: Promise<void> | undefined;

  /** `notices` is null where this node is the only one. */
  constructor(notices: Notices | null, options: PeersOptions) {
    this.#notices = notices;
    this.#options = options;
  }

  /** Starts to listen to peers. */
  async listen(): Promise<void> {
    this.#listening ??= this.#notices?.listen('calls', (message) =>
      this.#onMessage(JSON.parse(message) as PeerMessage),
    );
    await this.#listening;
  }

  /** Whether a peer carries the call; false if none answers in time. */
  async isCarried(callId: string): Promise<boolean> {
    if (!this.#notices) return false;
    await this.listen();
    const requestId = this.#options.newId();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#requests.set(requestId, () => resolve(true));
    const cancelTimer = setTimer(this.#options.timeoutMs ?? TIMEOUT_MS, () => resolve(false));
    try {
      await this.#publish({ who: callId, question: requestId });
      return await promise;
    } finally {
      cancelTimer();
      this.#requests.delete(requestId);
    }
  }

  /** Asks the peer that carries the call to end it. */
  hangUp(callId: string, reason: string): Promise<void> {
    return this.#publish({ hangUp: callId, why: reason });
  }

  #onMessage(message: PeerMessage): void {
    const { carries, hangUp } = this.#options;
    if ('hangUp' in message) hangUp(message.hangUp, message.why);
    if ('itsMe' in message) this.#requests.get(message.itsMe)?.();
    // A lost answer counts as "not carried": the asking node times out.
    if ('who' in message && carries(message.who)) this.#publish({ itsMe: message.question }).catch(() => undefined);
  }

  async #publish(message: PeerMessage): Promise<void> {
    await this.#notices?.notify('calls', JSON.stringify(message));
  }
}
