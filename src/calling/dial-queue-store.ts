/**
 * What the dialer does to calls: claim what is due, reserve an attempt before it is dialed, and store its result. Every
 * step is one guarded write, so a crash between two steps neither loses a call nor repeats one.
 */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { guardsHeld, prepared, type Sql, sqlFor } from '../db/sql.ts';
import type { Call, CallAttempt } from './call.ts';
import { attemptColumns, callColumns, callOf, mutableAttemptColumns, mutableCallColumns } from './call-rows.ts';
import { capacityStatements, type FreeCapacity } from './capacity-store.ts';

/** Campaigns that one claim looks at. */
const CAMPAIGNS_BATCH_SIZE = 100;
/** The lines assumed for a workspace without a row; its first reservation stores the real limit. */
const FIRST_LINES = 10;

export interface DialQueueStore {
  /** When the next call of any workspace is due; undefined where none is. */
  nextDue(): Promise<string | undefined>;
  /**
   * Claims due calls of all workspaces until `leaseEnd`, by priority. It claims no more than the free lines of each
   * workspace and the free places of each campaign. Calls under way whose node has let its lease expire are included.
   */
  claim(at: string, leaseEnd: string, limit: number): Promise<Call[]>;
  /** Stores when claimed calls that are not dialed now are due again. Calls that have changed since are left alone. */
  putBack(changes: readonly { before: Call; after: Call; entry?: Entry }[]): Promise<void>;
  /**
   * Reserves an attempt before the carrier dials. Answers false unless the call is unchanged, its number has no
   * do-not-call entry, a line and a place in the campaign are free, and the caller number is below its daily limit.
   * Throws `AlreadyThere` where another call to the same phone is under way.
   */
  reserve(before: Call, after: Call, attempt: CallAttempt, capacity: FreeCapacity): Promise<boolean>;
  /** Inserts an inbound call with its only attempt; undefined where every line is taken. */
  addInbound(
    fresh: Omit<Call, 'counter'>,
    attempt: CallAttempt,
    lines: number,
    entry: Entry,
  ): Promise<Call | undefined>;
  /** Stores that the contact answered. */
  markAnswered(before: Call, after: Call, attempt: CallAttempt, entry: Entry): Promise<boolean>;
  /** Stores how an attempt ended and returns its line; `extra` is written in the same transaction. */
  settle(before: Call, after: Call, attempt: CallAttempt, extra: readonly Statement[], entry: Entry): Promise<boolean>;
  /** Extends the leases of calls under way. */
  renew(ids: readonly string[], leaseEnd: string): Promise<void>;
  /** How many calls each number of a workspace has made on a day, `YYYY-MM-DD`, by number id. */
  usageOn(workspaceId: string, day: string): Promise<Map<string, number>>;
  /** The statements that delete a transcript and its analysis, for agents that do not store transcripts. */
  deleteTranscript(workspaceId: string, conversationId: string): Statement[];
}

