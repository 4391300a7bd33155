/** InstaView's webhooks: their shapes, their three ways of writing an event, and the ping. */
import { type Issue, invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Tested, WebhookFields } from '../../../webhooks/service.ts';
import type { Webhook, WebhookEvent, WebhookOptions } from '../../../webhooks/webhook.ts';

/** The first six are also counted, from 0 and in this order. */
const COUNTED = [
  'analysis.completed',
  'analysis.failed',
  'ping',
  'interview.completed',
  'interview.failed',
  'interview.started',
];
const EVENTS = [...COUNTED, 'sourcing.completed', 'sourcing.failed', 'enrich.completed', 'enrich.failed'];
const MAX_RETRIES = 3;
const TIMEOUT_MS = 30_000;

const Header = s.object({
  name: s.string({
    minLength: 1,
    maxLength: 255,
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    'x-pattern-is': 'the name of a header',
  }),
  value: s.optional(
    s.string({
      minLength: 1,
      maxLength: 4096,
      pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]+$',
      'x-pattern-is': 'one line of text',
    }),
  ),
});
/** What the sender itself has to say, or what would break the request. */
const OURS =
  /^(host|connection|keep-alive|content-length|content-type|transfer-encoding|upgrade|te|trailer|expect|x-instaview-signature)$/i;

const fields = {
  url: s.string({
    minLength: 1,
    maxLength: 2048,
    description: 'HTTPS.',
    examples: ['https://example.com/hooks/instaview'],
  }),
  events: s.array(s.anyOf<s.Schema<string | number>>([s.string({ examples: ['ping'] }), s.integer()]), {
    minItems: 1,
    maxItems: 50,
    description: `One of ${EVENTS.join(', ')}; also in upper case with underscores; the first six also as 0 to 5.`,
    examples: [['ping', 'interview.completed']],
  }),
  name: s.optional(s.nullable(s.string({ maxLength: 255 }))),
  description: s.optional(s.nullable(s.string({ maxLength: 2000 }))),
  headers: s.optional(
    s.nullable(s.array(Header, { maxItems: 50, description: 'All of them; values are never shown.' })),
  ),
};
export const CreateWebhook = s.object({ ...fields, companyId: s.optional(s.nullable(s.string())) });
export const UpdateWebhook = s.partial(s.object({ ...fields, isActive: s.optional(s.boolean()) }));

const shown = {
  id: text.uuid(),
  apiKeyId: s.nullable(s.string()),
  companyId: s.nullable(text.uuid()),
  url: s.string(),
  name: s.nullable(s.string()),
  description: s.nullable(s.string()),
  headers: s.array(s.object({ name: s.string(), isMasked: s.boolean() })),
  events: s.array(s.string()),
  isActive: s.boolean(),
  maxRetries: s.integer(),
  timeoutMs: s.integer(),
  consecutiveFailures: s.integer(),
  circuitOpenedAt: s.nullable(text.dateTime()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const InstaViewWebhook = s.object(shown);
export const NewWebhook = s.object({ ...shown, signingSecret: s.string({ description: 'Shown this once.' }) });
export const TestResult = s.object({
  success: s.boolean(),
  deliveryId: text.uuid(),
  httpStatus: s.nullable(s.integer()),
  durationMs: s.integer(),
  message: s.string(),
});

export function formatWebhook({ options, ...webhook }: Webhook) {
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

export const formatTest = ({ delivery, attempt }: Tested) => ({
  success: attempt.ok,
  deliveryId: delivery.id,
  httpStatus: attempt.status,
  durationMs: attempt.durationMs,
  message: attempt.error ?? 'The endpoint accepted the ping.',
});

export function parseNewWebhook(body: JsonObject, apiKeyId: string): WebhookFields {
  refuse(issuesOf(CreateWebhook, body));
  const options = { maxRetries: MAX_RETRIES, timeoutMs: TIMEOUT_MS, extras: { apiKeyId } };
  return said(body, { url: '', events: [], options, enabled: true });
}

export function parseWebhook(body: JsonObject, { url, events, options, enabled }: Webhook): WebhookFields {
  refuse(issuesOf(UpdateWebhook, body));
  return said(body, { url, events, options, enabled });
}

function refuse(issues: Issue[]): void {
  if (issues.length > 0) throw invalid(issues);
}

function said(body: JsonObject, before: WebhookFields): WebhookFields {
  const { name, description, headers, ...old } = before.options;
  const word = (key: 'name' | 'description', was: string | undefined) =>
    body[key] === undefined ? was : (body[key] as string | null);
  const [title, about] = [word('name', name), word('description', description)];
  const list = headersIn(body['headers'] as SentHeaders, headers);
  const options: WebhookOptions = {
    ...old,
    ...(title != null && { name: title }),
    ...(about != null && { description: about }),
    ...(list.length > 0 && { headers: list }),
  };
  return {
    url: (body['url'] as string | undefined) ?? before.url,
    events: body['events'] === undefined ? before.events : eventsIn(body['events'] as (string | number)[]),
    enabled: (body['isActive'] as boolean | undefined) ?? before.enabled,
    options,
  };
}

function eventsIn(sent: readonly (string | number)[]): string[] {
  const names = sent.map((event) => (typeof event === 'number' ? COUNTED[event] : dotted(event)));
  refuse(
    names.flatMap((name, i) =>
      name === undefined ? [{ path: `events.${i}`, message: 'is not the name of an event', rule: 'enum' }] : [],
    ),
  );
  return [...new Set(names as string[])];
}

/** `ANALYSIS_COMPLETED` is `analysis.completed`. */
function dotted(event: string): string | undefined {
  const name = /^[A-Z_]+$/.test(event) ? event.toLowerCase().replace('_', '.') : event;
  return EVENTS.includes(name) ? name : undefined;
}

type SentHeaders = { name: string; value?: string }[] | null | undefined;

/** A list replaces all; an entry without a value, as it is shown, keeps the value it has. */
function headersIn(sent: SentHeaders, old: WebhookOptions['headers'] = []): { name: string; value: string }[] {
  if (sent === undefined) return old;
  const issues: Issue[] = [];
  const headers = (sent ?? []).map(({ name, value }, i) => {
    const kept = value ?? old.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value;
    if (OURS.test(name))
      issues.push({ path: `headers.${i}.name`, message: 'is a header that cannot be chosen', rule: 'enum' });
    if (kept === undefined) issues.push({ path: `headers.${i}.value`, message: 'is required', rule: 'required' });
    return { name, value: kept ?? '' };
  });
  refuse(issues);
  return headers;
}

export const ping =
  (at: string) =>
  ({ events }: Webhook, deliveryId: string): WebhookEvent => {
    refuse(events.includes('ping') ? [] : [{ path: 'events', message: 'must include ping', rule: 'contains' }]);
    return { type: 'ping', payload: { event: 'ping', timestamp: at, deliveryId, data: {} } };
  };
