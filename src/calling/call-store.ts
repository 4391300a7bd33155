/** Calls and the attempts at them, as they are asked for and read. What dialling does to them is in dialling.ts. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { holds, someOf, sqlFor } from '../db/sql.ts';
import type { Call, CallAttempt, CallStatus, DoNotCallEntry } from './call.ts';
import { attemptOf, callColumns, callOf, standing } from './call-rows.ts';

export interface CallFilter {
  agentId?: string;
  campaignId?: string;
  contactId?: string;
  /** The other side's number. */
  phone?: string;
  direction?: Call['direction'];
  dialect?: string;
  status?: readonly CallStatus[];
  outcome?: string;
  sentiment?: string;
  hasTranscript?: boolean;
  /** Waiting, and to be looked at after this moment, or by then and whenever somebody says so. */
  dueAfter?: string;
  dueBy?: string;
  /** Whether it was ever answered. */
  answered?: boolean;
  minDurationSeconds?: number;
  maxDurationSeconds?: number;
  /** Made at or after, and before. */
  since?: string;
  until?: string;
  /** Begun at or after, and before: answered, else come in, else over. */
  begunSince?: string;
  begunUntil?: string;
  /** Whether a telephone ever rang for it, or was to. */
  attempted?: boolean;
  externalReference?: string;
  /** Words that were said in it. */
  search?: string;
  /** A tag that was found to fit what was said in it. */
  tag?: string;
  /** Whether whoever asked for it has taken it back. */
  withdrawn?: boolean;
}

/** Of a call that was made and never answered no other beginning is kept than its end. An index has exactly this. */
const BEGUN = "coalesce(answered_at, case direction when 'inbound' then created_at end, ended_at, created_at)";

export const CALL_ORDERS = {
  createdAt: 'counter',
  begun: BEGUN,
  duration: 'duration_seconds',
  sentiment: 'sentiment',
} as const;

export interface CallPage {
  limit: number;
  offset?: number;
  by?: keyof typeof CALL_ORDERS;
  direction?: 'asc' | 'desc';
  /** Continue below this counter, newest first. */
  below?: number;
}

export interface CallTotals {
  total: number;
  completed: number;
  /** Of those that were talked; 0 where none was. */
  averageSeconds: number;
}

/** Rows that one insert carries: both engines count parameters. */
const ROWS = 300;

export type CallStore = ReturnType<typeof callStore>;

