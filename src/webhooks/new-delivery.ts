/** A delivery that has not been sent yet. Pure. */
import type { Delivery, Webhook, WebhookEvent } from './webhook.ts';

/** A delivery of an event to a webhook, due at once. It is the only one about its subject and waits for no other. */
export const newDelivery = (webhook: Webhook, event: WebhookEvent, at: string, newId: () => string): Delivery => ({
  workspaceId: webhook.workspaceId,
  id: newId(),
  webhookId: webhook.id,
  eventId: newId(),
  subject: null,
  seq: null,
  type: event.type,
  payload: JSON.stringify(event.payload),
  at,
  state: 'waiting',
  attempts: 0,
  nextAt: at,
  status: null,
  error: null,
  doneAt: null,
});
