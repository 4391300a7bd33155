/** Kejue's webhooks: their shapes. */
import { invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import type { WebhookFields } from '../../../webhooks/service.ts';
import { EventName, SIGNINGS, TIMEOUTS_MS, type Webhook, type WebhookOptions } from '../../../webhooks/webhook.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

const url = s.string({ minLength: 1, maxLength: 2083, examples: ['https://example.com/hooks/kejue'] });
const eventsLike = (example: string) => s.array({ ...EventName, examples: [example] }, { minItems: 1, maxItems: 100 });
const events = eventsLike('contact.updated');
const secret = s.string({ minLength: 1, maxLength: 1000 });
const rest = {
  name: maybe(s.string({ maxLength: 255 })),
  signing_method: maybe(s.oneOf(SIGNINGS)),
  scope_type: maybe(s.oneOf(['global', 'persona'])),
  persona_id: maybe(s.string()),
  timeout_ms: maybe(s.integer(TIMEOUTS_MS)),
  max_retries: maybe(s.integer({ minimum: 0, maximum: 10 })),
};
export const DEFAULTS = { timeoutMs: 5000, maxRetries: 3, signing: 'hmac_sha256' } as const;
/** The first delay of ours, which cannot be chosen. */
const BACKOFF_MS = 5000;

export const CreateWebhook = s.object({
  url,
  events,
  ...rest,
  secret: maybe(secret),
});
/** Endpoints that a call brings along. */
export const callEndpointFields = {
  server_url: maybe({ ...url, description: 'Hears of everything that happens in this call.' }),
  server_secret: maybe({ ...secret, description: 'What the deliveries to `server_url` are signed with.' }),
  webhooks: maybe(
    s.array(
      s.object({
        url,
        events: eventsLike('call.ended'),
        signing_method: maybe(s.oneOf(['hmac_sha256'])),
        secret: maybe(secret),
      }),
      {
        maxItems: 10,
        description: 'Hear of this call alone.',
      },
    ),
  ),
};
export const UpdateWebhook = s.object({ url: maybe(url), events: maybe(events), ...rest });

export const KejueWebhook = s.object({
  id: s.string(),
  url: s.string(),
  events: s.array(s.string()),
  signing_method: s.oneOf(SIGNINGS),
  scope_type: s.oneOf(['global', 'persona']),
  delivery_settings: s.object({ timeout_ms: s.integer(), max_retries: s.integer(), backoff_ms: s.integer() }),
  stats: s.object({ total_deliveries: s.integer(), failed_deliveries: s.integer(), success_rate: s.number() }),
  name: s.nullable(s.string()),
  persona_id: s.nullable(s.string()),
  last_delivery_at: s.nullable(s.string()),
  last_error: s.nullable(s.string()),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});

export function formatWebhook(webhook: Webhook) {
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

export function parseNewWebhook(body: JsonObject): WebhookFields & { secret?: string } {
  refuse(CreateWebhook, body);
  const { secret } = body as { secret?: string | null };
  return { ...said(body, { url: '', events: [], options: DEFAULTS, enabled: true }), ...(secret && { secret }) };
}

export function parseWebhook(body: JsonObject, before: Webhook): WebhookFields {
  refuse(UpdateWebhook, body);
  const { url, events, options, enabled, disabledReason } = before;
  const after = said(body, { url, events, options, enabled });
  // Nothing here can be switched on or off, so whoever mends a webhook that the server gave up means it to work.
  const mended = disabledReason !== null && Object.keys(UpdateWebhook.properties).some((key) => body[key] != null);
  return mended ? { ...after, enabled: true } : after;
}

function refuse(schema: s.Schema, body: JsonObject): void {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
}

/** A null keeps what an answer always has, and clears the rest. */
function said(body: JsonObject, before: WebhookFields): WebhookFields {
  const { url, events, name, signing_method, timeout_ms, max_retries } = body as s.Static<typeof UpdateWebhook>;
  const { name: oldName, agentId: _agent, ...old } = before.options;
  const title = name === undefined ? oldName : name;
  const agentId = personaOf(body, before.options);
  const options: WebhookOptions = {
    ...old,
    ...(title != null && { name: title }),
    ...(agentId !== undefined && { agentId }),
    ...(signing_method != null && { signing: signing_method }),
    ...(timeout_ms != null && { timeoutMs: timeout_ms }),
    ...(max_retries != null && { maxRetries: max_retries }),
  };
  const names = events ?? before.events;
  return { ...before, url: url ?? before.url, events: same(names, before.events) ? before.events : names, options };
}

/** The scope and the persona are one thing said twice: a persona there must be, and only there. */
function personaOf(body: JsonObject, { agentId }: WebhookOptions): string | undefined {
  const { scope_type: scope, persona_id: persona } = body as { scope_type?: string | null; persona_id?: string | null };
  if ((scope ?? (agentId === undefined ? 'global' : 'persona')) === 'global') {
    if (persona != null) throw invalidAt('persona_id', 'needs scope_type persona');
    return undefined;
  }
  const named = persona === undefined ? agentId : (persona ?? undefined);
  if (named === undefined) throw invalidAt('persona_id', 'is required for scope_type persona', 'required');
  return named.toLowerCase();
}
