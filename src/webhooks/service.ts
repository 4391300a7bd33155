/** What may be done with webhooks, and how the journal becomes deliveries to them. */
import { randomBytes } from 'node:crypto';
import type { ExtraStatements } from '../audit/chain-writer.ts';
import type { ChainedEntry } from '../audit/entry.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Call } from '../calling/call.ts';
import type { Context } from '../context.ts';
import type { ConversationFacts } from '../conversations/conversation.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import {
  type Attempt,
  type Delivery,
  type EventMappers,
  SECRET_PREFIX,
  type SendWebhook,
  subscribesTo,
  type Webhook,
  type WebhookEvent,
  wrongAddress,
} from './webhook.ts';

/** What a caller may say about a webhook. */
export type WebhookFields = Pick<Webhook, 'url' | 'events' | 'options' | 'enabled'>;

export interface WebhookDraft extends WebhookFields {
  secret?: string;
  /** The tongue it is to be spoken to in, where whoever makes it has the choice. */
  dialect?: KeyDialect;
}

export interface WebhookRules {
  /** The tongue takes https:// only; where private targets are allowed, the encryption may be missing too. */
  encryptedOnly?: boolean;
  /** What the tongue calls the agent that a webhook hears of, where it has a word for it. */
  agentField?: string;
}

export interface Tested {
  delivery: Delivery;
  attempt: Attempt;
}

export interface WebhookParts {
  sendWebhook: SendWebhook;
  eventMappers: EventMappers;
  allowPrivateTargets: boolean;
}

/** Room for a real need, and an end to how many are told of one write. */
const MAX_WEBHOOKS = 100;

export type WebhookService = ReturnType<typeof webhookService>;

export const newSecret = (): string => SECRET_PREFIX + randomBytes(24).toString('base64');
/** For tongues whose secrets are 64 hexadecimal digits. */
export const newHexSecret = (): string => randomBytes(32).toString('hex');

