/**
 * Sends the deliveries in the outbox. Every node does. A lease keeps two nodes from sending the same delivery at the
 * same time, and frees the deliveries of a node that died. So every delivery is sent at least once.
 */

import { createPoller, type Poller, type SetTimer, setTimer as systemTimer } from '../lib/poller.ts';
import { type DeliveryContext, deliver } from './deliver.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** Deliveries in flight on this node, in all and for one endpoint, so that a hanging endpoint does not block the others. */
const MAX_IN_FLIGHT = 32;
const MAX_IN_FLIGHT_PER_WEBHOOK = 4;
/** How long the deliveries of a dead node stay claimed. A running node extends its leases after half of this time. */
const LEASE_MS = 20_000;
/** A claimed delivery that has not started by then is released, because another node may have room. */
const START_WITHIN_MS = 10_000;
const BUSY_MS = 250;
const IDLE_MS = 900;
/** How long finished deliveries are kept, and the time between two removals. */
const KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
/** How long the endpoints of a call are kept after its end, for late events and retries. */
const CALL_ENDPOINTS_KEPT_MS = 48 * 3_600_000;
/** How long a stop waits for deliveries in flight. Those without a result by then are sent again. */
const STOP_GRACE_MS = 5000;

export interface DispatcherOptions extends DeliveryContext {
  setTimer?: SetTimer;
}

export interface DispatcherSnapshot {
  running: boolean;
  /** Deliveries that are being sent. */
  inFlight: number;
  /** Deliveries that this node has claimed and not started. */
  waiting: number;
  /** Deliveries that this node has claimed since it started, in all. */
  claimedTotal: number;
  /** Attempts that this node has started, in all. */
  startedTotal: number;
  /** The error of the last round; null when it succeeded. Failed attempts are in the log of their webhook instead. */
  lastError: string | null;
}

/** A delivery that this node holds the lease of. */
interface Claim {
  /** Undefined when the webhook was removed. */
  webhook: Webhook | undefined;
  delivery: Delivery;
  /** Milliseconds since the epoch, both. */
  startBefore: number;
  leasedUntil: number;
}

export const createDispatcher = (parts: DispatcherOptions): Dispatcher => new Dispatcher(parts);

export class Dispatcher {
  readonly #context: DispatcherOptions;
  readonly #setTimer: SetTimer;
  readonly #poller: Poller;
  readonly #inFlight = new Map<Claim, Promise<void>>();
  #waiting: Claim[] = [];
  #claimedTotal = 0;
  #startedTotal = 0;
  #running = false;
  #stopping = false;
  /** The first error since the last round, which the round throws at its end. */
  #failure: { error: unknown } | undefined;
  #lastError: string | null = null;
  #draining: Promise<void> | undefined;
  /** Whether `#fill` must run once more, and whether it may claim. */
  #fillAgain = false;
  #claimAgain = false;
  #sweptAt = 0;