export function dialQueueStore(engine: Engine): DialQueueStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const calls = callStatements(db);
  const updateAttempt = attemptUpdates(db);
  const capacity = capacityStatements(db);
  const campaignsWithRoom = openCampaigns(db);
  const claimDue = claims(db, ENGINE_FACTS[engine.name].skipLocked);
  const insertAttempt = (attempt: CallAttempt): Statement =>
    db.insertInto('call_attempts').values(attemptColumns(attempt)).compile();

  return {
    async nextDue() {
      const query = db.selectFrom('calls').select('due_at').where('due_at', 'is not', null).orderBy('due_at').limit(1);
      const [row] = await engine.read(query.compile());
      return row && String(row['due_at']);
    },

    async claim(at, leaseEnd, limit) {
      const campaigns = await engine.read(campaignsWithRoom(at));
      const rows = (await engine.write({ statements: [claimDue(campaigns, at, leaseEnd, limit)] })) ?? [];
      return rows
        .flat()
        .map(callOf)
        .sort((a, b) => b.priority - a.priority || a.counter - b.counter);
    },

    async putBack(changes) {
      const statements = changes.flatMap(({ before, after, entry }) => [
        calls.update(before, after),
        ...calls.park(after),
        ...(entry ? [record(before.workspaceId, entry)] : []),
      ]);
      if (statements.length > 0) await engine.write({ statements });
    },

    async reserve(before, after, attempt, free) {
      // The rows that all reservations lock come last, so that they are locked for the shortest time.
      const statements = [
        calls.updateIfCallable(before, after),
        insertAttempt(attempt),
        ...capacity.useNumber(attempt, free),
        ...capacity.takePlace(before),
        capacity.takeLine(before.workspaceId, free.lines),
      ];
      return guardsHeld(await engine.write({ statements, guards: statements.length }));
    },

    async addInbound(fresh, attempt, lines, entry) {
      const { workspaceId } = fresh;
      const statements = [
        db.insertInto('calls').values(callColumns(fresh)).returning('counter').compile(),
        insertAttempt(attempt),
        record(workspaceId, entry),
        capacity.takeLine(workspaceId, lines),
      ];
      const rows = await engine.write({ statements, guards: statements.length });
      return rows ? { ...fresh, counter: Number(rows[0]![0]!['counter']) } : undefined;
    },

    async markAnswered(before, after, attempt, entry) {
      const statements = [calls.update(before, after), updateAttempt(attempt), record(before.workspaceId, entry)];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },

    async settle(before, after, attempt, extra, entry) {
      const statements = [
        calls.update(before, after),
        ...calls.park(after),
        updateAttempt(attempt),
        ...extra,
        record(before.workspaceId, entry),
        ...capacity.release(before),
      ];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },

    async renew(ids, leaseEnd) {
      if (ids.length === 0) return;
      const renewal = db
        .updateTable('calls')
        .set({ due_at: leaseEnd })
        .where('id', 'in', ids)
        .where('status', 'in', ['dialing', 'in_progress']);
      await engine.write({ statements: [renewal.compile()] });
    },

    async usageOn(workspaceId, day) {
      const query = db
        .selectFrom('number_days')
        .select(['number_id', 'used'])
        .where('workspace_id', '=', workspaceId)
        .where('day', '=', day);
      const rows = await engine.read(query.compile());
      return new Map(rows.map((row) => [String(row['number_id']), Number(row['used'])]));
    },

    deleteTranscript: (workspaceId, conversationId) => transcriptDeletion(db, workspaceId, conversationId),
  };
}

type Slot = <T>(index: number) => T;

function callStatements(db: Sql) {
  const update = (slot: Slot) =>
    db
      .updateTable('calls')
      .set({
        ...Object.fromEntries(CALL_COLUMNS.map((column, i) => [column, slot(3 + i)])),
        version: slot<number>(3 + CALL_COLUMNS.length),
      })
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1))
      .where('version', '=', slot<number>(2));
  const valuesOf = (before: Call, after: Call): unknown[] => {
    const values = mutableCallColumns(after);
    const { workspaceId, id, version } = before;
    return [workspaceId, id, version, ...CALL_COLUMNS.map((column) => values[column]), version + 1];
  };
  const updateCall = prepared<unknown[]>(update);
  const updateUnlessListed = prepared<unknown[]>((slot) =>
    update(slot).where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('do_not_call')
            .select('do_not_call.phone')
            .where('do_not_call.workspace_id', '=', slot<string>(0))
            .where('do_not_call.phone', '=', slot<string>(4 + CALL_COLUMNS.length)),
        ),
      ),
    ),
  );
  const parkCall = parking(db);
  return {
    update: (before: Call, after: Call): Statement => updateCall(...valuesOf(before, after)),
    /** Changes no row where the number has a do-not-call entry. */
    updateIfCallable: (before: Call, after: Call): Statement =>
      updateUnlessListed(...valuesOf(before, after), before.phone),
    /** A waiting call has no due time while its campaign is not running: the campaign sets one when it resumes. */
    park: ({ workspaceId, id, campaignId, status }: Call): Statement[] =>
      campaignId === null || status !== 'waiting' ? [] : [parkCall(workspaceId, id, campaignId)],
  };
}

const parking = (db: Sql) =>
  prepared<[workspaceId: string, id: string, campaignId: string]>((slot) =>
    db
      .updateTable('calls')
      .set({ due_at: null })
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1))
      .where('status', '=', sql.lit('waiting'))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('campaigns')
              .select('campaigns.id')
              .where('campaigns.workspace_id', '=', slot<string>(0))
              .where('campaigns.id', '=', slot<string>(2))
              .where('campaigns.status', '=', sql.lit('running')),
          ),
        ),
      ),
  );