export function webhookService(ctx: Context, { sendWebhook, eventMappers, allowPrivateTargets }: WebhookParts) {
  const { store, now, newId } = ctx;
  const at = () => now().toISOString();
  const kept = (caller: Caller) => storesFor(ctx, caller).webhooks;

  /** The native API is the house's own and sees all of them; any other tongue sees those that it made. */
  const seenBy = ({ dialect }: Caller): KeyDialect | undefined =>
    dialect === 'native' || dialect === 'openai' ? undefined : dialect;

  const find = async (caller: Caller, id: string): Promise<Webhook> => {
    const webhook = await store.webhooks.get(caller.workspaceId, id);
    const seen = seenBy(caller);
    if (!webhook || (seen && webhook.dialect !== seen)) throw new Fault('webhook_missing', { id });
    return webhook;
  };

  /** What stays as it was is judged no more. */
  const judge = async (
    { workspaceId }: Caller,
    { url, options: { agentId } }: WebhookFields,
    { encryptedOnly = false, agentField = 'agentId' }: WebhookRules,
    before?: Webhook,
  ): Promise<void> => {
    const issues: Issue[] = [];
    const wrong = url === before?.url ? undefined : wrongAddress(url, encryptedOnly && !allowPrivateTargets);
    if (wrong) issues.push({ path: 'url', message: wrong, rule: 'format' });
    const named = agentId !== undefined && agentId !== before?.options.agentId;
    if (named && !(await store.agents.get(workspaceId, agentId)))
      issues.push({ path: agentField, message: 'refers to an agent that does not exist', rule: 'reference' });
    if (issues.length > 0) throw invalid(issues);
  };

  const fresh = (webhook: Webhook, mapEvent: WebhookEvent, time: string): Delivery => ({
    workspaceId: webhook.workspaceId,
    id: newId(),
    webhookId: webhook.id,
    eventId: newId(),
    subject: null,
    seq: null,
    type: mapEvent.type,
    payload: JSON.stringify(mapEvent.payload),
    at: time,
    state: 'waiting',
    attempts: 0,
    nextAt: time,
    status: null,
    error: null,
    doneAt: null,
  });

  /**
   * What is written when entries are sealed: a delivery for each endpoint that wants to hear of one. The seal and the
   * deliveries are one transaction, so an event is told as surely as it is sealed, and once.
   */
  const fanOut: ExtraStatements = async (workspaceId, entries) => {
    const [listening, endpoints] = await Promise.all([
      store.webhooks.listening(workspaceId),
      endpointsOf(workspaceId, entries),
    ]);
    if (listening.length === 0 && endpoints.size === 0) return [];
    const conversations = await conversationsOf(workspaceId, entries);
    const calls = await callsOf(workspaceId, entries, conversations);
    const [agents, contacts, campaigns, said] = await Promise.all([
      agentsOf(workspaceId, [...calls.values()]),
      contactsOf(workspaceId, entries, [...calls.values()]),
      campaignsOf(workspaceId, entries),
      saidIn(workspaceId, entries, calls),
    ]);
    const time = at();
    const deliveries = entries.flatMap((entry) => {
      const call = calls.get(entry.target);
      return [...listening, ...(endpoints.get(call?.id ?? '') ?? [])].flatMap((webhook) => {
        const deliveryId = newId();
        const about = {
          call,
          agent: agents.get(call?.agentId ?? ''),
          contact: contacts.get(call?.contactId ?? entry.target),
          conversation: conversations.get(heldIn(entry) ?? entry.target),
          campaign: campaigns.get(entry.target),
          said: said.get(heldIn(entry) ?? entry.target),
        };
        const known = Object.fromEntries(Object.entries(about).filter(([, one]) => one !== undefined));
        const told = [eventMappers[webhook.dialect]?.(entry, { deliveryId, ...known }) ?? []].flat();
        const place = { subject: call?.id ?? entry.target, seq: entry.seq };
        // The first of several goes by the entry's own id; whoever knows an event by its id must not take two for one.
        return told.flatMap((mapEvent, i) =>
          subscribesTo(webhook, mapEvent)
            ? [{ ...fresh(webhook, mapEvent, time), ...place, ...(i === 0 && { id: deliveryId, eventId: entry.id }) }]
            : [],
        );
      });
    });
    return store.deliveries.insertions(deliveries);
  };

  /** Those that calls have brought along, by call. */
  const endpointsOf = async (workspaceId: string, entries: readonly ChainedEntry[]) => {
    const about = (what: string) => [
      ...new Set(entries.filter(({ action }) => action.startsWith(what)).map(({ target }) => target)),
    ];
    const [calls, conversations] = [about('call.'), about('conversation.')];
    const any = calls.length + conversations.length > 0;
    return any ? store.webhooks.ofCalls(workspaceId, calls, conversations) : new Map<string, Webhook[]>();
  };

  /** The conversation of an attempt that was answered. */
  const heldIn = ({ action, detail }: ChainedEntry): string | undefined => {
    const id = action.startsWith('call.') ? detail['conversationId'] : undefined;
    return typeof id === 'string' ? id : undefined;
  };

  const agentsOf = async (workspaceId: string, calls: readonly Call[]) => {
    const ids = [...new Set(calls.map(({ agentId }) => agentId))];
    const order = { by: 'createdAt', direction: 'asc' } as const;
    const agents = ids.length > 0 ? await store.agents.list(workspaceId, { ids }, order, { limit: ids.length }) : [];
    return new Map(agents.map((agent) => [agent.id, agent]));
  };

  const contactsOf = async (workspaceId: string, entries: readonly ChainedEntry[], calls: readonly Call[]) => {
    const named = entries.filter(({ action }) => action.startsWith('contact.')).map(({ target }) => target);
    const ids = [...new Set([...named, ...calls.flatMap(({ contactId }) => contactId ?? [])])];
    const contacts = ids.length > 0 ? await store.contacts.getMany(workspaceId, ids) : [];
    return new Map(contacts.map((contact) => [contact.id, contact]));
  };

  const conversationsOf = async (workspaceId: string, entries: readonly ChainedEntry[]) => {
    const own = entries.filter(({ action }) => action.startsWith('conversation.')).map(({ target }) => target);
    const ids = [...own, ...entries.flatMap((entry) => heldIn(entry) ?? [])];
    const found = ids.length > 0 ? await store.conversations.getMany(workspaceId, [...new Set(ids)]) : [];
    return new Map(found.map((conversation) => [conversation.id, conversation]));
  };

  /** By their own ids, and by those of the conversations that were held in them. */
  const callsOf = async (
    workspaceId: string,
    entries: readonly ChainedEntry[],
    conversations: ReadonlyMap<string, ConversationFacts>,
  ) => {
    const ids = entries.filter(({ action }) => action.startsWith('call.')).map(({ target }) => target);
    const spoken = [...conversations.values()].filter(({ channel }) => channel === 'phone').map(({ id }) => id);
    const [own, held] = await Promise.all([
      ids.length > 0 ? store.calls.getMany(workspaceId, [...new Set(ids)]) : [],
      spoken.length > 0 ? store.calls.ofConversations(workspaceId, spoken) : [],
    ]);
    return new Map([
      ...own.map((call) => [call.id, call] as const),
      ...held.map((call) => [call.conversationId ?? '', call] as const),
    ]);
  };

  const campaignsOf = async (workspaceId: string, entries: readonly ChainedEntry[]) => {
    const ids = entries.filter(({ action }) => action.startsWith('campaign.')).map(({ target }) => target);
    const campaigns = ids.length > 0 ? await store.campaigns.getMany(workspaceId, [...new Set(ids)]) : [];
    return new Map(campaigns.map((campaign) => [campaign.id, campaign]));
  };

  const saidIn = async (workspaceId: string, entries: readonly ChainedEntry[], calls: ReadonlyMap<string, Call>) => {
    const ids = entries.flatMap((entry) => {
      if (entry.action === 'call.ended') return heldIn(entry) ?? [];
      return entry.action === 'conversation.analyzed' && calls.has(entry.target) ? entry.target : [];
    });
    return ids.length > 0 ? store.conversations.spoken(workspaceId, [...new Set(ids)]) : new Map();
  };

  const change = async (caller: Caller, before: Webhook, after: Webhook, action: string): Promise<Webhook> => {
    const { id } = before;
    // Never the values: an address and a header may hold what nobody else should read.
    const changed = (['url', 'events', 'options', 'enabled', 'secret'] as const).filter(
      (key) => !same(before[key], after[key]),
    );
    if (changed.length === 0) return before;
    const beginsAnew = after.enabled && !before.enabled;
    const webhook = { ...after, ...(beginsAnew && HEALTHY), updatedAt: at() };
    const entry = auditEntry(ctx, caller, action, id, { changed });
    if (!(await kept(caller).update(webhook, beginsAnew, entry))) throw new Fault('webhook_missing', { id });
    return webhook;
  };

  return {
    fanOut,

    get: find,

    list: (caller: Caller): Promise<Webhook[]> => store.webhooks.list(caller.workspaceId, seenBy(caller)),

    /** Answers the webhook with its secret, which is not shown again. */
    async create(
      caller: Caller,
      { url, events, options, enabled, secret = newSecret(), dialect }: WebhookDraft,
      rules: WebhookRules = {},
    ): Promise<Webhook> {
      await judge(caller, { url, events, options, enabled }, rules);
      const others = await store.webhooks.list(caller.workspaceId);
      if (others.length >= MAX_WEBHOOKS)
        throw new Fault('in_use', { count: MAX_WEBHOOKS, message: `There are ${MAX_WEBHOOKS} webhooks already.` });
      const time = at();
      const webhook: Webhook = {
        ...HEALTHY,
        workspaceId: caller.workspaceId,
        id: newId(),
        dialect: seenBy(caller) ?? dialect ?? 'native',
        url,
        events,
        secret,
        options,
        enabled,
        lastDeliveryAt: null,
        deliveries: 0,
        failedDeliveries: 0,
        createdAt: time,
        updatedAt: time,
      };
      await kept(caller).create(webhook, auditEntry(ctx, caller, 'webhook.created', webhook.id));
      return webhook;
    },

    async update(
      caller: Caller,
      id: string,
      hear: (before: Webhook) => WebhookFields & { secret?: string },
      rules: WebhookRules = {},
    ): Promise<Webhook> {
      const before = await find(caller, id);
      const after = { ...before, ...hear(before) };
      await judge(caller, after, rules, before);
      return change(caller, before, after, 'webhook.updated');
    },

    /** A new secret, in force at once; answers the webhook with it. */
    async rotate(caller: Caller, id: string): Promise<Webhook> {
      const before = await find(caller, id);
      const secret = /^[0-9a-f]{64}$/.test(before.secret) ? newHexSecret() : newSecret();
      return change(caller, before, { ...before, secret }, 'webhook.secret_rotated');
    },

    async remove(caller: Caller, id: string): Promise<void> {
      await find(caller, id);
      const entry = auditEntry(ctx, caller, 'webhook.deleted', id);
      if (!(await kept(caller).remove(caller.workspaceId, id, entry))) throw new Fault('webhook_missing', { id });
    },

    async deliveries(caller: Caller, id: string, limit: number, after?: { at: string; id: string }) {
      await find(caller, id);
      return store.deliveries.list(caller.workspaceId, id, limit, after);
    },

    /** The same news again, under the same event id, as a delivery of its own. */
    async replay(caller: Caller, id: string, deliveryId: string): Promise<Delivery> {
      await find(caller, id);
      const old = await store.deliveries.get(caller.workspaceId, id, deliveryId);
      if (!old) throw new Fault('delivery_missing', { id: deliveryId });
      const time = at();
      const anew = { state: 'waiting', attempts: 0, nextAt: time, status: null, error: null, doneAt: null } as const;
      const again: Delivery = { ...old, ...anew, id: newId(), subject: null, seq: null, at: time };
      const entry = auditEntry(ctx, caller, 'webhook.replayed', id, { deliveryId });
      await storesFor(ctx, caller).deliveries.add(again, entry);
      return again;
    },

    /** Sends one piece of news there and then, whether or not the endpoint is switched on, and keeps how it went. */
    async test(
      caller: Caller,
      id: string,
      mapEvent: (webhook: Webhook, deliveryId: string) => WebhookEvent,
    ): Promise<Tested> {
      const webhook = await find(caller, id);
      const deliveryId = newId();
      const time = at();
      const delivery: Delivery = {
        ...fresh(webhook, mapEvent(webhook, deliveryId), time),
        id: deliveryId,
        attempts: 1,
      };
      if (caller.writeOptions.dryRun) {
        const attempt = { ok: false, status: null, error: 'A dry run sends nothing.', durationMs: 0 };
        return { delivery: { ...delivery, attempts: 0 }, attempt };
      }
      // Taken on from the start, and never due: a test that a crash breaks off is not sent by anybody else.
      await store.deliveries.add({ ...delivery, nextAt: NEVER });
      const attempt = await sendWebhook(webhook, delivery);
      const doneAt = at();
      await store.deliveries.close(delivery, attempt, doneAt);
      const { ok, status, error } = attempt;
      return { delivery: { ...delivery, state: ok ? 'delivered' : 'failed', status, error, doneAt }, attempt };
    },
  };
}

const NEVER = '9999-12-31T23:59:59.999Z';

const HEALTHY = { failures: 0, failingSince: null, lastError: null, disabledReason: null, disabledAt: null };
