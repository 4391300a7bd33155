/** Makes deliveries from audit entries: one for each webhook that subscribes to the events of an entry. */
import type { ChainedEntry } from '../audit/entry.ts';
import type { Call } from '../calling/call.ts';
import type { Context } from '../context.ts';
import type { ConversationFacts } from '../conversations/conversation.ts';
import { newDelivery } from './new-delivery.ts';
import { type Delivery, type EventContext, type EventMappers, subscribesTo, type Webhook } from './webhook.ts';

type Entries = readonly ChainedEntry[];

/** The records that entries are about, by their ids. */
interface Records {
  calls: ReadonlyMap<string, Call>;
  agents: ReadonlyMap<string, NonNullable<EventContext['agent']>>;
  contacts: ReadonlyMap<string, NonNullable<EventContext['contact']>>;
  conversations: ReadonlyMap<string, ConversationFacts>;
  campaigns: ReadonlyMap<string, NonNullable<EventContext['campaign']>>;
  /** The messages of conversations, by the id of the conversation. */
  messages: ReadonlyMap<string, NonNullable<EventContext['messages']>>;
}

/**
 * The deliveries for entries that are being chained. The caller writes them in the transaction that chains the entries,
 * so that each event is delivered once for each chained entry.
 */
export async function fanOut(
  ctx: Context,
  eventMappers: EventMappers,
  workspaceId: string,
  entries: Entries,
): Promise<Delivery[]> {
  const [webhooks, endpoints] = await Promise.all([
    ctx.store.webhooks.listEnabled(workspaceId),
    callEndpoints(ctx, workspaceId, entries),
  ]);
  if (webhooks.length === 0 && endpoints.size === 0) return [];
  const records = await loadRecords(ctx, workspaceId, entries);
  const at = ctx.now().toISOString();
  return entries.flatMap((entry) => {
    const call = records.calls.get(entry.target);
    const context = contextOf(entry, records);
    return [...webhooks, ...(endpoints.get(call?.id ?? '') ?? [])].flatMap((webhook) =>
      deliveriesOf(ctx, eventMappers, webhook, entry, context, call?.id ?? entry.target, at),
    );
  });
}

/** The deliveries of one entry to one webhook. */
function deliveriesOf(
  { newId }: Context,
  eventMappers: EventMappers,
  webhook: Webhook,
  entry: ChainedEntry,
  context: Omit<EventContext, 'deliveryId'>,
  subject: string,
  at: string,
): Delivery[] {
  const deliveryId = newId();
  const events = [eventMappers[webhook.dialect]?.(entry, { deliveryId, ...context }) ?? []].flat();
  return events.flatMap((event, i) => {
    if (!subscribesTo(webhook, event)) return [];
    // The first event has the id of the entry. The others have their own, because receivers drop an id they know.
    const ids = i === 0 && { id: deliveryId, eventId: entry.id };
    return [{ ...newDelivery(webhook, event, at, newId), subject, seq: entry.seq, ...ids }];
  });
}

/** What an event mapper needs to know about an entry; records that do not exist are left out. */
function contextOf(entry: ChainedEntry, records: Records): Omit<EventContext, 'deliveryId'> {
  const call = records.calls.get(entry.target);
  const conversationId = conversationOfCall(entry) ?? entry.target;
  const context = {
    call,
    agent: records.agents.get(call?.agentId ?? ''),
    contact: records.contacts.get(call?.contactId ?? entry.target),
    conversation: records.conversations.get(conversationId),
    campaign: records.campaigns.get(entry.target),
    messages: records.messages.get(conversationId),
  };
  return Object.fromEntries(Object.entries(context).filter(([, record]) => record !== undefined));
}

async function loadRecords(ctx: Context, workspaceId: string, entries: Entries): Promise<Records> {
  const conversations = await conversationsOf(ctx, workspaceId, entries);
  const calls = await callsOf(ctx, workspaceId, entries, conversations);
  const [agents, contacts, campaigns, messages] = await Promise.all([
    agentsOf(ctx, workspaceId, [...calls.values()]),
    contactsOf(ctx, workspaceId, entries, [...calls.values()]),
    campaignsOf(ctx, workspaceId, entries),
    messagesOf(ctx, workspaceId, entries, calls),
  ]);
  return { calls, agents, contacts, conversations, campaigns, messages };
}

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];

