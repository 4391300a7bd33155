/** Maps Kejue's webhooks. */

import { invalidAt } from '../../../faults.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import type { WebhookFields } from '../../../webhooks/service.ts';
import { matches, type Webhook, type WebhookOptions } from '../../../webhooks/webhook.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

export const DEFAULTS = { timeoutMs: 5000, maxRetries: 3, signing: 'hmac_sha256' } as const;
/** Parlance's first delay before a retry. Clients cannot change it. */
const BACKOFF_MS = 5000;

export function formatWebhook(webhook: Webhook): contract.Webhook {
  const { options, deliveries, failedDeliveries } = webhook;
  const { timeoutMs = DEFAULTS.timeoutMs, maxRetries = DEFAULTS.maxRetries, signing = DEFAULTS.signing } = options;
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events,
    signing_method: signing,
    scope_type: options.agentId === undefined ? 'global' : 'persona',
    delivery_settings: { timeout_ms: timeoutMs, max_retries: maxRetries, backoff_ms: BACKOFF_MS },
    stats: {
      total_deliveries: deliveries,
      failed_deliveries: failedDeliveries,
      success_rate: deliveries === 0 ? 1 : (deliveries - failedDeliveries) / deliveries,
    },
    name: options.name ?? null,
    persona_id: options.agentId ?? null,
    last_delivery_at: webhook.lastDeliveryAt,
    last_error: webhook.lastError,
    created_at: webhook.createdAt,
    updated_at: webhook.updatedAt,
  };
}

export const formatWebhooks = (webhooks: readonly Webhook[], { event }: contract.WebhookQuery): contract.Webhook[] =>
  webhooks.filter(({ events }) => event === undefined || matches(events, event)).map(formatWebhook);

export function parseNewWebhook(body: JsonObject): WebhookFields & { secret?: string } {
  checkShape(contract.CreateWebhook, body);
  const { secret } = body as contract.CreateWebhook;
  const webhook = applyFields(body, { url: '', events: [], options: DEFAULTS, enabled: true });
  return { ...webhook, ...(secret && { secret }) };
}

/** Kejue has no field that enables a webhook. A change of a webhook that the server disabled enables it again. */
export function parseWebhook(body: JsonObject, before: Webhook): WebhookFields {
  checkShape(contract.UpdateWebhook, body);
  const { url, events, options, enabled, disabledReason } = before;
  const after = applyFields(body, { url, events, options, enabled });
  const isChanged = Object.keys(contract.UpdateWebhook.properties).some((key) => body[key] != null);
  return disabledReason !== null && isChanged ? { ...after, enabled: true } : after;
}

/** Null keeps a field that answers always have, and clears the others. */
function applyFields(body: JsonObject, before: WebhookFields): WebhookFields {
  const { url, events, name, signing_method, timeout_ms, max_retries } = body as contract.UpdateWebhook;
  const { name: oldName, agentId: _oldAgent, ...others } = before.options;
  const newName = name === undefined ? oldName : name;
  const agentId = agentIdIn(body, before.options);
  const options: WebhookOptions = {
    ...others,
    ...(newName != null && { name: newName }),
    ...(agentId !== undefined && { agentId }),
    ...(signing_method != null && { signing: signing_method }),
    ...(timeout_ms != null && { timeoutMs: timeout_ms }),
    ...(max_retries != null && { maxRetries: max_retries }),
  };
  const newEvents = events ?? before.events;
  return {
    ...before,
    url: url ?? before.url,
    events: same(newEvents, before.events) ? before.events : newEvents,
    options,
  };
}

/** `scope_type: persona` and `persona_id` need each other. */
function agentIdIn(body: JsonObject, { agentId }: WebhookOptions): string | undefined {
  const { scope_type: scope, persona_id: persona } = body as contract.UpdateWebhook;
  if ((scope ?? (agentId === undefined ? 'global' : 'persona')) === 'global') {
    if (persona != null) throw invalidAt('persona_id', 'needs scope_type persona');
    return undefined;
  }
  const id = persona === undefined ? agentId : (persona ?? undefined);
  if (id === undefined) throw invalidAt('persona_id', 'is required for scope_type persona', 'required');
  return id.toLowerCase();
}