function attemptUpdates(db: Sql): (attempt: CallAttempt) => Statement {
  const update = prepared<unknown[]>((slot) =>
    db
      .updateTable('call_attempts')
      .set(Object.fromEntries(ATTEMPT_COLUMNS.map((column, i) => [column, slot(3 + i)])))
      .where('workspace_id', '=', slot<string>(0))
      .where('call_id', '=', slot<string>(1))
      .where('number', '=', slot<number>(2)),
  );
  return (attempt) => {
    const values = mutableAttemptColumns(attempt);
    const { workspaceId, callId, number } = attempt;
    return update(workspaceId, callId, number, ...ATTEMPT_COLUMNS.map((column) => values[column]));
  };
}

/** Running campaigns with a free place and a due call: `room` is free in the campaign, `free` in the workspace. */
const openCampaigns = (db: Sql) =>
  prepared<[at: string]>((slot) =>
    db
      .selectFrom('campaigns as k')
      .leftJoin('lines as l', 'l.workspace_id', 'k.workspace_id')
      .select(['k.workspace_id', 'k.id'])
      .select(sql<number>`k.max_concurrent - k.in_flight`.as('room'))
      .select(sql<number>`coalesce(l.capacity - l.in_flight, ${sql.lit(FIRST_LINES)})`.as('free'))
      .where('k.status', '=', sql.lit('running'))
      .whereRef('k.in_flight', '<', 'k.max_concurrent')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('calls as c')
            .select('c.id')
            .whereRef('c.workspace_id', '=', 'k.workspace_id')
            .whereRef('c.campaign_id', '=', 'k.id')
            .where('c.status', '=', sql.lit('waiting'))
            .where('c.due_at', 'is not', null)
            .where('c.due_at', '<=', slot<string>(0)),
        ),
      )
      .limit(CAMPAIGNS_BATCH_SIZE),
  );

/** The statement that claims due calls: of these campaigns, without a campaign, and with an expired lease. */
const claims =
  (db: Sql, skipLocked: string) =>
  (campaigns: readonly ResultRow[], at: string, leaseEnd: string, limit: number): Statement => {
    const ofCampaigns = campaigns.map((row) => {
      const room = Math.min(Number(row['room']), Math.max(Number(row['free']), 1), limit);
      return sql`union all select workspace_id, id from (
          select workspace_id, id from calls
          where workspace_id = ${row['workspace_id']} and campaign_id = ${row['id']}
            and status = 'waiting' and due_at is not null and due_at <= ${at}
          order by priority desc, due_at, id limit ${sql.lit(room)}) as one`;
    });
    return sql`
        with chosen as (
          select workspace_id, id from (
            select workspace_id, id from calls
            where status = 'waiting' and due_at is not null and campaign_id is null and due_at <= ${at}
            order by priority desc, due_at, id limit ${sql.lit(limit)}) as alone
          union all select workspace_id, id from (
            select workspace_id, id from calls where status in ('dialing', 'in_progress') and due_at <= ${at}
            limit ${sql.lit(limit)}) as lapsed
          ${sql.join(ofCampaigns, sql` `)}
        ), taken as (
          select workspace_id, id from calls
          where due_at <= ${at} and (workspace_id, id) in (select workspace_id, id from chosen)
          ${sql.raw(skipLocked)}
        )
        update calls set due_at = ${leaseEnd}, version = version + 1
        where (workspace_id, id) in (select workspace_id, id from taken)
        returning *`.compile(db);
  };

function transcriptDeletion(db: Sql, workspaceId: string, conversationId: string): Statement[] {
  const messages = db
    .deleteFrom('messages')
    .where('workspace_id', '=', workspaceId)
    .where('conversation_id', '=', conversationId);
  // A conversation that ended before its call may have an analysis, or be due for one.
  const analysis = db
    .updateTable('conversations')
    .set({ analysis: null, analysis_due: null })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', conversationId);
  return [messages.compile(), analysis.compile()];
}

const CALL_COLUMNS: readonly (keyof ReturnType<typeof mutableCallColumns>)[] = [
  'status',
  'why',
  'priority',
  'not_before',
  'due_at',
  'progress',
  'attempts',
  'metadata',
  'extras',
  'conversation_id',
  'transferred_to',
  'outcome',
  'sentiment',
  'has_transcript',
  'answered_at',
  'ended_at',
  'duration_seconds',
  'updated_at',
];
const ATTEMPT_COLUMNS: readonly (keyof ReturnType<typeof mutableAttemptColumns>)[] = [
  'status',
  'conversation_id',
  'answered_at',
  'ended_at',
  'end_reason',
];
