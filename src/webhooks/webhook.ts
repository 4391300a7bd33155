/** Who is told what has happened, and the telling of it. */
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
  /** The tongue it was made in, and is spoken to in. */
  dialect: KeyDialect;
  url: string;
  /** Names of events as its tongue writes them; `agent.*` and `*` stand for several. */
  events: string[];
  /** What its deliveries are signed with. Only its creation and its rotation ever show it. */
  secret: string;
  options: WebhookOptions;
  enabled: boolean;
  /** Failed attempts in a row, and since when. */
  failures: number;
  failingSince: string | null;
  lastDeliveryAt: string | null;
  lastError: string | null;
  /** How many came to an end, and how many of them to a bad one. */
  deliveries: number;
  failedDeliveries: number;
  /** Why and when the house switched it off by itself. */
  disabledReason: string | null;
  disabledAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Who is told of one call and of nothing else: made with it, listed nowhere. */
export type CallEndpoint = Pick<Webhook, 'dialect' | 'url' | 'events' | 'secret' | 'options'>;

export const SIGNINGS = ['hmac_sha256', 'hmac_sha1', 'bearer', 'basic_auth', 'none'] as const;

export interface WebhookOptions {
  name?: string;
  description?: string;
  timeoutMs?: number;
  /** Attempts after the first; absent: as many as fit into the time a delivery is tried for. */
  maxRetries?: number;
  /** How the sender shows who it is, where the tongue leaves a choice. */
  signing?: (typeof SIGNINGS)[number];
  /** Sent along with every delivery. They may hold secrets, so no answer shows their values. */
  headers?: { name: string; value: string }[];
  /** Hears only what is about this agent. */
  agentId?: string;
  /** What only its own tongue has a meaning for. */
  extras?: JsonObject;
}

export const DEFAULT_TIMEOUT_MS = 15_000;
export const TIMEOUTS_MS = { minimum: 1000, maximum: 30_000 } as const;
export const SECRET_PREFIX = 'whsec_';

/** What has happened, in the words of one tongue. */
export interface WebhookEvent {
  /** Its name, which endpoints subscribe to. */
  type: string;
  payload: JsonObject;
  /** The agent it is about, if any. */
  agentId?: string;
}

/** What a tongue needs to know to put an entry of the journal into its words. */
export interface EventContext {
  deliveryId: string;
  /** The contact that the entry is about, or that is called in it, as it is now. */
  contact?: Contact;
  /** The conversation that it is about, likewise. */
  conversation?: ConversationFacts;
  /** The call that it is about, or that the conversation was held in. */
  call?: Call;
  /** What was said in the conversation of a call that has ended. */
  said?: readonly Message[];
  campaign?: Campaign;
  /** Who held the call, as it is now. */
  agent?: Agent;
}

/** How a tongue tells an entry of the journal; undefined where it has no word for it, several where it has several. */
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
  /** What receivers recognise a repetition by: the same for every attempt, and for a replay. */
  eventId: string;
  /** What it is about: its endpoint hears of one thing in the order in which it happened. Null: it waits for no other. */
  subject: string | null;
  /** The place of its entry in the workspace's journal. */
  seq: number | null;
  type: string;
  /** The body, exactly as it is signed and sent. */
  payload: string;
  at: string;
  state: (typeof DELIVERY_STATES)[number];
  /** How many were begun, including one under way. */
  attempts: number;
  /** When it is tried next, unless the attempt under way ends it. */
  nextAt: string;
  status: number | null;
  error: string | null;
  doneAt: string | null;
}

/** How one attempt went. */
export interface Attempt {
  ok: boolean;
  /** What the endpoint answered; null where it did not. */
  status: number | null;
  /** A sentence for the log. */
  error: string | null;
  durationMs: number;
  /** How long the endpoint asks to be left alone. */
  retryAfterMs?: number;
}

/** Hands one delivery to its endpoint. Never throws: whatever happens is how the attempt went. */
export type SendWebhook = (webhook: Webhook, delivery: Pick<Delivery, 'eventId' | 'payload'>) => Promise<Attempt>;

export const EventName = s.string({
  maxLength: 100,
  pattern: '^(\\*|[a-z0-9_-]+(\\.[a-z0-9_-]+)*(\\.\\*)?)$',
  'x-pattern-is': 'the name of an event like agent.updated, or agent.*, or *',
  examples: ['agent.updated'],
});

/** Whether somebody who subscribed to these names hears of this event. */
export function matches(names: readonly string[], type: string): boolean {
  return names.some(
    (name) => name === '*' || name === type || (name.endsWith('.*') && type.startsWith(name.slice(0, -1))),
  );
}

/** Whether an endpoint is to be told. */
export function subscribesTo({ events, options, enabled }: Webhook, mapEvent: WebhookEvent): boolean {
  if (!enabled || !matches(events, mapEvent.type)) return false;
  return options.agentId === undefined || options.agentId === mapEvent.agentId;
}

/** What is wrong with an address as a place to send to, worded to follow the field's name. */
export function wrongAddress(url: string, encryptedOnly: boolean): string | undefined {
  if (!URL.canParse(url)) return 'must be a valid URL';
  const { protocol, username, password } = new URL(url);
  if (encryptedOnly && protocol !== 'https:') return 'must begin with https://';
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  // They would be shown to everybody who may see the webhook.
  if (username !== '' || password !== '') return 'must not hold a user name or a password';
  return undefined;
}

const FIRST_DELAY_MS = 5000;
const MAX_DELAY_MS = 4 * 3_600_000;
export const TRIED_FOR_MS = 24 * 3_600_000;

/**
 * Milliseconds until the next attempt: three times as long after each one, between half and all of that by chance, so
 * that those who failed together do not come back together.
 */
export function delayAfter(attempts: number, chance: number): number {
  const whole = Math.min(FIRST_DELAY_MS * 3 ** (attempts - 1), MAX_DELAY_MS);
  return Math.round(whole * (0.5 + chance / 2));
}

/** When to try again; undefined when it has been tried enough. */
export function retryAt(
  { at, attempts }: Pick<Delivery, 'at' | 'attempts'>,
  { maxRetries }: WebhookOptions,
  attempt: Pick<Attempt, 'retryAfterMs'>,
  now: Date,
  chance: number,
): Date | undefined {
  const end = Date.parse(at) + TRIED_FOR_MS;
  if (now.getTime() >= end || (maxRetries !== undefined && attempts > maxRetries)) return undefined;
  const delay = Math.max(delayAfter(attempts, chance), attempt.retryAfterMs ?? 0);
  // The last attempt is at the very end, so that an endpoint that is back by then hears of it.
  return new Date(Math.min(now.getTime() + delay, end));
}

const PATIENCE = { failures: 20, ms: 24 * 3_600_000 };
const GONE = 410;

/** Why an endpoint is to be switched off after a failed attempt; undefined: it is not. `webhook` is as it was before. */
export function reasonToDisable(webhook: Webhook, attempt: Attempt, now: Date): string | undefined {
  if (attempt.status === GONE) return 'The endpoint answered 410 Gone.';
  if (webhook.failingSince === null || webhook.failures + 1 < PATIENCE.failures) return undefined;
  if (now.getTime() - Date.parse(webhook.failingSince) < PATIENCE.ms) return undefined;
  return `The last ${webhook.failures + 1} attempts failed, the first of them at ${webhook.failingSince}.`;
}
