/** Kejue's webhooks. */

import * as s from '../../../lib/schema.ts';
import { EventName, SIGNING_METHODS, TIMEOUTS_MS } from '../../../webhooks/webhook.ts';
import { nullish } from '../shared.ts';

const url = s.string({ minLength: 1, maxLength: 2083, examples: ['https://example.com/hooks/kejue'] });
const eventsLike = (example: string) => s.array({ ...EventName, examples: [example] }, { minItems: 1, maxItems: 100 });
const events = eventsLike('contact.updated');
const secret = s.string({ minLength: 1, maxLength: 1000 });
const options = {
  name: nullish(s.string({ maxLength: 255 })),
  signing_method: nullish(s.oneOf(SIGNING_METHODS)),
  scope_type: nullish(s.oneOf(['global', 'persona'])),
  persona_id: nullish(s.string()),
  timeout_ms: nullish(s.integer(TIMEOUTS_MS)),
  max_retries: nullish(s.integer({ minimum: 0, maximum: 10 })),
};

export const CreateWebhook = s.object({ url, events, ...options, secret: nullish(secret) });
export type CreateWebhook = s.Static<typeof CreateWebhook>;
export const UpdateWebhook = s.object({ url: nullish(url), events: nullish(events), ...options });
export type UpdateWebhook = s.Static<typeof UpdateWebhook>;

/** Endpoints that receive the events of one call; fields of a call's `config`. */
export const callEndpointFields = {
  server_url: nullish({ ...url, description: 'Receives every event of this call.' }),
  server_secret: nullish({ ...secret, description: 'Signs the deliveries to `server_url`.' }),
  webhooks: nullish(
    s.array(
      s.object({
        url,
        events: eventsLike('call.ended'),
        signing_method: nullish(s.oneOf(['hmac_sha256'])),
        secret: nullish(secret),
      }),
      {
        maxItems: 10,
        description: 'Receive events of this call only.',
      },
    ),
  ),
};

export const Webhook = s.object({
  id: s.string(),
  url: s.string(),
  events: s.array(s.string()),
  signing_method: s.oneOf(SIGNING_METHODS),
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
export type Webhook = s.Static<typeof Webhook>;
export const WebhookList = s.array(Webhook);

export const WebhookQuery = s.object({
  event: s.optional(s.string({ description: 'Only webhooks that receive this event.' })),
});
export type WebhookQuery = s.Static<typeof WebhookQuery>;
