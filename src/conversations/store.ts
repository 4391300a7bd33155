/** Conversations and what was said in them, as verbs. The workspace always comes first. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { readableJson } from '../db/json.ts';
import { sql } from '../db/kysely.ts';
import { prepared, someOf, sqlFor } from '../db/sql.ts';
import type { ConversationsTable } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import type {
  Analysis,
  Channel,
  Conversation,
  ConversationFacts,
  ConversationState,
  Message,
  Snapshot,
  Usage,
} from './conversation.ts';

export interface ConversationFilter {
  agentId?: string;
  status?: 'open' | 'ended';
  dialect?: string;
  channel?: readonly Channel[];
  contactId?: string;
  /** How the text of its extras begins, or does not. */
  extras?: { begin: string; not?: boolean };
}

export interface ConversationPage {
  limit: number;
  offset?: number;
  /** Continue below this number, newest first. */
  below?: number;
}

/** A message with its place in the conversation, counted from 1. */
export interface PlacedMessage extends Message {
  seq: number;
}

/** What a write changes about a conversation. */
export type Advance = Pick<ConversationFacts, 'state' | 'usage' | 'lastActivityAt' | 'endedAt'> &
  Partial<Pick<ConversationFacts, 'metadata' | 'extras'>> & {
    /** Nobody looks back at it. */
    unjudged?: boolean;
  };

/** What the conversations of one agent come to. */
export interface Tally {
  total: number;
  lastStartedAt: string;
  /** Of those that have ended; 0 where none has. */
  averageSeconds: number;
}

/** Snapshots that a node remembers: they never change, and every turn needs one. */
const SNAPSHOTS_KEPT = 200;
/** So many parameters fit into one statement on either engine, however many messages there are. */
const MESSAGES_BATCH_SIZE = 500;

export type ConversationStore = ReturnType<typeof conversationStore>;

