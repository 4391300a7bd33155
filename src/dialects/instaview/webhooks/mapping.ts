/** Maps InstaView's webhooks, the three spellings of their events, and the ping. */

import { Fault, type Issue } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import type { TestResult, WebhookFields } from '../../../webhooks/service.ts';
import type { Webhook, WebhookEvent, WebhookOptions } from '../../../webhooks/webhook.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';

const MAX_RETRIES = 3;
const TIMEOUT_MS = 30_000;

/** Headers that the sender sets itself, and headers that would break the request. */
const RESERVED_HEADERS =
  /^(host|connection|keep-alive|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect|x-instaview-signature)$/i;

export function formatWebhook({ options, ...webhook }: Webhook): contract.Webhook {
  return {
    id: webhook.id,
    apiKeyId: (options.extras?.['apiKeyId'] as string | undefined) ?? null,
    companyId: webhook.workspaceId,
    url: webhook.url,
    name: options.name ?? null,
    description: options.description ?? null,
    headers: (options.headers ?? []).map(({ name }) => ({ name, isMasked: true })),
    events: webhook.events,
    isActive: webhook.enabled,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    consecutiveFailures: webhook.failures,
    circuitOpenedAt: webhook.disabledAt,
    createdAt: webhook.createdAt,
    updatedAt: webhook.updatedAt,
  };
}

export const formatTest = ({ delivery, attempt }: TestResult): contract.TestResult => ({
  success: attempt.ok,
  deliveryId: delivery.id,
  httpStatus: attempt.status,
  durationMs: attempt.durationMs,
  message: attempt.error ?? 'The endpoint accepted the ping.',
});

/** The company that a body names. ATS keys may name it there when they create a webhook. */
export const companyIn = (body: unknown): string | undefined => {
  const company = isObject(body) ? body['companyId'] : undefined;
  return typeof company === 'string' ? company.toLowerCase() : undefined;
};

export function parseNewWebhook(body: JsonObject, { workspaceId, author }: Caller): WebhookFields {
  const company = companyIn(body);
  if (company !== undefined && company !== workspaceId) throw new Fault('workspace_refused', { id: company });
  refuse(issuesOf(contract.CreateWebhook, body));
  const extras = { apiKeyId: author.replace(/^key:/, '') };
  const options = { maxRetries: MAX_RETRIES, timeoutMs: TIMEOUT_MS, extras };
  return applyFields(body, { url: '', events: [], options, enabled: true });
}

export function parseWebhook(body: JsonObject, { url, events, options, enabled }: Webhook): WebhookFields {
  refuse(issuesOf(contract.UpdateWebhook, body));
  return applyFields(body, { url, events, options, enabled });
}

/** Enables a webhook that the server disabled. A webhook that a client switched off stays off. */
export const resetCircuit = (before: Webhook): WebhookFields => ({
  ...before,
  enabled: before.enabled || before.disabledReason !== null,
});

function applyFields(body: JsonObject, before: WebhookFields): WebhookFields {
  const { url, events, isActive, name: newName, description: newDescription, headers } = body as contract.UpdateWebhook;
  const { name: oldName, description: oldDescription, headers: oldHeaders, ...others } = before.options;
  const name = newName === undefined ? oldName : newName;
  const description = newDescription === undefined ? oldDescription : newDescription;
  const allHeaders = parseHeaders(headers, oldHeaders);
  const options: WebhookOptions = {
    ...others,
    ...(name != null && { name }),
    ...(description != null && { description }),
    ...(allHeaders.length > 0 && { headers: allHeaders }),
  };
  return {
    url: url ?? before.url,
    events: events === undefined ? before.events : parseEvents(events),
    enabled: isActive ?? before.enabled,
    options,
  };
}

function parseEvents(sent: readonly (string | number)[]): string[] {
  const issues: Issue[] = [];
  const names = sent.flatMap((event, i) => {
    const name = typeof event === 'number' ? contract.NUMBERED_EVENTS[event] : dotted(event);
    if (name === undefined) issues.push({ path: `events.${i}`, message: 'is not the name of an event', rule: 'enum' });
    return name ?? [];
  });
  refuse(issues);
  return [...new Set(names)];
}

/** `ANALYSIS_COMPLETED` is `analysis.completed`. */
function dotted(event: string): string | undefined {
  const name = /^[A-Z_]+$/.test(event) ? event.toLowerCase().replace('_', '.') : event;
  return contract.EVENTS.includes(name) ? name : undefined;
}

type StoredHeaders = NonNullable<WebhookOptions['headers']>;

/** A list replaces all headers. An item without a value, as answers show it, keeps the stored value. */
function parseHeaders(sent: readonly contract.Header[] | null | undefined, old: StoredHeaders = []): StoredHeaders {
  if (sent === undefined) return old;
  const issues: Issue[] = [];
  const headers = (sent ?? []).map(({ name, value }, i) => {
    const stored = value ?? old.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value;
    if (RESERVED_HEADERS.test(name))
      issues.push({ path: `headers.${i}.name`, message: 'is reserved for Parlance; remove this header', rule: 'enum' });
    if (stored === undefined) issues.push({ path: `headers.${i}.value`, message: 'is required', rule: 'required' });
    return { name, value: stored ?? '' };
  });
  refuse(issues);
  return headers;
}

/** The event that tests a webhook. The webhook must subscribe to it. */
export const ping =
  (at: string) =>
  ({ events }: Webhook, deliveryId: string): WebhookEvent => {
    refuse(events.includes('ping') ? [] : [{ path: 'events', message: 'must include ping', rule: 'contains' }]);
    return { type: 'ping', payload: { event: 'ping', timestamp: at, deliveryId, data: {} } };
  };
