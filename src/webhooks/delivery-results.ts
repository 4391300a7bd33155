/** One delivery from its endpoint's door to the log: what an attempt means for it, and for the endpoint. */
import type { Entry } from '../audit/entry.ts';
import type { Store } from '../stores.ts';
import { type Attempt, type Delivery, reasonToDisable, retryAt, type SendWebhook, type Webhook } from './webhook.ts';

export interface DeliveryResultsOptions {
  store: Pick<Store, 'webhooks' | 'deliveries'>;
  sendWebhook: SendWebhook;
  now: () => Date;
  newId: () => string;
  /** From 0 to 1, for the delays. */
  random: () => number;
}

const GONE = 410;

export function createDeliveryResults({
  store: { webhooks, deliveries },
  sendWebhook,
  now,
  newId,
  random,
}: DeliveryResultsOptions) {
  /** The warning to the other endpoints is the journal's entry: it is told like everything else that happens. */
  const disableIfHopeless = async ({ workspaceId, id }: Webhook, attempt: Attempt, at: Date): Promise<void> => {
    // Read again, for attempts at the same time have counted as well.
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
  };

  /** `webhook` is undefined where it was removed in the meantime. */
  return async (webhook: Webhook | undefined, delivery: Delivery): Promise<void> => {
    if (!webhook?.enabled) {
      const error = webhook ? 'The webhook was switched off.' : 'The webhook was removed.';
      await deliveries.close(delivery, { ok: false, status: null, error }, now().toISOString());
      return;
    }
    const attempt = await sendWebhook(webhook, delivery);
    const at = now();
    const over = attempt.ok || attempt.status === GONE;
    const again = over ? undefined : retryAt(delivery, webhook.options, attempt, at, random());
    const ended = attempt.ok ? 'delivered' : 'failed';
    const settlement = {
      at: at.toISOString(),
      state: again ? 'waiting' : ended,
      nextAt: again ? again.toISOString() : delivery.nextAt,
    } as const;
    const kept = await deliveries.settle(delivery, attempt, settlement);
    if (kept && !attempt.ok) await disableIfHopeless(webhook, attempt, at);
  };
}