  constructor(context: DispatcherOptions) {
    this.#context = context;
    this.#setTimer = context.setTimer ?? systemTimer;
    this.#poller = createPoller({
      work: () => this.#round(),
      busyMs: BUSY_MS,
      idleMs: IDLE_MS,
      setTimer: this.#setTimer,
    });
  }

  /** Sends everything that is due, and answers the number of attempts when all of them have their results. */
  async tick(): Promise<number> {
    const before = this.#startedTotal;
    await this.#drain(true);
    while (this.#inFlight.size > 0 || this.#draining) await Promise.all([...this.#inFlight.values(), this.#draining]);
    this.#throwFailure();
    return this.#startedTotal - before;
  }

  /** Starts sending in the background. `report` gets the first of several errors in a row. */
  start(report: (error: unknown) => void): void {
    this.#running = true;
    this.#poller.start(report);
  }

  /** Stops sending, releases what has not started, and waits five seconds at most for what is in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#poller.stop();
    this.#running = false;
    await this.#drain(false).catch((error) => this.#remember(error));
    const landed = Promise.all(this.#inFlight.values());
    await Promise.race([landed, new Promise<void>((resolve) => this.#setTimer(STOP_GRACE_MS, resolve))]);
  }

  /** The state of the dispatcher, for operators. */
  snapshot(): DispatcherSnapshot {
    return {
      running: this.#running,
      inFlight: this.#inFlight.size,
      waiting: this.#waiting.length,
      claimedTotal: this.#claimedTotal,
      startedTotal: this.#startedTotal,
      lastError: this.#lastError,
    };
  }

  /** One round in the background. It does not wait for answers, so that a hanging endpoint does not delay the next round. */
  async #round(): Promise<boolean> {
    const before = this.#startedTotal;
    try {
      await this.#extendLeases();
      await this.#sweep();
      await this.#drain(true);
      this.#throwFailure();
    } catch (error) {
      this.#lastError = messageOf(error);
      throw error;
    }
    this.#lastError = null;
    return this.#startedTotal > before;
  }

  /** Fills the free slots as long as deliveries are due. Calls that come while it runs make it run once more. */
  #drain(mayClaim: boolean): Promise<void> {
    this.#fillAgain = true;
    this.#claimAgain ||= mayClaim;
    this.#draining ??= this.#fill().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #fill(): Promise<void> {
    while (this.#fillAgain) {
      this.#fillAgain = false;
      await this.#startWaiting();
      if (!this.#claimAgain) continue;
      this.#claimAgain = false;
      while (await this.#claim()) await this.#startWaiting();
    }
  }

  /** Starts the claimed deliveries that have a free slot, and releases those that have waited too long for one. */
  async #startWaiting(): Promise<void> {
    const { now, store } = this.#context;
    const time = now().getTime();
    const late: Delivery[] = [];
    const waiting: Claim[] = [];
    for (const claim of this.#waiting) {
      const { webhookId } = claim.delivery;
      if (this.#stopping || time > claim.startBefore) late.push(claim.delivery);
      else if (this.#inFlight.size < MAX_IN_FLIGHT && !this.#isFull(webhookId)) this.#launch(claim);
      else waiting.push(claim);
    }
    this.#waiting = waiting;
    if (late.length > 0) await store.deliveries.release(late, now().toISOString());
  }

  /** Claims due deliveries, except for endpoints that have all their slots in use. Answers whether there were any. */
  async #claim(): Promise<boolean> {
    const { now, store } = this.#context;
    const time = now();
    const at = time.toISOString();
    const hasRoom = !this.#stopping && this.#inFlight.size < MAX_IN_FLIGHT;
    if (!hasRoom || !(await store.deliveries.anyDue(at))) return false;
    const full = [...this.#inFlight.keys()].map(({ delivery }) => delivery.webhookId).filter((id) => this.#isFull(id));
    const except = new Set([...full, ...this.#waiting.map(({ delivery }) => delivery.webhookId)]);
    const leasedUntil = time.getTime() + LEASE_MS;
    const leaseEnd = new Date(leasedUntil).toISOString();
    const claimed = await store.deliveries.claim(at, leaseEnd, MAX_IN_FLIGHT, [...except]);
    this.#claimedTotal += claimed.length;
    const found = new Map((await store.webhooks.getMany(claimed)).map((webhook) => [webhook.id, webhook]));
    const startBefore = time.getTime() + START_WITHIN_MS;
    for (const delivery of claimed)
      this.#waiting.push({ webhook: found.get(delivery.webhookId), delivery, startBefore, leasedUntil });
    return claimed.length > 0;
  }

  #launch(claim: Claim): void {
    const { webhook, delivery } = claim;
    this.#startedTotal += 1;
    // After an error without a result, the delivery is sent again when its lease ends.
    const flight = deliver(this.#context, webhook, delivery)
      .catch((error) => this.#remember(error))
      .finally(() => {
        this.#inFlight.delete(claim);
        // Claiming costs a query, so it waits until this endpoint has nothing claimed and half of the slots are free.
        const hasMore = this.#waiting.some((other) => other.delivery.webhookId === delivery.webhookId);
        const mayClaim = !hasMore && this.#inFlight.size <= MAX_IN_FLIGHT / 2;
        this.#drain(mayClaim).catch((error) => this.#remember(error));
      });
    this.#inFlight.set(claim, flight);
  }

  #isFull(webhookId: string): boolean {
    let count = 0;
    for (const { delivery } of this.#inFlight.keys()) if (delivery.webhookId === webhookId) count += 1;
    return count >= MAX_IN_FLIGHT_PER_WEBHOOK;
  }

  async #extendLeases(): Promise<void> {
    const { now, store } = this.#context;
    const time = now().getTime();
    const claimed = [...this.#inFlight.keys(), ...this.#waiting];
    const ending = claimed.filter(({ leasedUntil }) => leasedUntil - time < LEASE_MS / 2);
    if (ending.length === 0) return;
    const leasedUntil = time + LEASE_MS;
    const deliveries = ending.map(({ delivery }) => delivery);
    await store.deliveries.extend(deliveries, new Date(leasedUntil).toISOString());
    for (const claim of ending) claim.leasedUntil = leasedUntil;
  }

  /** Removes old deliveries and the endpoints of old calls, once an hour. */
  async #sweep(): Promise<void> {
    const { now, store } = this.#context;
    const time = now().getTime();
    if (time - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = time;
    while (await store.deliveries.prune(new Date(time - KEPT_MS).toISOString()));
    while (await store.webhooks.prune(new Date(time - CALL_ENDPOINTS_KEPT_MS).toISOString()));
  }

  #remember(error: unknown): void {
    this.#failure ??= { error };
    this.#lastError = messageOf(error);
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
