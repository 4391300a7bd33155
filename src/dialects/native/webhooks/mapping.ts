/** Webhooks and their deliveries as the native API shows and hears them, and what it calls the things that happen. */
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
    timeoutMs: s.optional(s.integer({ ...TIMEOUTS_MS, description: `${DEFAULT_TIMEOUT_MS} unless said.` })),
  },
  closed,
);
export type WebhookInput = s.Static<typeof WebhookInput>;
/** In the others webhooks are made in their own APIs. */
const SPOKEN = ['native', 'ayra'] as const;
export const NewWebhookInput = s.object(
  {
    ...WebhookInput.properties,
    dialect: s.optional(
      s.oneOf(SPOKEN, {
        description:
          'Whose events, words and signature its deliveries have; `native` unless said. `ayra`: its own API makes no webhooks. Its endpoints are https:// and hear of `call.started`, `call.completed`, `call.failed`, `transcript.updated` and `sentiment.changed`, and have 30 seconds unless `timeoutMs` says otherwise.',
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

/** What Ayra promises its receivers. */
const AYRA_TIMEOUT_MS = 30_000;

export function parseNewWebhook({ dialect, ...said }: s.Static<typeof NewWebhookInput>): WebhookDraft {
  if (dialect !== 'ayra') return parseWebhook(said);
  return { ...parseWebhook({ timeoutMs: AYRA_TIMEOUT_MS, ...said }), dialect, secret: newHexSecret() };
}

/** `before` is absent at creation. */
export function parseWebhook(said: Partial<WebhookInput>, before?: Webhook): WebhookFields {
  const { url = '', events = [], options = {}, enabled = true } = before ?? {};
  const { description, timeoutMs } = said;
  const { description: old, ...rest } = options;
  const text = description === undefined ? old : description;
  // What was shown, the default among it, is no change when it comes back.
  const isSaid = timeoutMs !== undefined && timeoutMs !== (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    url: said.url ?? url,
    events: said.events ?? events,
    enabled: said.enabled ?? enabled,
    options: { ...rest, ...(text != null && { description: text }), ...(isSaid && { timeoutMs }) },
  };
}

/** Everything that is journalled is an event, by the name of what was done. */
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

/** What the target of an entry is called, where it is not simply an id. */
const IDS: Record<string, string> = { agent: 'agentId', call: 'callId', campaign: 'campaignId' };

/** The call as it stands when it is told of. Of the other side only the number: the rest is for whoever may read contacts. */
const callFacts = (call: Call): JsonObject => {
  const { id, direction, status, why, phone, contactId, campaignId, attempts, dueAt } = call;
  const { outcome, transferredTo, metadata, externalReference } = call;
  return {
    ...{ id, direction, status, why, phone, contactId, campaignId, attempts, dueAt },
    ...{ outcome, transferredTo, metadata, externalReference },
  };
};

const ofAyra = ['call_id', 'agent_id', 'caller_phone', 'duration_seconds', 'transcript', 'sentiment', 'outcome'];

/** In the envelope that the endpoint knows: Ayra's has no call to tell of. */
export const mapTestEvent =
  (at: string) =>
  ({ id, dialect }: Webhook, deliveryId: string): WebhookEvent => {
    const type = 'webhook.test';
    if (dialect !== 'ayra') return { type, payload: { type, timestamp: at, data: { id } } };
    const data = { ...Object.fromEntries(ofAyra.map((key) => [key, null])), metadata: {} };
    const eventId = `evt_${deliveryId.replaceAll('-', '')}`;
    return { type, payload: { event_id: eventId, event_type: type, timestamp: at, data } };
  };
