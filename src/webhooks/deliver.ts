/** One attempt of a delivery: sends it, records the result, and disables an endpoint that keeps failing. */
import type { Entry } from '../audit/entry.ts';
import type { Store } from '../stores.ts';
import { type Attempt, type Delivery, reasonToDisable, retryAt, type SendWebhook, type Webhook } from './webhook.ts';

export interface DeliveryContext {
  store: Pick<Store, 'webhooks' | 'deliveries'>;
  sendWebhook: SendWebhook;
  now: () => Date;
  newId: () => string;
  /** A number from 0 to 1, for the delay of a retry. */
  random: () => number;
}

const GONE = 410;

/** Makes one attempt. `webhook` is undefined when it was removed after the delivery was created. */
export async function deliver(
  context: DeliveryContext,
  webhook: Webhook | undefined,
  delivery: Delivery,
): Promise<void> {
  const { now, random, sendWebhook } = context;
  const { deliveries } = context.store;
  if (!webhook?.enabled) {
    const error = webhook ? 'The webhook is disabled; enable it and replay the delivery.' : 'The webhook was removed.';
    await deliveries.close(delivery, { ok: false, status: null, error }, now().toISOString());
    return;
  }
  const attempt = await sendWebhook(webhook, delivery);
  const at = now();
  const isFinal = attempt.ok || attempt.status === GONE;
  const retry = isFinal ? undefined : retryAt(delivery, webhook.options, attempt, at, random());
  const finalState = attempt.ok ? 'delivered' : 'failed';
  const settlement = {
    at: at.toISOString(),
    state: retry ? 'waiting' : finalState,
    nextAt: retry ? retry.toISOString() : delivery.nextAt,
  } as const;
  const isRecorded = await deliveries.settle(delivery, attempt, settlement);
  if (isRecorded && !attempt.ok) await disableIfHopeless(context, webhook, attempt, at);
}

/** Disables an endpoint after its last chance. The audit entry reaches the other endpoints as an event. */
async function disableIfHopeless(
  { store: { webhooks }, newId }: DeliveryContext,
  { workspaceId, id }: Webhook,
  attempt: Attempt,
  at: Date,
): Promise<void> {
  // Read again, because parallel attempts have counted their failures too.
  const webhook = await webhooks.get(workspaceId, id);
  const reason = webhook?.enabled ? reasonToDisable(webhook, attempt, at) : undefined;
  if (!reason) return;
  const entry: Entry = {
    id: newId(),
    at: at.toISOString(),
    by: 'system',
    via: 'native',
    action: 'webhook.disabled',
    target: id,
    revision: null,
    detail: { reason },
  };
  await webhooks.disable(workspaceId, id, reason, entry);
}
