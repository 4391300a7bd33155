/** Webhooks and deliveries in the native API. */
import { isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { newHexSecret, type TestResult, type WebhookDraft, type WebhookFields } from '../../../webhooks/service.ts';
import { DEFAULT_TIMEOUT_MS, type Delivery, type Webhook } from '../../../webhooks/webhook.ts';
import { checkPatch } from '../echo.ts';
import { decodeCursor, invalidCursor } from '../paging.ts';
import { type NewWebhookInput, type WebhookInput, WebhookPatch } from './contract.ts';

/** The timeout that Ayra documents for receivers. */
const AYRA_TIMEOUT_MS = 30_000;

export function parseNewWebhook({ dialect, ...fields }: NewWebhookInput): {
  draft: WebhookDraft;
  encryptedOnly: boolean;
} {
  if (dialect !== 'ayra') return { draft: fieldsAfter(fields), encryptedOnly: false };
  const draft = { ...fieldsAfter({ timeoutMs: AYRA_TIMEOUT_MS, ...fields }), dialect, secret: newHexSecret() };
  return { draft, encryptedOnly: true };
}

/** Deliveries update these fields while a client edits the others. */
const VOLATILE = [
  'failures',
  'failingSince',
  'lastDeliveryAt',
  'lastError',
  'deliveries',
  'failedDeliveries',
  'updatedAt',
];

export const parsePatch = (body: JsonObject, before: Webhook): WebhookFields =>
  fieldsAfter(checkPatch(body, WebhookPatch, formatWebhook(before), VOLATILE), before);

/** `before` is undefined when the webhook is created. */
function fieldsAfter(patch: Partial<WebhookInput>, before?: Webhook): WebhookFields {
  const { url = '', events = [], options = {}, enabled = true } = before ?? {};
  const { description = options.description, timeoutMs } = patch;
  const { description: _before, ...rest } = options;
  // A default that a client sends back is not a change.
  const isNewTimeout = timeoutMs !== undefined && timeoutMs !== (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    url: patch.url ?? url,
    events: patch.events ?? events,
    enabled: patch.enabled ?? enabled,
    options: { ...rest, ...(description != null && { description }), ...(isNewTimeout && { timeoutMs }) },
  };
}

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
  const { workspaceId: _workspace, payload, at, nextAt, ...fields } = delivery;
  return {
    ...fields,
    createdAt: at,
    nextAttemptAt: delivery.state === 'waiting' ? nextAt : null,
    payload: JSON.parse(payload) as Record<string, unknown>,
  };
}

export const formatTest = ({ delivery, attempt }: TestResult) => ({
  ...formatDelivery(delivery),
  error: attempt.error,
  durationMs: attempt.durationMs,
});

/** The cursor of a list of deliveries names the last one. */
export const placeOfDelivery = ({ at, id }: Delivery): string => `${at} ${id}`;
export function parseDeliveryCursor(cursor: string | undefined): { at: string; id: string } | undefined {
  if (!cursor) return undefined;
  const [at = '', id = ''] = decodeCursor(cursor).split(' ');
  if (Number.isNaN(Date.parse(at)) || !isUuid(id)) throw invalidCursor();
  return { at, id };
}