/** The ids of the records of one kind that entries are about, such as `call.` for calls. */
const targetsOf = (entries: Entries, kind: string): string[] =>
  entries.filter(({ action }) => action.startsWith(kind)).map(({ target }) => target);

/** The conversation that an entry about a call names: the one of an answered attempt. */
function conversationOfCall({ action, detail }: ChainedEntry): string | undefined {
  const id = action.startsWith('call.') ? detail['conversationId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** The endpoints that calls have of their own, by the id of the call. */
async function callEndpoints({ store }: Context, workspaceId: string, entries: Entries) {
  const calls = distinct(targetsOf(entries, 'call.'));
  const conversations = distinct(targetsOf(entries, 'conversation.'));
  if (calls.length + conversations.length === 0) return new Map<string, Webhook[]>();
  return store.webhooks.ofCalls(workspaceId, calls, conversations);
}

async function agentsOf({ store }: Context, workspaceId: string, calls: readonly Call[]) {
  const ids = distinct(calls.map(({ agentId }) => agentId));
  const order = { by: 'createdAt', direction: 'asc' } as const;
  const agents = ids.length > 0 ? await store.agents.list(workspaceId, { ids }, order, { limit: ids.length }) : [];
  return new Map(agents.map((agent) => [agent.id, agent]));
}

async function contactsOf({ store }: Context, workspaceId: string, entries: Entries, calls: readonly Call[]) {
  const ofCalls = calls.flatMap(({ contactId }) => contactId ?? []);
  const ids = distinct([...targetsOf(entries, 'contact.'), ...ofCalls]);
  const contacts = ids.length > 0 ? await store.contacts.getMany(workspaceId, ids) : [];
  return new Map(contacts.map((contact) => [contact.id, contact]));
}

async function conversationsOf({ store }: Context, workspaceId: string, entries: Entries) {
  const ofCalls = entries.flatMap((entry) => conversationOfCall(entry) ?? []);
  const ids = distinct([...targetsOf(entries, 'conversation.'), ...ofCalls]);
  const found = ids.length > 0 ? await store.conversations.getMany(workspaceId, ids) : [];
  return new Map(found.map((conversation) => [conversation.id, conversation]));
}

/** Calls by their own ids, and by the ids of their conversations. */
async function callsOf(
  { store }: Context,
  workspaceId: string,
  entries: Entries,
  conversations: ReadonlyMap<string, ConversationFacts>,
) {
  const ids = distinct(targetsOf(entries, 'call.'));
  const byPhone = [...conversations.values()].filter(({ channel }) => channel === 'phone').map(({ id }) => id);
  const [own, ofConversations] = await Promise.all([
    ids.length > 0 ? store.calls.getMany(workspaceId, ids) : [],
    byPhone.length > 0 ? store.calls.ofConversations(workspaceId, byPhone) : [],
  ]);
  return new Map([
    ...own.map((call) => [call.id, call] as const),
    ...ofConversations.map((call) => [call.conversationId ?? '', call] as const),
  ]);
}

async function campaignsOf({ store }: Context, workspaceId: string, entries: Entries) {
  const ids = distinct(targetsOf(entries, 'campaign.'));
  const campaigns = ids.length > 0 ? await store.campaigns.getMany(workspaceId, ids) : [];
  return new Map(campaigns.map((campaign) => [campaign.id, campaign]));
}

/** The messages of calls that have ended or have been analyzed; other events do not need them. */
async function messagesOf(
  { store }: Context,
  workspaceId: string,
  entries: Entries,
  calls: ReadonlyMap<string, Call>,
): Promise<Records['messages']> {
  const ids = entries.flatMap((entry) => {
    if (entry.action === 'call.ended') return conversationOfCall(entry) ?? [];
    return entry.action === 'conversation.analyzed' && calls.has(entry.target) ? entry.target : [];
  });
  return ids.length > 0 ? store.conversations.dialogues(workspaceId, distinct(ids)) : new Map();
}
