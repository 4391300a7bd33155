/** Webhooks, the events that they receive, and the rules of their deliveries. Pure. */
import type { Agent } from '../agents/agent.ts';
import type { ChainedEntry } from '../audit/entry.ts';
import type { Call } from '../calling/call.ts';
import type { Campaign } from '../calling/campaign.ts';
import type { Contact } from '../contacts/contact.ts';
import type { ConversationFacts, Message } from '../conversations/conversation.ts';
import * as s from '../lib/schema.ts';
import type { JsonObject } from '../lib/values.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';

export interface Webhook {
  workspaceId: string;
  id: string;
  /** The dialect of the events and of the signature. */
  dialect: KeyDialect;
  url: string;
  /** Event types of the dialect; `agent.*` and `*` stand for several. */
  events: string[];
  /** Signs the deliveries. Only the answers to creation and rotation hold it. */
  secret: string;
  options: WebhookOptions;
  enabled: boolean;
  /** Failed attempts in a row, and the time of the first of them. */
  failures: number;
  failingSince: string | null;
  lastDeliveryAt: string | null;
  lastError: string | null;
  /** Deliveries that have ended, and those of them that failed. */
  deliveries: number;
  failedDeliveries: number;
  /** Why and when the server disabled it. */
  disabledReason: string | null;
  disabledAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** An endpoint for the events of one call. It is created with the call and is not listed. */
export type CallEndpoint = Pick<Webhook, 'dialect' | 'url' | 'events' | 'secret' | 'options'>;

export const SIGNING_METHODS = ['hmac_sha256', 'hmac_sha1', 'bearer', 'basic_auth', 'none'] as const;

export interface WebhookOptions {
  name?: string;
  description?: string;
  timeoutMs?: number;
  /** Attempts after the first. Without a limit, a delivery is tried for 24 hours. */
  maxRetries?: number;
  /** How deliveries prove their sender, in dialects with a choice. */
  signing?: (typeof SIGNING_METHODS)[number];
  /** Extra headers of every delivery. Their values may be secret, so no answer holds them. */
  headers?: { name: string; value: string }[];
  /** Limits the webhook to events about this agent. */
  agentId?: string;
  /** Values that have a meaning in the webhook's own dialect only. */
  extras?: JsonObject;
}

export const DEFAULT_TIMEOUT_MS = 15_000;
export const TIMEOUTS_MS = { minimum: 1000, maximum: 30_000 } as const;
export const SECRET_PREFIX = 'whsec_';

/** An event as one dialect words it. */
export interface WebhookEvent {
  /** The event type, to which webhooks subscribe. */
  type: string;
  payload: JsonObject;
  /** The agent it is about, if any. */
  agentId?: string;
}

/** What an event mapper needs to know about an audit entry. Records are as they are now. */
export interface EventContext {
  deliveryId: string;
  /** The contact that the entry is about, or the contact of the call. */
  contact?: Contact;
  /** The conversation that the entry is about, or the conversation of the call. */
  conversation?: ConversationFacts;
  /** The call that the entry is about, or the call of the conversation. */
  call?: Call;
  /** The messages of the conversation, once its call has ended. */
  messages?: readonly Message[];
  campaign?: Campaign;
  /** The agent of the call. */
  agent?: Agent;
}

/** Maps an audit entry to events of a dialect: none, one or several. */
export type EventMapper = (
  entry: ChainedEntry,
  context: EventContext,
) => WebhookEvent | readonly WebhookEvent[] | undefined;
export type EventMappers = Readonly<Partial<Record<KeyDialect, EventMapper>>>;

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const;

export interface Delivery {
  workspaceId: string;
  id: string;
  webhookId: string;
  /** The same for every attempt and for a replay, so that receivers can recognise repetitions. */
  eventId: string;
  /** The record that the event is about: events of one record are sent in order. Null when there is no order to keep. */
  subject: string | null;
  /** The place of the audit entry in the workspace's hash chain. */
  seq: number | null;
  type: string;
  /** The body as it is signed and sent. */
  payload: string;
  at: string;
  state: (typeof DELIVERY_STATES)[number];
  /** Attempts that have started, including one in flight. */
  attempts: number;
  /** The time of the next attempt. During an attempt, the end of the lease. */
  nextAt: string;
  status: number | null;
  error: string | null;
  doneAt: string | null;
}

/** The result of one attempt. */
export interface Attempt {
  ok: boolean;
  /** The status that the endpoint answered; null without an answer. */
  status: number | null;
  /** A sentence for the log of deliveries. */
  error: string | null;
  durationMs: number;
  /** The endpoint's `Retry-After`. */
  retryAfterMs?: number;
}

/** Sends one delivery to its endpoint. It never throws: errors are part of the result. */
export type SendWebhook = (webhook: Webhook, delivery: Pick<Delivery, 'eventId' | 'payload'>) => Promise<Attempt>;

export const EventName = s.string({
  maxLength: 100,
  pattern: '^(\\*|[a-z0-9_-]+(\\.[a-z0-9_-]+)*(\\.\\*)?)$',
  'x-pattern-is': 'the name of an event like agent.updated, or agent.*, or *',
  examples: ['agent.updated'],
});

/** Whether a subscription to these names includes an event type. */
export function matches(names: readonly string[], type: string): boolean {
  return names.some(
    (name) => name === '*' || name === type || (name.endsWith('.*') && type.startsWith(name.slice(0, -1))),
  );
}

/** Whether a webhook receives an event. */
export function subscribesTo({ events, options, enabled }: Webhook, event: WebhookEvent): boolean {
  if (!enabled || !matches(events, event.type)) return false;
  return options.agentId === undefined || options.agentId === event.agentId;
}

/** What is wrong with the URL of an endpoint, in words that follow the name of the field; undefined when it is valid. */
export function addressProblem(url: string, encryptedOnly: boolean): string | undefined {
  if (!URL.canParse(url)) return 'must be a valid URL';
  const { protocol, username, password } = new URL(url);
  if (encryptedOnly && protocol !== 'https:') return 'must begin with https://';
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  // A password in the URL would be answered to every caller who may read the webhook.
  if (username !== '' || password !== '') return 'must not hold a user name or a password';
  return undefined;
}

const FIRST_DELAY_MS = 5000;
const MAX_DELAY_MS = 4 * 3_600_000;
export const RETRY_FOR_MS = 24 * 3_600_000;

/**
 * Milliseconds until the next attempt: three times as long after each attempt. `random`, from 0 to 1, takes off up to a
 * half, so that deliveries that failed together are not sent again together.
 */
export function delayAfter(attempts: number, random: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 3 ** (attempts - 1), MAX_DELAY_MS);
  return Math.round(delay * (0.5 + random / 2));
}

