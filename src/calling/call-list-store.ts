/** Lists, counts and totals of calls by filter. */

import { ENGINE_FACTS, type Engine } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { contains, inList, type Sql, sqlFor, totalOf } from '../db/sql.ts';
import type { Call, CallStatus } from './call.ts';
import { callOf } from './call-rows.ts';

export interface CallFilter {
  agentId?: string;
  campaignId?: string;
  contactId?: string;
  /** The contact's number. */
  phone?: string;
  direction?: Call['direction'];
  dialect?: string;
  status?: readonly CallStatus[];
  outcome?: string;
  sentiment?: string;
  hasTranscript?: boolean;
  /** Waiting calls that are due after this moment, ISO 8601. */
  dueAfter?: string;
  /** All other calls: due by this moment, due at no set time, or not waiting. */
  dueBy?: string;
  /** Whether an attempt was ever answered. */
  answered?: boolean;
  minDurationSeconds?: number;
  maxDurationSeconds?: number;
  /** Created at or after this moment. */
  since?: string;
  /** Created before this moment. */
  until?: string;
  /** Started at or after this moment. See `STARTED_AT`. */
  startedSince?: string;
  /** Started before this moment. */
  startedUntil?: string;
  /** Whether an attempt was ever reserved. */
  attempted?: boolean;
  externalReference?: string;
  /** Text of a user's or agent's message in the call. */
  search?: string;
  /** A tag that the analysis of the call applied. */
  tag?: string;
  /** Whether the client withdrew the call. */
  withdrawn?: boolean;
}

/**
 * When a call started: at its answer, at its arrival, or else at its end. An index has exactly this expression.
 */
const STARTED_AT = "coalesce(answered_at, case direction when 'inbound' then created_at end, ended_at, created_at)";

const CALL_ORDERS = {
  createdAt: 'counter',
  started: STARTED_AT,
  duration: 'duration_seconds',
  sentiment: 'sentiment',
} as const;

export interface CallPage {
  limit: number;
  offset?: number;
  /** Default: `createdAt`. */
  by?: keyof typeof CALL_ORDERS;
  /** Default: `desc`. */
  direction?: 'asc' | 'desc';
  /** Continue below this counter; only for the default order. */
  below?: number;
}

export interface CallTotals {
  total: number;
  completed: number;
  /** The average duration of the connected calls; 0 where there is none. */
  averageSeconds: number;
}

export interface ContactCallCounts {
  calls: number;
  /** Calls whose conversation has an analysis. */
  analysed: number;
}

export interface CallListStore {
  list(workspaceId: string, filter: CallFilter, page: CallPage): Promise<Call[]>;
  count(workspaceId: string, filter: CallFilter): Promise<number>;
  totals(workspaceId: string, filter: CallFilter): Promise<CallTotals>;
  /** Answers a lookup by contact id. */
  countsByContact(
    workspaceId: string,
    filter: CallFilter,
    contactIds: readonly string[],
  ): Promise<(contactId: string) => ContactCallCounts>;
}

