/** Schemas of webhooks. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { DEFAULT_TIMEOUT_MS, DELIVERY_STATES, EventName, TIMEOUTS_MS } from '../../../webhooks/webhook.ts';

const closed = { additionalProperties: false };

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
/** Dialects without an API for webhooks; the others create theirs. */
const SPOKEN = ['native', 'ayra'] as const;
export const NewWebhookInput = s.object(
  {
    ...WebhookInput.properties,
    dialect: s.optional(
      s.oneOf(SPOKEN, {
        description:
          'The API whose events and signature the deliveries have; `native` by default. `ayra`: its own API cannot create webhooks. Its endpoints are https:// and receive `call.started`, `call.completed`, `call.failed`, `transcript.updated` and `sentiment.changed`, with a timeout of 30 seconds unless `timeoutMs` is set.',
      }),
    ),
  },
  closed,
);
export const WebhookPatch = s.partial(WebhookInput, closed);

export const WebhookShape = s.object({
  id: text.uuid(),
  dialect: s.string({ description: 'The API that created it; deliveries have its events and signature.' }),
  url: s.string(),
  events: s.array(s.string()),
  description: s.nullable(s.string()),
  enabled: s.boolean(),
  timeoutMs: s.integer(),
  failures: s.integer({ description: 'Failed attempts in a row.' }),
  failingSince: s.nullable(text.dateTime()),
  lastDeliveryAt: s.nullable(text.dateTime()),
  lastError: s.nullable(s.string()),
  deliveries: s.integer({ description: 'Deliveries that came to an end.' }),
  failedDeliveries: s.integer(),
  disabledReason: s.nullable(s.string({ description: 'Why the server switched it off.' })),
  disabledAt: s.nullable(text.dateTime()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
export const NewWebhook = s.object({
  ...WebhookShape.properties,
  secret: s.string({ description: 'What its deliveries are signed with. It is shown this once.' }),
});

export const DeliveryShape = s.object({
  id: text.uuid(),
  webhookId: text.uuid(),
  eventId: s.string({ description: 'The `webhook-id` of every attempt, and of a replay.' }),
  type: s.string(),
  state: s.oneOf(DELIVERY_STATES),
  attempts: s.integer(),
  createdAt: text.dateTime(),
  nextAttemptAt: s.nullable(text.dateTime()),
  status: s.nullable(s.integer({ description: 'What the endpoint answered last.' })),
  error: s.nullable(s.string()),
  doneAt: s.nullable(text.dateTime()),
  payload: s.json(),
});
export const TestedShape = s.object({ ...DeliveryShape.properties, durationMs: s.integer() });