export function callStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { messageText, tagsFound } = ENGINE_FACTS[engine.name];

  const filtered = (workspaceId: string, filter: CallFilter) => {
    let query = db.selectFrom('calls').where('workspace_id', '=', workspaceId);
    const equal = {
      agent_id: filter.agentId,
      campaign_id: filter.campaignId,
      contact_id: filter.contactId,
      phone: filter.phone,
      direction: filter.direction,
      dialect: filter.dialect,
      outcome: filter.outcome,
      sentiment: filter.sentiment,
      external_reference: filter.externalReference,
    } as const;
    for (const [column, value] of Object.entries(equal))
      if (value !== undefined) query = query.where(column as keyof typeof equal, '=', value);
    if (filter.status) query = query.where('status', 'in', someOf(filter.status));
    const { dueAfter, dueBy } = filter;
    if (dueAfter !== undefined) query = query.where('status', '=', 'waiting').where('due_at', '>', dueAfter);
    if (dueBy !== undefined)
      query = query.where((eb) =>
        eb.or([eb('due_at', 'is', null), eb('due_at', '<=', dueBy), eb('status', '<>', 'waiting')]),
      );
    if (filter.hasTranscript !== undefined) query = query.where('has_transcript', '=', filter.hasTranscript ? 1 : 0);
    if (filter.answered !== undefined) query = query.where('answered_at', filter.answered ? 'is not' : 'is', null);
    if (filter.minDurationSeconds !== undefined)
      query = query.where('duration_seconds', '>=', filter.minDurationSeconds);
    if (filter.maxDurationSeconds !== undefined)
      query = query.where('duration_seconds', '<=', filter.maxDurationSeconds);
    if (filter.since !== undefined) query = query.where('created_at', '>=', filter.since);
    if (filter.until !== undefined) query = query.where('created_at', '<', filter.until);
    if (filter.begunSince !== undefined) query = query.where(sql.raw(BEGUN), '>=', filter.begunSince);
    if (filter.begunUntil !== undefined) query = query.where(sql.raw(BEGUN), '<', filter.begunUntil);
    if (filter.attempted !== undefined) query = query.where('attempts', filter.attempted ? '>' : '=', 0);
    if (filter.withdrawn !== undefined)
      // Nothing that people write is kept in there, so the text of it says enough.
      query = query.where('progress', filter.withdrawn ? 'like' : 'not like', '%"withdrawn":true%');
    const { search, tag } = filter;
    if (tag !== undefined)
      query = query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('conversations')
            .select('conversations.id')
            .whereRef('conversations.workspace_id', '=', 'calls.workspace_id')
            .whereRef('conversations.id', '=', 'calls.conversation_id')
            .where(sql<boolean>`exists (select 1 from ${sql.raw(tagsFound)} where found.value = ${tag})`),
        ),
      );
    if (search)
      query = query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('messages')
            .select('messages.seq')
            .whereRef('messages.workspace_id', '=', 'calls.workspace_id')
            .whereRef('messages.conversation_id', '=', 'calls.conversation_id')
            .where('messages.role', 'in', ['user', 'assistant'])
            .where(holds(sql.raw(`lower(${messageText})`), search)),
        ),
      );
    return query;
  };

  const insertions = (calls: readonly Omit<Call, 'counter'>[]): Statement[] => {
    const statements: Statement[] = [];
    for (let i = 0; i < calls.length; i += ROWS)
      statements.push(
        db
          .insertInto('calls')
          .values(calls.slice(i, i + ROWS).map(callColumns))
          .compile(),
      );
    return statements;
  };

  return {
    /** What puts calls in, for the transaction that they belong to. */
    insertions,

    /** `besides` is what comes to be with it: a contact. */
    async add(fresh: Omit<Call, 'counter'>, entry: Entry, extra: readonly Statement[] = []): Promise<Call> {
      const insert = db.insertInto('calls').values(callColumns(fresh)).returning('counter');
      const statements = [insert.compile(), ...extra, record(fresh.workspaceId, entry)];
      const rows = await engine.write({ statements });
      return { ...fresh, counter: Number(rows![0]![0]!['counter']) };
    },

    /** Whether any workspace has one of this tongue: for those that tell "foreign" from "missing". By the key of each. */
    async exists(id: string, dialect: string): Promise<boolean> {
      const everywhere = db.selectFrom('workspaces').select('id');
      const query = db.selectFrom('calls').select('id').where('workspace_id', 'in', everywhere).where('id', '=', id);
      return (await engine.read(query.where('dialect', '=', dialect).limit(1).compile())).length > 0;
    },

    async get(workspaceId: string, id: string): Promise<Call | undefined> {
      return (await this.getMany(workspaceId, [id]))[0];
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<Call[]> {
      const query = db
        .selectFrom('calls')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(callOf);
    },

    async ofConversations(workspaceId: string, ids: readonly string[]): Promise<Call[]> {
      const query = db
        .selectFrom('calls')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(callOf);
    },

    /** Newest first, unless said. */
    async list(workspaceId: string, filter: CallFilter, page: CallPage): Promise<Call[]> {
      const { by = 'createdAt', direction = 'desc', limit, offset, below } = page;
      let query = filtered(workspaceId, filter).selectAll();
      // These two are never absent; an index has them in their order.
      if (by !== 'createdAt' && by !== 'begun')
        query = query.orderBy(sql.raw(`${CALL_ORDERS[by]} is null`)).orderBy(sql.raw(CALL_ORDERS[by]), direction);
      if (by === 'begun') query = query.orderBy(sql.raw(BEGUN), direction);
      query = query.orderBy('counter', direction).limit(limit);
      if (offset) query = query.offset(offset);
      if (below !== undefined) query = query.where('counter', '<', below);
      return (await engine.read(query.compile())).map(callOf);
    },

    async count(workspaceId: string, filter: CallFilter): Promise<number> {
      const query = filtered(workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /** How many there are, how many of them were talked, and for how long on average. */
    async totals(workspaceId: string, filter: CallFilter): Promise<CallTotals> {
      const talked = sql.lit('completed');
      const query = filtered(workspaceId, filter).select((eb) => [
        eb.fn.countAll().as('total'),
        eb.fn.count(eb.case().when('status', '=', talked).then(sql.lit(1)).end()).as('completed'),
        eb.fn.avg<number | null>('duration_seconds').as('average'),
      ]);
      const [row] = await engine.read(query.compile());
      return {
        total: Number(row?.['total'] ?? 0),
        completed: Number(row?.['completed'] ?? 0),
        averageSeconds: Number(row?.['average'] ?? 0),
      };
    },

    /** How many each of these contacts has had, and how many of them have been looked back at. */
    async withContacts(workspaceId: string, filter: CallFilter, contactIds: readonly string[]) {
      const all = filtered(workspaceId, filter).where('contact_id', 'in', someOf(contactIds));
      const analysed = all.where((eb) =>
        eb.exists(
          eb
            .selectFrom('conversations')
            .select('conversations.id')
            .whereRef('conversations.workspace_id', '=', 'calls.workspace_id')
            .whereRef('conversations.id', '=', 'calls.conversation_id')
            .where('conversations.analysis', 'is not', null),
        ),
      );
      const [counts, seen] = await Promise.all(
        [all, analysed].map(async (query) => {
          const each = query.groupBy('contact_id').select((eb) => ['contact_id', eb.fn.countAll().as('total')]);
          const rows = await engine.read(each.compile());
          return new Map(rows.map((row) => [String(row['contact_id']), Number(row['total'])]));
        }),
      );
      return (id: string) => ({ calls: counts?.get(id) ?? 0, analysed: seen?.get(id) ?? 0 });
    },

    /** Everybody that a campaign calls, by their numbers. */
    async phonesOf(workspaceId: string, campaignId: string): Promise<string[]> {
      const query = db
        .selectFrom('calls')
        .select('phone')
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', '=', campaignId);
      return (await engine.read(query.compile())).map((row) => String(row['phone']));
    },

    /** Those of several calls, by call, in the order they were made. */
    async attempts(workspaceId: string, callIds: readonly string[]): Promise<Map<string, CallAttempt[]>> {
      const query = db
        .selectFrom('call_attempts')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('call_id', 'in', someOf(callIds))
        .orderBy('call_id')
        .orderBy('number');
      return Map.groupBy((await engine.read(query.compile())).map(attemptOf), ({ callId }) => callId);
    },

    /** Keeps a call as it is now to be: only if nobody else was quicker. */
    async change(before: Call, after: Call, entry?: Entry): Promise<boolean> {
      const update = db
        .updateTable('calls')
        .set({ ...standing(after), version: before.version + 1 })
        .where('workspace_id', '=', before.workspaceId)
        .where('id', '=', before.id)
        .where('version', '=', before.version);
      const statements = [update.compile(), ...(entry ? [record(before.workspaceId, entry)] : [])];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** How many of an agent's calls are being talked, or ring. */
    async live(workspaceId: string, agentId: string): Promise<number> {
      return this.count(workspaceId, { agentId, status: ['dialing', 'in_progress'] });
    },

    /**
     * The agent whose own number this is; of several, the first that said so. Anybody can say so: a number that some
     * workspaces have among theirs is not answered by the agents of others.
     */
    async answering(phone: string): Promise<{ workspaceId: string; agentId: string } | undefined> {
      const holders = db.selectFrom('phone_numbers').select('workspace_id').where('number', '=', phone);
      const query = db
        .selectFrom('agent_numbers')
        .selectAll()
        .where('phone', '=', phone)
        .where((eb) => eb.or([eb('workspace_id', 'in', holders), eb.not(eb.exists(holders))]))
        .orderBy('since')
        .orderBy('agent_id')
        .limit(1);
      const [row] = await engine.read(query.compile());
      return row && { workspaceId: String(row['workspace_id']), agentId: String(row['agent_id']) };
    },

    /** Keeps which numbers these agents answer by their own documents, and since when; an absent one answers none. */
    follow(workspaceId: string, agentIds: readonly string[], numbers: ReadonlyMap<string, string>, at: string) {
      const silent = agentIds.filter((id) => !numbers.has(id));
      const forget = db
        .deleteFrom('agent_numbers')
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', 'in', someOf(silent));
      const rows = [...numbers].map(([agent_id, phone]) => ({ workspace_id: workspaceId, agent_id, phone, since: at }));
      const since = sql<string>`case when agent_numbers.phone = excluded.phone then agent_numbers.since
        else excluded.since end`;
      const keep = () =>
        db
          .insertInto('agent_numbers')
          .values(rows)
          .onConflict((one) =>
            one.columns(['workspace_id', 'agent_id']).doUpdateSet({ since, phone: sql<string>`excluded.phone` }),
          );
      return [...(silent.length > 0 ? [forget.compile()] : []), ...(rows.length > 0 ? [keep().compile()] : [])];
    },

    /** What makes waiting calls be thought about again, because the rules have changed; of one agent, or of all. */
    reconsider(workspaceId: string, at: string, agentIds?: readonly string[]): Statement {
      let update = db
        .updateTable('calls')
        .set({ due_at: at })
        .where('workspace_id', '=', workspaceId)
        .where('status', '=', 'waiting')
        .where('due_at', '>', at);
      if (agentIds) update = update.where('agent_id', 'in', someOf(agentIds));
      return update.compile();
    },

    doNotCall: {
      async getMany(workspaceId: string, phones: readonly string[]): Promise<DoNotCallEntry[]> {
        const query = db
          .selectFrom('do_not_call')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('phone', 'in', someOf(phones));
        return (await engine.read(query.compile())).map(doNotCallEntryOf);
      },

      /** By their numbers, from the one after `after`. */
      async list(workspaceId: string, limit: number, after = ''): Promise<DoNotCallEntry[]> {
        const query = db
          .selectFrom('do_not_call')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('phone', '>', after)
          .orderBy('phone')
          .limit(limit);
        return (await engine.read(query.compile())).map(doNotCallEntryOf);
      },

      /** Those that are there already stay as they are. */
      async add(workspaceId: string, doNotCall: readonly DoNotCallEntry[], entry: Entry): Promise<void> {
        const statements: Statement[] = [];
        for (let i = 0; i < doNotCall.length; i += ROWS)
          statements.push(
            db
              .insertInto('do_not_call')
              .values(
                doNotCall
                  .slice(i, i + ROWS)
                  .map(({ phone, reason, at, by }) => ({ workspace_id: workspaceId, phone, reason, at, by })),
              )
              .onConflict((conflict) => conflict.columns(['workspace_id', 'phone']).doNothing())
              .compile(),
          );
        await engine.write({ statements: [...statements, record(workspaceId, entry)] });
      },

      async remove(workspaceId: string, phone: string, entry: Entry): Promise<boolean> {
        const remove = db.deleteFrom('do_not_call').where('workspace_id', '=', workspaceId).where('phone', '=', phone);
        const statements = [remove.compile(), record(workspaceId, entry)];
        return (await engine.write({ statements, guards: 1 })) !== null;
      },
    },
  };
}

const doNotCallEntryOf = (row: Record<string, unknown>): DoNotCallEntry => ({
  workspaceId: String(row['workspace_id']),
  phone: String(row['phone']),
  reason: row['reason'] as string | null,
  at: String(row['at']),
  by: String(row['by']),
});
