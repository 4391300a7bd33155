/** Stores conversations with their snapshots. The verbs for messages and for lists are in files of their own. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { inList, prepared, sqlFor } from '../db/sql.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Conversation, ConversationFacts, Message, Snapshot } from './conversation.ts';
import { conversationListStore } from './list-store.ts';
import { messageInserts, messageStore } from './message-store.ts';
import { factsOf } from './rows.ts';

/** Fields that a dialect may set when a conversation ends. */
export interface EndFields {
  metadata?: JsonObject;
  extras?: JsonObject;
  /** The conversation is not analysed after its end. */
  unjudged?: boolean;
}

/** What one write changes about a conversation. */
export interface Advance extends Pick<ConversationFacts, 'state' | 'usage' | 'lastActivityAt' | 'endedAt'>, EndFields {}

export type ConversationStore = ReturnType<typeof conversationStore>;

export const conversationStore = (engine: Engine) => ({
  ...conversationReads(engine),
  ...conversationWrites(engine),
  ...conversationListStore(engine),
  ...messageStore(engine),
});

function conversationReads(engine: Engine) {
  const db = sqlFor(engine);
  const readSnapshot = snapshotReader(engine);
  const byId = prepared<[string, string]>((slot) =>
    db
      .selectFrom('conversations')
      .selectAll()
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1)),
  );

  const facts = async (workspaceId: string, id: string): Promise<ConversationFacts | undefined> => {
    const [row] = await engine.read(byId(workspaceId, id));
    return row && factsOf(row);
  };

  return {
    facts,

    async get(workspaceId: string, id: string): Promise<Conversation | undefined> {
      const found = await facts(workspaceId, id);
      return found && { ...found, snapshot: await readSnapshot(workspaceId, id) };
    },

    async getByNumber(workspaceId: string, number: number): Promise<Conversation | undefined> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('number', '=', number);
      const [row] = await engine.read(query.compile());
      if (!row) return undefined;
      const found = factsOf(row);
      return { ...found, snapshot: await readSnapshot(workspaceId, found.id) };
    },

    /** Ids without a conversation are left out; the order is undefined. */
    async getMany(workspaceId: string, ids: readonly string[]): Promise<ConversationFacts[]> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(factsOf);
    },

    /** The workspace of a conversation that a client without a key started; undefined for any other. */
    async publicWorkspace(id: string): Promise<string | undefined> {
      const query = db
        .selectFrom('conversations')
        .select('workspace_id')
        .where('id', '=', id)
        .where('by', '=', 'public');
      const [row] = await engine.read(query.compile());
      return row && String(row['workspace_id']);
    },
  };
}

const SNAPSHOT_CACHE_SIZE = 200;

/** Snapshots are cached: every turn needs one, and they never change. */
function snapshotReader(engine: Engine): (workspaceId: string, id: string) => Promise<Snapshot> {
  const db = sqlFor(engine);
  const cache = new Map<string, Snapshot>();
  return async (workspaceId, id) => {
    const cached = cache.get(id);
    if (cached) return cached;
    const query = db
      .selectFrom('snapshots')
      .select('document')
      .where('workspace_id', '=', workspaceId)
      .where('conversation_id', '=', id);
    const [row] = await engine.read(query.compile());
    const snapshot = JSON.parse(String(row!['document'])) as Snapshot;
    if (cache.size >= SNAPSHOT_CACHE_SIZE) cache.clear();
    cache.set(id, snapshot);
    return snapshot;
  };
}

function conversationWrites(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  /** A guard: the revision exists, and no other transaction can remove it before this one commits. */
  const lockRevision = ({ workspaceId, agentId, revision }: Omit<Conversation, 'number'>): Statement =>
    sql`select number from revisions where workspace_id = ${workspaceId} and agent_id = ${agentId}
      and number = ${revision} ${sql.raw(ENGINE_FACTS[engine.name].forShare)}`.compile(db);

  return {
    /** Stores a new conversation with its first messages; undefined where its revision no longer exists. */
    async create(
      draft: Omit<Conversation, 'number'>,
      messages: readonly Message[],
      entry: Entry,
    ): Promise<Conversation | undefined> {
      const { workspaceId, id, snapshot } = draft;
      const insert = db.insertInto('conversations').values(columnsOf(draft)).returning('number');
      const insertSnapshot = db
        .insertInto('snapshots')
        .values({ workspace_id: workspaceId, conversation_id: id, document: JSON.stringify(snapshot) });
      const statements = [
        lockRevision(draft),
        insert.compile(),
        insertSnapshot.compile(),
        ...messageInserts(engine, workspaceId, id, messages, 1),
        record(workspaceId, entry),
      ];
      const rows = await engine.write({ statements, guards: 1 });
      return rows ? { ...draft, number: Number(rows[1]![0]!['number']) } : undefined;
    },

    /**
     * Writes the next version together with the messages added, the first of them at the place `from`. Answers false
     * and writes nothing where another request has written first.
     */
    async advance(
      before: ConversationFacts,
      next: Advance,
      added: { messages: readonly Message[]; from: number },
      entry?: Entry,
    ): Promise<boolean> {
      const { workspaceId, id, version } = before;
      const update = db
        .updateTable('conversations')
        .set({ ...stateColumns(next), ...endColumns(next), version: version + 1 })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .where('version', '=', version);
      const statements = [
        update.compile(),
        ...messageInserts(engine, workspaceId, id, added.messages, added.from),
        ...(entry ? [record(workspaceId, entry)] : []),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}

const columnsOf = (draft: Omit<Conversation, 'number'>) => ({
  workspace_id: draft.workspaceId,
  id: draft.id,
  agent_id: draft.agentId,
  revision: draft.revision,
  dialect: draft.dialect,
  by: draft.by,
  channel: draft.channel,
  locale: draft.locale,
  contact_id: draft.contactId,
  metadata: JSON.stringify(draft.metadata),
  extras: JSON.stringify(draft.extras),
  analysis: null,
  started_at: draft.startedAt,
  version: draft.version,
  ...stateColumns(draft),
});

const stateColumns = ({ state, usage, lastActivityAt, endedAt }: Advance) => ({
  status: state.status,
  state: JSON.stringify(state),
  usage: JSON.stringify(usage),
  last_activity_at: lastActivityAt,
  ended_at: endedAt,
  end_reason: state.endReason,
  analysis_due: endedAt,
});

const endColumns = ({ metadata, extras, unjudged }: EndFields) => ({
  ...(metadata && { metadata: JSON.stringify(metadata) }),
  ...(extras && { extras: JSON.stringify(extras) }),
  ...(unjudged && { analysis_due: null }),
});
