/** Webhooks, deliveries and events natively. */
import type { Call } from '../../../calling/call.ts';
import type * as s from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { newHexSecret, type TestResult, type WebhookDraft, type WebhookFields } from '../../../webhooks/service.ts';
import {
  DEFAULT_TIMEOUT_MS,
  type Delivery,
  type EventMapper,
  type Webhook,
  type WebhookEvent,
} from '../../../webhooks/webhook.ts';
import type { NewWebhookInput, WebhookInput } from './contract.ts';

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