export function conversationStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const snapshots = new Map<string, Snapshot>();

  const byId = prepared<[string, string]>((slot) =>
    db
      .selectFrom('conversations')
      .selectAll()
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1)),
  );
  const allMessages = prepared<[string, string]>((slot) =>
    db
      .selectFrom('messages')
      .select(['seq', 'data'])
      .where('workspace_id', '=', slot<string>(0))
      .where('conversation_id', '=', slot<string>(1))
      .orderBy('seq'),
  );

  const snapshotOf = async (workspaceId: string, id: string): Promise<Snapshot> => {
    const known = snapshots.get(id);
    if (known) return known;
    const query = db
      .selectFrom('snapshots')
      .select('document')
      .where('workspace_id', '=', workspaceId)
      .where('conversation_id', '=', id);
    const [row] = await engine.read(query.compile());
    const snapshot = JSON.parse(String(row!['document'])) as Snapshot;
    if (snapshots.size >= SNAPSHOTS_KEPT) snapshots.clear();
    snapshots.set(id, snapshot);
    return snapshot;
  };

  const insertMessages = (workspaceId: string, id: string, messages: readonly Message[], from: number): Statement[] => {
    const rows = messages.map((message, i) => ({
      workspace_id: workspaceId,
      conversation_id: id,
      seq: from + i,
      id: message.id,
      role: message.role,
      at: message.at,
      data: readableJson(message),
    }));
    const statements: Statement[] = [];
    for (let i = 0; i < rows.length; i += MESSAGES_BATCH_SIZE)
      statements.push(
        db
          .insertInto('messages')
          .values(rows.slice(i, i + MESSAGES_BATCH_SIZE))
          .compile(),
      );
    return statements;
  };

  /** The revision must be there, and nobody may remove it while this is written. */
  const revisionStands = (workspaceId: string, agentId: string, revision: number): Statement =>
    sql`select number from revisions where workspace_id = ${workspaceId} and agent_id = ${agentId}
      and number = ${revision} ${sql.raw(ENGINE_FACTS[engine.name].shared)}`.compile(db);

  const filtered = (workspaceId: string, filter: ConversationFilter) => {
    let query = db.selectFrom('conversations').where('workspace_id', '=', workspaceId);
    if (filter.agentId) query = query.where('agent_id', '=', filter.agentId);
    if (filter.status) query = query.where('status', '=', filter.status);
    if (filter.dialect) query = query.where('dialect', '=', filter.dialect);
    if (filter.channel) query = query.where('channel', 'in', someOf(filter.channel));
    if (filter.contactId) query = query.where('contact_id', '=', filter.contactId);
    const { extras } = filter;
    if (extras) query = query.where('extras', extras.not ? 'not like' : 'like', `${extras.begin}%`);
    return query;
  };

  return {
    /** The conversation with its first words; undefined where the revision that it runs on is gone. */
    async create(
      fresh: Omit<Conversation, 'number'>,
      messages: readonly Message[],
      entry: Entry,
    ): Promise<Conversation | undefined> {
      const { workspaceId, id, snapshot } = fresh;
      const insert = db
        .insertInto('conversations')
        .values({
          workspace_id: workspaceId,
          id,
          agent_id: fresh.agentId,
          revision: fresh.revision,
          dialect: fresh.dialect,
          by: fresh.by,
          channel: fresh.channel,
          locale: fresh.locale,
          contact_id: fresh.contactId,
          metadata: JSON.stringify(fresh.metadata),
          extras: JSON.stringify(fresh.extras),
          analysis: null,
          started_at: fresh.startedAt,
          version: fresh.version,
          ...standing(fresh),
        })
        .returning('number');
      const keep = db
        .insertInto('snapshots')
        .values({ workspace_id: workspaceId, conversation_id: id, document: JSON.stringify(snapshot) });
      const statements = [
        revisionStands(workspaceId, fresh.agentId, fresh.revision),
        insert.compile(),
        keep.compile(),
        ...insertMessages(workspaceId, id, messages, 1),
        record(workspaceId, entry),
      ];
      const rows = await engine.write({ statements, guards: 1 });
      return rows ? { ...fresh, number: Number(rows[1]![0]!['number']) } : undefined;
    },

    async facts(workspaceId: string, id: string): Promise<ConversationFacts | undefined> {
      const [row] = await engine.read(byId(workspaceId, id));
      return row && factsOf(row);
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<ConversationFacts[]> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(factsOf);
    },

    async get(workspaceId: string, id: string): Promise<Conversation | undefined> {
      const facts = await this.facts(workspaceId, id);
      return facts && { ...facts, snapshot: await snapshotOf(workspaceId, id) };
    },

    async getByNumber(workspaceId: string, number: number): Promise<Conversation | undefined> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('number', '=', number);
      const [row] = await engine.read(query.compile());
      if (!row) return undefined;
      const facts = factsOf(row);
      return { ...facts, snapshot: await snapshotOf(workspaceId, facts.id) };
    },

    /** The workspace of a conversation that a stranger began; nobody else's is shown to strangers. */
    async publicWorkspace(id: string): Promise<string | undefined> {
      const query = db
        .selectFrom('conversations')
        .select('workspace_id')
        .where('id', '=', id)
        .where('by', '=', 'public');
      const [row] = await engine.read(query.compile());
      return row && String(row['workspace_id']);
    },

    /** Newest first. Numbers count up, also within a millisecond. */
    async list(workspaceId: string, filter: ConversationFilter, page: ConversationPage): Promise<ConversationFacts[]> {
      let query = filtered(workspaceId, filter).selectAll().orderBy('number', 'desc').limit(page.limit);
      if (page.offset) query = query.offset(page.offset);
      if (page.below !== undefined) query = query.where('number', '<', page.below);
      return (await engine.read(query.compile())).map(factsOf);
    },

    async count(workspaceId: string, filter: ConversationFilter): Promise<number> {
      const query = filtered(workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /** In the order they were said: all of them, or a page after a place. */
    async messages(
      workspaceId: string,
      id: string,
      page?: { limit: number; after?: number; offset?: number },
    ): Promise<PlacedMessage[]> {
      if (!page) return (await engine.read(allMessages(workspaceId, id))).map(messageOf);
      let query = db
        .selectFrom('messages')
        .select(['seq', 'data'])
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', id)
        .orderBy('seq')
        .limit(page.limit);
      if (page.after !== undefined) query = query.where('seq', '>', page.after);
      if (page.offset) query = query.offset(page.offset);
      return (await engine.read(query.compile())).map(messageOf);
    },

    /** What both sides said in several conversations, by conversation. */
    async spoken(workspaceId: string, ids: readonly string[]): Promise<Map<string, Message[]>> {
      const query = db
        .selectFrom('messages')
        .select(['conversation_id', 'seq', 'data'])
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', 'in', someOf(ids))
        .where('role', 'in', ['user', 'assistant'])
        .orderBy('conversation_id')
        .orderBy('seq');
      const said = Map.groupBy(await engine.read(query.compile()), (row) => String(row['conversation_id']));
      return new Map([...said].map(([id, rows]) => [id, rows.map(messageOf)]));
    },

    async countMessages(workspaceId: string, id: string, roles?: readonly Message['role'][]): Promise<number> {
      let query = db
        .selectFrom('messages')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', id);
      if (roles) query = query.where('role', 'in', someOf(roles));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /**
     * The next version, with what was said since: only if nobody else was quicker. `from` is the place of the first
     * message. Answers whether it was done.
     */
    async advance(
      before: ConversationFacts,
      next: Advance,
      said: { messages: readonly Message[]; from: number },
      entry?: Entry,
    ): Promise<boolean> {
      const { workspaceId, id, version } = before;
      const update = db
        .updateTable('conversations')
        .set({ ...standing(next), ...endFields(next), version: version + 1 })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .where('version', '=', version);
      const statements = [
        update.compile(),
        ...insertMessages(workspaceId, id, said.messages, said.from),
        ...(entry ? [record(workspaceId, entry)] : []),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Open ones of every workspace in which nothing has happened since a moment, the stillest first. */
    async idleSince(time: string, limit: number): Promise<ConversationFacts[]> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('status', '=', sql.lit('open'))
        .where('last_activity_at', '<', time)
        .orderBy('last_activity_at')
        .limit(limit);
      return (await engine.read(query.compile())).map(factsOf);
    },

    /** What the conversations of some agents come to, those begun in one tongue, by the agents' ids. */
    async tallies(workspaceId: string, agentIds: readonly string[], dialect: string): Promise<Map<string, Tally>> {
      const query = db
        .selectFrom('conversations')
        .select((eb) => ['agent_id', eb.fn.countAll().as('total'), eb.fn.max('started_at').as('last')])
        .select(sql<number | null>`avg(${sql.raw(ENGINE_FACTS[engine.name].lasted)})`.as('average'))
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', 'in', someOf(agentIds))
        .where('dialect', '=', dialect)
        .groupBy('agent_id');
      const rows = await engine.read(query.compile());
      const tallyOf = (row: ResultRow): Tally => ({
        total: Number(row['total']),
        lastStartedAt: String(row['last']),
        averageSeconds: Number(row['average'] ?? 0),
      });
      return new Map(rows.map((row) => [String(row['agent_id']), tallyOf(row)]));
    },

    /** How many open conversations run on this very revision. */
    async holding(workspaceId: string, agentId: string, revision: number): Promise<number> {
      const query = db
        .selectFrom('conversations')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .where('revision', '=', revision)
        .where('status', '=', sql.lit('open'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },
  };
}

const standing = ({ state, usage, lastActivityAt, endedAt }: Advance) => ({
  status: state.status,
  state: JSON.stringify(state),
  usage: JSON.stringify(usage),
  last_activity_at: lastActivityAt,
  ended_at: endedAt,
  end_reason: state.endReason,
  analysis_due: endedAt,
});

/** Said at the beginning, and again only where a tongue says more at the end. */
const endFields = ({ metadata, extras, unjudged }: Advance) => ({
  ...(metadata && { metadata: JSON.stringify(metadata) }),
  ...(extras && { extras: JSON.stringify(extras) }),
  ...(unjudged && { analysis_due: null }),
});

export function factsOf(found: ResultRow): ConversationFacts {
  const row = found as unknown as Omit<ConversationsTable, 'number' | 'analysis_attempts'> & { number: number };
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    number: Number(row.number),
    agentId: row.agent_id,
    revision: Number(row.revision),
    dialect: row.dialect,
    by: row.by,
    channel: row.channel as Channel,
    locale: row.locale,
    contactId: row.contact_id,
    state: JSON.parse(row.state) as ConversationState,
    metadata: JSON.parse(row.metadata) as JsonObject,
    extras: JSON.parse(row.extras) as JsonObject,
    usage: JSON.parse(row.usage) as Usage,
    analysis: row.analysis === null ? null : (JSON.parse(row.analysis) as Analysis),
    startedAt: row.started_at,
    lastActivityAt: row.last_activity_at,
    endedAt: row.ended_at,
    version: Number(row.version),
  };
}

const messageOf = (row: ResultRow): PlacedMessage => ({
  ...(JSON.parse(String(row['data'])) as Message),
  seq: Number(row['seq']),
});
