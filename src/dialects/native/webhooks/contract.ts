/** Schemas of webhooks and their deliveries. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { DEFAULT_TIMEOUT_MS, DELIVERY_STATES, EventName, TIMEOUTS_MS } from '../../../webhooks/webhook.ts';
import { closed } from '../shared.ts';

export const WebhookInput = s.object(
  {
    url: s.string({ minLength: 1, maxLength: 2083, examples: ['https://example.com/hooks/parlance'] }),
    events: s.array(EventName, { minItems: 1, maxItems: 100, uniqueItems: true }),
    description: s.optional(s.nullable(s.string({ maxLength: 1000 }))),
    enabled: s.optional(s.boolean()),
    timeoutMs: s.optional(s.integer({ ...TIMEOUTS_MS, description: `${DEFAULT_TIMEOUT_MS} by default.` })),
  },
  closed,
);
export type WebhookInput = s.Static<typeof WebhookInput>;

/** Ayra's API has no endpoint that creates webhooks, so the native API creates them. */
const CREATED_HERE = ['native', 'ayra'] as const;
export const NewWebhookInput = s.object(
  {
    ...WebhookInput.properties,
    dialect: s.optional(
      s.oneOf(CREATED_HERE, {
        description:
          'The API whose events and signature the deliveries have; `native` by default. `ayra`: its own API cannot create webhooks. Its endpoints are https:// and receive `call.started`, `call.completed`, `call.failed`, `transcript.updated` and `sentiment.changed`, with a timeout of 30 seconds unless `timeoutMs` is set.',
      }),
    ),
  },
  closed,
);
export type NewWebhookInput = s.Static<typeof NewWebhookInput>;
export const WebhookPatch = s.partial(WebhookInput, closed);

export const Webhook = s.object({
  id: text.uuid(),
  dialect: s.string({
    description: 'The API that created the webhook. Its deliveries have the events and signature of that API.',
  }),
  url: s.string(),
  events: s.array(s.string()),
  description: s.nullable(s.string()),
  enabled: s.boolean(),
  timeoutMs: s.integer(),
  failures: s.integer({ description: 'Failed attempts in a row.' }),
  failingSince: s.nullable(text.dateTime()),
  lastDeliveryAt: s.nullable(text.dateTime()),
  lastError: s.nullable(s.string()),
  deliveries: s.integer({ description: 'Deliveries that were sent or failed for good.' }),
  failedDeliveries: s.integer(),
  disabledReason: s.nullable(s.string({ description: 'Why the server disabled the webhook.' })),
  disabledAt: s.nullable(text.dateTime()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
export const NewWebhook = s.object({
  ...Webhook.properties,
  secret: s.string({ description: 'The signing secret of the deliveries. Only this answer contains it.' }),
});

export const Delivery = s.object({
  id: text.uuid(),
  webhookId: text.uuid(),
  eventId: s.string({ description: 'The `webhook-id` of every attempt, and of a replay.' }),
  type: s.string(),
  state: s.oneOf(DELIVERY_STATES),
  attempts: s.integer(),
  createdAt: text.dateTime(),
  nextAttemptAt: s.nullable(text.dateTime()),
  status: s.nullable(s.integer({ description: 'The last HTTP status of the endpoint.' })),
  error: s.nullable(s.string()),
  doneAt: s.nullable(text.dateTime()),
  payload: s.json(),
});
export const TestResult = s.object({ ...Delivery.properties, durationMs: s.integer() });
