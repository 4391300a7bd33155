/** Webhook endpoints as Agntix writes and shows them. */

import type * as s from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { WebhookFields } from '../../../webhooks/service.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import { checkShape } from '../shared.ts';
import { CreateEndpoint, UpdateEndpoint } from './contract.ts';

export function formatEndpoint({ id, url, events, options, enabled, createdAt, updatedAt }: Webhook) {
  const { rateLimit = null, metadata = {} } = options.extras ?? {};
  const description = options.description ?? '';
  return { id, url, eventNames: events, description, rateLimit, metadata, isActive: enabled, createdAt, updatedAt };
}

export const formatNewEndpoint = (webhook: Webhook) => ({ ...formatEndpoint(webhook), secret: webhook.secret });

export const parseNewEndpoint = (body: JsonObject) =>
  parseFields(CreateEndpoint, body, { url: '', events: [], options: {}, enabled: true });

/** Agntix cannot switch an endpoint on, so an update of one that the server disabled enables it again. */
export function parseEndpoint(body: JsonObject, { url, events, options, enabled, disabledReason }: Webhook) {
  const after = parseFields(UpdateEndpoint, body, { url, events, options, enabled });
  const hasFields = Object.keys(UpdateEndpoint.properties).some((field) => body[field] != null);
  return disabledReason !== null && hasFields ? { ...after, enabled: true } : after;
}

function parseFields(schema: s.Schema, body: JsonObject, before: WebhookFields): WebhookFields & { secret?: string } {
  checkShape(schema, body);
  const { url, eventNames, description, rateLimit, metadata, secret } = body as UpdateEndpoint;
  const { extras = {}, ...options } = before.options;
  const extra = (key: 'rateLimit' | 'metadata', value: unknown) => {
    const next = value === undefined ? extras[key] : value;
    return next == null ? {} : { [key]: next };
  };
  return {
    url: url ?? before.url,
    events: eventNames ?? before.events,
    enabled: before.enabled,
    options: {
      ...options,
      ...(description !== undefined && { description }),
      extras: { ...extra('rateLimit', rateLimit), ...extra('metadata', metadata) },
    },
    ...(secret && { secret }),
  };
}
