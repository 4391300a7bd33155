/**
 * Sends what waits in the outbox. Every node does; a lease keeps two of them from sending the same thing at the same
 * time, and gives back what a node that died had taken on. So everything is delivered at least once.
 */

import { createPoller, type SetTimer, setTimer as timer } from '../lib/poller.ts';
import { createDeliveryResults, type DeliveryResultsOptions } from './delivery-results.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** How many are under way at the same time, in all and for one endpoint: one that hangs must not hold up the others. */
const SLOTS = 32;
const SLOTS_EACH = 4;
/** How long nobody notices that a node has died. One that lives extends its leases when half of that is over. */
const LEASE_MS = 20_000;
/** What has not had its turn by then is given back, for another node may have room. */
const BEGIN_WITHIN_MS = 10_000;
const BUSY_MS = 250;
const IDLE_MS = 900;
/** How long the log of deliveries is kept, and how often what is older is swept out. */
const KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
/** How long after its end a call may still be told of to its own endpoints: what is known of it late, and repetitions. */
const CALLS_KEPT_MS = 48 * 3_600_000;
/** Who stops waits so long for what is under way; what is not settled by then is sent again. */
const GRACE_MS = 5000;

export interface DispatcherParts extends DeliveryResultsOptions {
  setTimer?: SetTimer;
}

export interface Dispatcher {
  /** Sends all that is due, and answers how many that were when each of them is settled. */
  tick(): Promise<number>;
  /** From now on it happens by itself. */
  start(report: (error: unknown) => void): void;
  /** Ends that, and takes nothing on any more. */
  stop(): Promise<void>;
}

/** Taken on, and waiting for its endpoint's turn. */
interface Held {
  webhook: Webhook | undefined;
  delivery: Delivery;
  beginBefore: number;
  leasedUntil: number;
}

export function createDispatcher({ setTimer: later = timer, ...parts }: DispatcherParts): Dispatcher {
  const { now } = parts;
  const { webhooks, deliveries } = parts.store;
  const settle = createDeliveryResults(parts);
  const inFlight = new Map<Held, Promise<void>>();
  let held: Held[] = [];
  let begun = 0;
  let stopping = false;
  let failure: { error: unknown } | undefined;
  const remember = (error: unknown): void => {
    failure ??= { error };
  };

  const busyWith = (webhookId: string): number => {
    let count = 0;
    for (const { delivery } of inFlight.keys()) if (delivery.webhookId === webhookId) count += 1;
    return count;
  };

  const launch = (one: Held): void => {
    const { webhook, delivery } = one;
    begun += 1;
    // What could not be settled is sent again when its lease runs out.
    const flight = settle(webhook, delivery)
      .catch(remember)
      .finally(() => {
        inFlight.delete(one);
        // Asking the store costs more than beginning what is here: that is done when an endpoint has nothing left.
        const more = held.some((other) => other.delivery.webhookId === delivery.webhookId);
        drain(!more && inFlight.size <= SLOTS / 2).catch(remember);
      });
    inFlight.set(one, flight);
  };

  /** Begins what has its turn, and gives back what has waited too long for it. */
  const begin = async (): Promise<void> => {
    const time = now().getTime();
    const late: Delivery[] = [];
    const waiting: Held[] = [];
    for (const one of held) {
      if (stopping || time > one.beginBefore) late.push(one.delivery);
      else if (inFlight.size < SLOTS && busyWith(one.delivery.webhookId) < SLOTS_EACH) launch(one);
      else waiting.push(one);
    }
    held = waiting;
    if (late.length > 0) await deliveries.release(late, now().toISOString());
  };

  /** Takes on what is due, but nothing for endpoints that have their share; answers whether there was anything. */
  const takeOn = async (): Promise<boolean> => {
    const time = now();
    const at = time.toISOString();
    if (stopping || inFlight.size >= SLOTS || !(await deliveries.anyDue(at))) return false;
    const served = [...inFlight.keys()]
      .map(({ delivery }) => delivery.webhookId)
      .filter((id) => busyWith(id) >= SLOTS_EACH);
    const full = new Set([...served, ...held.map(({ delivery }) => delivery.webhookId)]);
    const leasedUntil = time.getTime() + LEASE_MS;
    const claimed = await deliveries.claim(at, new Date(leasedUntil).toISOString(), SLOTS, [...full]);
    const found = new Map((await webhooks.some(claimed)).map((webhook) => [webhook.id, webhook]));
    const beginBefore = time.getTime() + BEGIN_WITHIN_MS;
    const known = ({ webhookId }: Delivery) => found.get(webhookId);
    held.push(...claimed.map((delivery) => ({ webhook: known(delivery), delivery, beginBefore, leasedUntil })));
    return claimed.length > 0;
  };

  const extendLeases = async (): Promise<void> => {
    const time = now().getTime();
    const short = [...inFlight.keys(), ...held].filter(({ leasedUntil }) => leasedUntil - time < LEASE_MS / 2);
    if (short.length === 0) return;
    const leasedUntil = time + LEASE_MS;
    await deliveries.extend(
      short.map(({ delivery }) => delivery),
      new Date(leasedUntil).toISOString(),
    );
    for (const one of short) one.leasedUntil = leasedUntil;
  };

  let draining: Promise<void> | undefined;
  let again = false;
  let asking = false;
  /** Fills the slots as long as there is something for them; waits for nobody's answer. */
  const drain = (ask: boolean): Promise<void> => {
    again = true;
    asking ||= ask;
    draining ??= fill().finally(() => {
      draining = undefined;
    });
    return draining;
  };
  const fill = async (): Promise<void> => {
    while (again) {
      again = false;
      await begin();
      if (!asking) continue;
      asking = false;
      while (await takeOn()) await begin();
    }
  };

  const complain = (): void => {
    const told = failure;
    failure = undefined;
    if (told) throw told.error;
  };

  const tick = async (): Promise<number> => {
    const before = begun;
    await drain(true);
    while (inFlight.size > 0 || draining) await Promise.all([...inFlight.values(), draining]);
    complain();
    return begun - before;
  };

  let sweptAt = 0;
  const sweep = async (): Promise<void> => {
    const time = now().getTime();
    if (time - sweptAt < SWEEP_MS) return;
    sweptAt = time;
    while (await deliveries.prune(new Date(time - KEPT_MS).toISOString()));
    while (await webhooks.prune(new Date(time - CALLS_KEPT_MS).toISOString()));
  };

  const poller = createPoller({
    // Does not wait for answers: an endpoint that hangs must not keep the next round from beginning.
    work: async () => {
      const before = begun;
      await extendLeases();
      await sweep();
      await drain(true);
      complain();
      return begun > before;
    },
    busyMs: BUSY_MS,
    idleMs: IDLE_MS,
    setTimer: later,
  });

  return {
    tick,
    start: (report) => poller.start(report),
    async stop() {
      stopping = true;
      await poller.stop();
      await drain(false).catch(remember);
      const landed = Promise.all(inFlight.values());
      await Promise.race([landed, new Promise<void>((resolve) => later(GRACE_MS, resolve))]);
    },
  };
}
