/** Calls and their attempts as rows. `dial-queue-store.ts` has the writes that the dialer makes. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { guardsHeld, inList, type Sql, sqlFor } from '../db/sql.ts';
import type { Call, CallAttempt } from './call.ts';
import { type CallListStore, callListStore } from './call-list-store.ts';
import { attemptOf, callColumns, callOf, mutableCallColumns } from './call-rows.ts';

export interface CallStore extends CallListStore {
  /** The statements that insert calls, for the transaction that creates what they belong to. */
  insertions(calls: readonly Omit<Call, 'counter'>[]): Statement[];
  /** Inserts a call; `extra` is written in the same transaction. */
  add(fresh: Omit<Call, 'counter'>, entry: Entry, extra?: readonly Statement[]): Promise<Call>;
  /** Whether any workspace has a call with this id that was placed in this dialect. */
  exists(id: string, dialect: string): Promise<boolean>;
  get(workspaceId: string, id: string): Promise<Call | undefined>;
  getMany(workspaceId: string, ids: readonly string[]): Promise<Call[]>;
  ofConversations(workspaceId: string, ids: readonly string[]): Promise<Call[]>;
  /** The numbers that a campaign calls. */
  phonesOf(workspaceId: string, campaignId: string): Promise<string[]>;
  /** The attempts of several calls by call id, in the order they were made. */
  attempts(workspaceId: string, callIds: readonly string[]): Promise<Map<string, CallAttempt[]>>;
  /** Writes a call unless it has changed since `before` was read; answers whether it was written. */
  change(before: Call, after: Call, entry?: Entry): Promise<boolean>;
  /**
   * The agent whose document claims this number; of several, the earliest. A claim is not proof of ownership: if some
   * workspaces own the number, only their agents answer it.
   */
  findAnsweringAgent(phone: string): Promise<{ workspaceId: string; agentId: string } | undefined>;
  /** The statements that store which numbers these agents claim; an agent missing from `numbers` claims none. */
  setAgentNumbers(
    workspaceId: string,
    agentIds: readonly string[],
    numbers: ReadonlyMap<string, string>,
    at: string,
  ): Statement[];
  /** The statement that makes waiting calls due at `at`, after a rule has changed; of some agents, or of all. */
  makeDue(workspaceId: string, at: string, agentIds?: readonly string[]): Statement;
}

/** Rows per insert: both engines limit the parameters of a statement. */
const INSERT_BATCH_SIZE = 300;

export function callStore(engine: Engine): CallStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const selectCalls = (workspaceId: string) =>
    db.selectFrom('calls').selectAll().where('workspace_id', '=', workspaceId);
  const getMany = async (workspaceId: string, ids: readonly string[]): Promise<Call[]> => {
    const query = selectCalls(workspaceId).where('id', 'in', inList(ids));
    return (await engine.read(query.compile())).map(callOf);
  };

  return {
    ...callListStore(engine),
    getMany,
    insertions: (calls) => insertCalls(db, calls),
    setAgentNumbers: (...claims) => followNumbers(db, ...claims),
    makeDue: (...change) => makeDue(db, ...change),

    async add(fresh, entry, extra = []) {
      const insert = db.insertInto('calls').values(callColumns(fresh)).returning('counter');
      const statements = [insert.compile(), ...extra, record(fresh.workspaceId, entry)];
      const rows = await engine.write({ statements });
      return { ...fresh, counter: Number(rows![0]![0]!['counter']) };
    },

    async exists(id, dialect) {
      // Naming every workspace lets the query use the primary key, which begins with the workspace.
      const everywhere = db.selectFrom('workspaces').select('id');
      const query = db.selectFrom('calls').select('id').where('workspace_id', 'in', everywhere).where('id', '=', id);
      return (await engine.read(query.where('dialect', '=', dialect).limit(1).compile())).length > 0;
    },

    async get(workspaceId, id) {
      return (await getMany(workspaceId, [id]))[0];
    },

    async ofConversations(workspaceId, ids) {
      const query = selectCalls(workspaceId).where('conversation_id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(callOf);
    },

    async phonesOf(workspaceId, campaignId) {
      const query = db
        .selectFrom('calls')
        .select('phone')
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', '=', campaignId);
      return (await engine.read(query.compile())).map((row) => String(row['phone']));
    },

    async attempts(workspaceId, callIds) {
      const query = db
        .selectFrom('call_attempts')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('call_id', 'in', inList(callIds))
        .orderBy('call_id')
        .orderBy('number');
      return Map.groupBy((await engine.read(query.compile())).map(attemptOf), ({ callId }) => callId);
    },

    async change(before, after, entry) {
      const update = db
        .updateTable('calls')
        .set({ ...mutableCallColumns(after), version: before.version + 1 })
        .where('workspace_id', '=', before.workspaceId)
        .where('id', '=', before.id)
        .where('version', '=', before.version);
      const statements = [update.compile(), ...(entry ? [record(before.workspaceId, entry)] : [])];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },

    async findAnsweringAgent(phone) {
      const [row] = await engine.read(claimsOf(db, phone).limit(1).compile());
      return row && { workspaceId: String(row['workspace_id']), agentId: String(row['agent_id']) };
    },
  };
}

function insertCalls(db: Sql, calls: readonly Omit<Call, 'counter'>[]): Statement[] {
  const statements: Statement[] = [];
  for (let i = 0; i < calls.length; i += INSERT_BATCH_SIZE) {
    const rows = calls.slice(i, i + INSERT_BATCH_SIZE).map(callColumns);
    statements.push(db.insertInto('calls').values(rows).compile());
  }
  return statements;
}

/** The agents that claim a number, earliest first. */
function claimsOf(db: Sql, phone: string) {
  const owners = db.selectFrom('phone_numbers').select('workspace_id').where('number', '=', phone);
  return db
    .selectFrom('agent_numbers')
    .selectAll()
    .where('phone', '=', phone)
    .where((eb) => eb.or([eb('workspace_id', 'in', owners), eb.not(eb.exists(owners))]))
    .orderBy('since')
    .orderBy('agent_id');
}

function followNumbers(
  db: Sql,
  workspaceId: string,
  agentIds: readonly string[],
  numbers: ReadonlyMap<string, string>,
  at: string,
): Statement[] {
  const unclaimed = agentIds.filter((id) => !numbers.has(id));
  const remove = db
    .deleteFrom('agent_numbers')
    .where('workspace_id', '=', workspaceId)
    .where('agent_id', 'in', inList(unclaimed));
  const rows = [...numbers].map(([agent_id, phone]) => ({ workspace_id: workspaceId, agent_id, phone, since: at }));
  const since = sql<string>`case when agent_numbers.phone = excluded.phone then agent_numbers.since
        else excluded.since end`;
  const insert = () =>
    db
      .insertInto('agent_numbers')
      .values(rows)
      .onConflict((one) =>
        one.columns(['workspace_id', 'agent_id']).doUpdateSet({ since, phone: sql<string>`excluded.phone` }),
      );
  return [...(unclaimed.length > 0 ? [remove.compile()] : []), ...(rows.length > 0 ? [insert().compile()] : [])];
}

function makeDue(db: Sql, workspaceId: string, at: string, agentIds?: readonly string[]): Statement {
  let update = db
    .updateTable('calls')
    .set({ due_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('status', '=', 'waiting')
    .where('due_at', '>', at);
  if (agentIds) update = update.where('agent_id', 'in', inList(agentIds));
  return update.compile();
}