export function callListStore(engine: Engine): CallListStore {
  const db = sqlFor(engine);
  const { messageText, tagsFound } = ENGINE_FACTS[engine.name];
  const filtered = (workspaceId: string, { search, tag, ...filter }: CallFilter): CallQuery => {
    let query = whereFields(db.selectFrom('calls').where('workspace_id', '=', workspaceId), filter);
    if (tag !== undefined) query = whereTag(query, tag, tagsFound);
    if (search) query = whereMessage(query, search, messageText);
    return query;
  };

  return {
    async list(workspaceId, filter, page) {
      const { by = 'createdAt', direction = 'desc', limit, offset, below } = page;
      let query = filtered(workspaceId, filter).selectAll();
      // Only durations and sentiments can be null; an index serves the other two orders.
      if (by !== 'createdAt' && by !== 'started')
        query = query.orderBy(sql.raw(`${CALL_ORDERS[by]} is null`)).orderBy(sql.raw(CALL_ORDERS[by]), direction);
      if (by === 'started') query = query.orderBy(sql.raw(STARTED_AT), direction);
      query = query.orderBy('counter', direction).limit(limit);
      if (offset) query = query.offset(offset);
      if (below !== undefined) query = query.where('counter', '<', below);
      return (await engine.read(query.compile())).map(callOf);
    },

    async count(workspaceId, filter) {
      const query = filtered(workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      return totalOf(await engine.read(query.compile()));
    },

    async totals(workspaceId, filter) {
      const query = filtered(workspaceId, filter).select((eb) => [
        eb.fn.countAll().as('total'),
        eb.fn.count(eb.case().when('status', '=', sql.lit('completed')).then(sql.lit(1)).end()).as('completed'),
        eb.fn.avg<number | null>('duration_seconds').as('average'),
      ]);
      const [row] = await engine.read(query.compile());
      return {
        total: Number(row?.['total'] ?? 0),
        completed: Number(row?.['completed'] ?? 0),
        averageSeconds: Number(row?.['average'] ?? 0),
      };
    },

    async countsByContact(workspaceId, filter, contactIds) {
      const all = filtered(workspaceId, filter).where('contact_id', 'in', inList(contactIds));
      const [calls, analysed] = await Promise.all(
        [all, whereAnalysed(all)].map(async (query) => {
          const byContact = query.groupBy('contact_id').select((eb) => ['contact_id', eb.fn.countAll().as('total')]);
          const rows = await engine.read(byContact.compile());
          return new Map(rows.map((row) => [String(row['contact_id']), Number(row['total'])]));
        }),
      );
      return (id) => ({ calls: calls?.get(id) ?? 0, analysed: analysed?.get(id) ?? 0 });
    },
  };
}

type CallQuery = ReturnType<typeof selectCalls>;
const selectCalls = (db: Sql) => db.selectFrom('calls');

function whereFields(calls: CallQuery, filter: Omit<CallFilter, 'search' | 'tag'>): CallQuery {
  let query = calls;
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
  if (filter.status) query = query.where('status', 'in', inList(filter.status));
  const { dueAfter, dueBy } = filter;
  if (dueAfter !== undefined) query = query.where('status', '=', 'waiting').where('due_at', '>', dueAfter);
  if (dueBy !== undefined)
    query = query.where((eb) =>
      eb.or([eb('due_at', 'is', null), eb('due_at', '<=', dueBy), eb('status', '<>', 'waiting')]),
    );
  if (filter.hasTranscript !== undefined) query = query.where('has_transcript', '=', filter.hasTranscript ? 1 : 0);
  if (filter.answered !== undefined) query = query.where('answered_at', filter.answered ? 'is not' : 'is', null);
  if (filter.minDurationSeconds !== undefined) query = query.where('duration_seconds', '>=', filter.minDurationSeconds);
  if (filter.maxDurationSeconds !== undefined) query = query.where('duration_seconds', '<=', filter.maxDurationSeconds);
  if (filter.since !== undefined) query = query.where('created_at', '>=', filter.since);
  if (filter.until !== undefined) query = query.where('created_at', '<', filter.until);
  if (filter.startedSince !== undefined) query = query.where(sql.raw(STARTED_AT), '>=', filter.startedSince);
  if (filter.startedUntil !== undefined) query = query.where(sql.raw(STARTED_AT), '<', filter.startedUntil);
  if (filter.attempted !== undefined) query = query.where('attempts', filter.attempted ? '>' : '=', 0);
  // The column contains no text that a client could have written, so its JSON can be searched as text.
  if (filter.withdrawn !== undefined)
    query = query.where('progress', filter.withdrawn ? 'like' : 'not like', '%"withdrawn":true%');
  return query;
}

const whereTag = (query: CallQuery, tag: string, tagsFound: string): CallQuery =>
  query.where(({ exists, selectFrom }) =>
    exists(
      selectFrom('conversations')
        .select('conversations.id')
        .whereRef('conversations.workspace_id', '=', 'calls.workspace_id')
        .whereRef('conversations.id', '=', 'calls.conversation_id')
        .where(sql<boolean>`exists (select 1 from ${sql.raw(tagsFound)} where found.value = ${tag})`),
    ),
  );

const whereMessage = (query: CallQuery, search: string, messageText: string): CallQuery =>
  query.where(({ exists, selectFrom }) =>
    exists(
      selectFrom('messages')
        .select('messages.seq')
        .whereRef('messages.workspace_id', '=', 'calls.workspace_id')
        .whereRef('messages.conversation_id', '=', 'calls.conversation_id')
        .where('messages.role', 'in', ['user', 'assistant'])
        .where(contains(sql.raw(`lower(${messageText})`), search)),
    ),
  );

const whereAnalysed = (query: CallQuery): CallQuery =>
  query.where(({ exists, selectFrom }) =>
    exists(
      selectFrom('conversations')
        .select('conversations.id')
        .whereRef('conversations.workspace_id', '=', 'calls.workspace_id')
        .whereRef('conversations.id', '=', 'calls.conversation_id')
        .where('conversations.analysis', 'is not', null),
    ),
  );
