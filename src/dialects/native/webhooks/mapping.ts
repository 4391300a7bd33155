/** Webhooks, deliveries and events natively. */
import type { Call } from '../../../calling/call.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { newHexSecret, type TestResult, type WebhookDraft, type WebhookFields } from '../../../webhooks/service.ts';
import {
  DEFAULT_TIMEOUT_MS,
  DELIVERY_STATES,
  type Delivery,
  type EventMapper,
  EventName,
  TIMEOUTS_MS,
  type Webhook,
  type WebhookEvent,
} from '../../../webhooks/webhook.ts';

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
  dialect: s.string({ description: 'The API it was made in, whose words and signature its deliveries have.' }),
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

export function formatWebhook(webhook: Webhook) {
  const { id, dialect, url, events, options, enabled } = webhook;
  const { failures, failingSince, lastDeliveryAt, lastError, deliveries, failedDeliveries } = webhook;
  const { disabledReason, disabledAt, createdAt, updatedAt } = webhook;
  const { description = null, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return {
    ...{ id, dialect, url, events, description, enabled, timeoutMs },
    ...{ failures, failingSince, lastDeliveryAt, lastError, deliveries, failedDeliveries },
    ...{ disabledReason, disabledAt, createdAt, updatedAt },
  };
}

export const formatNewWebhook = (webhook: Webhook) => ({ ...formatWebhook(webhook), secret: webhook.secret });

export function formatDelivery(delivery: Delivery) {
  const { workspaceId: _workspace, payload, at, nextAt, ...shown } = delivery;
  return {
    ...shown,
    createdAt: at,
    nextAttemptAt: delivery.state === 'waiting' ? nextAt : null,
    payload: JSON.parse(payload) as Record<string, unknown>,
  };
}

export const formatTested = ({ delivery, attempt }: TestResult) => ({
  ...formatDelivery(delivery),
  error: attempt.error,
  durationMs: attempt.durationMs,
});

/** The timeout that Ayra documents for receivers. */
const AYRA_TIMEOUT_MS = 30_000;

export function parseNewWebhook({ dialect, ...fields }: s.Static<typeof NewWebhookInput>): WebhookDraft {
  if (dialect !== 'ayra') return parseWebhook(fields);
  return { ...parseWebhook({ timeoutMs: AYRA_TIMEOUT_MS, ...fields }), dialect, secret: newHexSecret() };
}

/** `before` is undefined at creation. */
export function parseWebhook(fields: Partial<WebhookInput>, before?: Webhook): WebhookFields {
  const { url = '', events = [], options = {}, enabled = true } = before ?? {};
  const { description, timeoutMs } = fields;
  const { description: old, ...rest } = options;
  const text = description === undefined ? old : description;
  // A default that is sent back is not a change.
  const isSaid = timeoutMs !== undefined && timeoutMs !== (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    url: fields.url ?? url,
    events: fields.events ?? events,
    enabled: fields.enabled ?? enabled,
    options: { ...rest, ...(text != null && { description: text }), ...(isSaid && { timeoutMs }) },
  };
}

/** Every audit entry is an event, named by its action. */
export const mapEvent: EventMapper = (entry, { call, campaign }): WebhookEvent => {
  const { action, at, target, revision, by, via, detail } = entry;
  const [kind] = action.split('.');
  const isCalling = kind === 'call' || kind === 'campaign';
  const what = { [IDS[kind ?? ''] ?? 'id']: target, ...(isCalling ? {} : { revision, changed: [] }) };
  const about = {
    ...(call && { call: callFacts(call) }),
    ...(campaign && { campaign: { id: target, name: campaign.name, metadata: campaign.metadata } }),
  };
  const data = { ...what, ...detail, ...about, by, via };
  const agentId = kind === 'agent' ? target : isCalling && detail['agentId'];
  const payload = { type: action, timestamp: at, data };
  return { type: action, payload, ...(typeof agentId === 'string' && { agentId }) };
};

/** The field for the target of an entry, where it is not `id`. */
const IDS: Record<string, string> = { agent: 'agentId', call: 'callId', campaign: 'campaignId' };

/** The call at the time of the event. Of the contact it has only the number: the rest needs `contacts:read`. */
const callFacts = (call: Call): JsonObject => {
  const { id, direction, status, why, phone, contactId, campaignId, attempts, dueAt } = call;
  const { outcome, transferredTo, metadata, externalReference } = call;
  return {
    ...{ id, direction, status, why, phone, contactId, campaignId, attempts, dueAt },
    ...{ outcome, transferredTo, metadata, externalReference },
  };
};

const ofAyra = ['call_id', 'agent_id', 'caller_phone', 'duration_seconds', 'transcript', 'sentiment', 'outcome'];

/** A test event in the envelope of the endpoint. Ayra's has no call. */
export const mapTestEvent =
  (at: string) =>
  ({ id, dialect }: Webhook, deliveryId: string): WebhookEvent => {
    const type = 'webhook.test';
    if (dialect !== 'ayra') return { type, payload: { type, timestamp: at, data: { id } } };
    const data = { ...Object.fromEntries(ofAyra.map((key) => [key, null])), metadata: {} };
    const eventId = `evt_${deliveryId.replaceAll('-', '')}`;
    return { type, payload: { event_id: eventId, event_type: type, timestamp: at, data } };
  };