/** The time of the next attempt; undefined when there is none. */
export function retryAt(
  { at, attempts }: Pick<Delivery, 'at' | 'attempts'>,
  { maxRetries }: WebhookOptions,
  attempt: Pick<Attempt, 'retryAfterMs'>,
  now: Date,
  random: number,
): Date | undefined {
  const end = Date.parse(at) + RETRY_FOR_MS;
  if (now.getTime() >= end || (maxRetries !== undefined && attempts > maxRetries)) return undefined;
  const delay = Math.max(delayAfter(attempts, random), attempt.retryAfterMs ?? 0);
  // The last attempt is at the very end of that time, to give the endpoint as long as possible to recover.
  return new Date(Math.min(now.getTime() + delay, end));
}

/** A webhook is disabled after this many failures in a row over this time. */
const DISABLE_AFTER = { failures: 20, ms: 24 * 3_600_000 };
const GONE = 410;

/** Why a webhook must be disabled after a failed attempt that it does not count yet; undefined when it stays enabled. */
export function reasonToDisable(webhook: Webhook, attempt: Attempt, now: Date): string | undefined {
  if (attempt.status === GONE) return 'The endpoint answered 410 Gone.';
  if (webhook.failingSince === null || webhook.failures + 1 < DISABLE_AFTER.failures) return undefined;
  if (now.getTime() - Date.parse(webhook.failingSince) < DISABLE_AFTER.ms) return undefined;
  return `The last ${webhook.failures + 1} attempts failed, the first of them at ${webhook.failingSince}.`;
}
