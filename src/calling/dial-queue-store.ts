/**
 * What dialling does to calls: taking on what is due, reserving an attempt before it is dialled, and keeping what came
 * of it. Every step is one guarded write, so that a crash between two of them neither loses a call nor repeats one.
 */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { prepared, sqlFor } from '../db/sql.ts';
import type { Call, CallAttempt } from './call.ts';
import { attemptColumns, callColumns, callOf, progressOf, standing } from './call-rows.ts';

/** What a reservation must find free. */
export interface Room {
  /** Lines of the workspace that may be taken at all. */
  lines: number;
  /** Calls that the shown number may make in a day; null: as many as it likes. */
  perNumber: number | null;
  /** The day that it is counted by, `YYYY-MM-DD`. */
  day: string;
}

const UNCAPPED = 1_000_000_000;
/** Campaigns that one claim looks at. */
const CAMPAIGNS_BATCH_SIZE = 100;
/** Lines of a workspace that has never taken one: how many there really are is seen when it does. */
const FIRST_LINES = 10;

type Slot = <T>(index: number) => T;
type Standing = ReturnType<typeof standing>;
type Progress = ReturnType<typeof progressOf>;

export type DialQueueStore = ReturnType<typeof dialQueueStore>;

export function dialQueueStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { skipLocked } = ENGINE_FACTS[engine.name];

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
    const values = standing(after);
    const { workspaceId, id, version } = before;
    return [workspaceId, id, version, ...CALL_COLUMNS.map((column) => values[column]), version + 1];
  };
  const updateCall = prepared<unknown[]>(update);
  const change = (before: Call, after: Call): Statement => updateCall(...valuesOf(before, after));
  /** Unless somebody has asked not to be called. */
  const updateUnrefused = prepared<unknown[]>((slot) =>
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

  /** A call of a campaign that does not run waits for the campaign, and not for a time. */
  const parkOne = prepared<[string, string, string]>((slot) =>
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
  const parked = ({ workspaceId, id, campaignId, status }: Call): Statement[] =>
    campaignId === null || status !== 'waiting' ? [] : [parkOne(workspaceId, id, campaignId)];

  const freeLine = prepared<[string]>((slot) =>
    db
      .updateTable('lines')
      .set((eb) => ({ in_flight: eb('in_flight', '-', 1) }))
      .where('workspace_id', '=', slot<string>(0)),
  );
  const freePlace = prepared<[string, string]>((slot) =>
    db
      .updateTable('campaigns')
      .set((eb) => ({ in_flight: eb('in_flight', '-', 1) }))
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1)),
  );
  const freed = ({ workspaceId, campaignId }: Call): Statement[] => [
    ...(campaignId === null ? [] : [freePlace(workspaceId, campaignId)]),
    freeLine(workspaceId),
  ];

  const attemptUpdate = prepared<unknown[]>((slot) =>
    db
      .updateTable('call_attempts')
      .set(Object.fromEntries(ATTEMPT_COLUMNS.map((column, i) => [column, slot(3 + i)])))
      .where('workspace_id', '=', slot<string>(0))
      .where('call_id', '=', slot<string>(1))
      .where('number', '=', slot<number>(2)),
  );
  const updateAttempt = (attempt: CallAttempt): Statement => {
    const values = progressOf(attempt);
    const { workspaceId, callId, number } = attempt;
    return attemptUpdate(workspaceId, callId, number, ...ATTEMPT_COLUMNS.map((column) => values[column]));
  };

  /** One line more, unless they are all taken. */
  const reserveLine = prepared<[string, number]>((slot) =>
    db
      .insertInto('lines')
      .values({ workspace_id: slot<string>(0), in_flight: 1, capacity: slot<number>(1) })
      .onConflict((conflict) =>
        conflict
          .column('workspace_id')
          .doUpdateSet((eb) => ({ in_flight: eb('lines.in_flight', '+', 1), capacity: slot<number>(1) }))
          .where('lines.in_flight', '<', slot<number>(1)),
      ),
  );
  const takeOne = prepared<[string, string]>((slot) =>
    db
      .updateTable('campaigns')
      .set((eb) => ({ in_flight: eb('in_flight', '+', 1) }))
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1))
      .where('status', '=', 'running')
      .whereRef('in_flight', '<', 'max_concurrent'),
  );
  const takePlace = ({ workspaceId, campaignId }: Call): Statement[] =>
    campaignId === null ? [] : [takeOne(workspaceId, campaignId)];
  const countNumber = prepared<[string, string, string, number]>((slot) =>
    db
      .insertInto('number_days')
      .values({ workspace_id: slot<string>(0), number_id: slot<string>(1), day: slot<string>(2), used: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['workspace_id', 'number_id', 'day'])
          .doUpdateSet((eb) => ({ used: eb('number_days.used', '+', 1) }))
          .where('number_days.used', '<', slot<number>(3)),
      ),
  );
  const useNumber = ({ workspaceId, fromNumberId }: CallAttempt, { day, perNumber }: Room): Statement[] =>
    fromNumberId === null ? [] : [countNumber(workspaceId, fromNumberId, day, perNumber ?? UNCAPPED)];

  /** Campaigns that could have another call under way, and have one that is due. */
  const campaignsWithRoom = prepared<[string]>((slot) =>
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

  return {
    /** When the next call is due, of any workspace; undefined where none will be. */
    async nextDue(): Promise<string | undefined> {
      const query = db.selectFrom('calls').select('due_at').where('due_at', 'is not', null).orderBy('due_at').limit(1);
      const [row] = await engine.read(query.compile());
      return row && String(row['due_at']);
    },

    /**
     * Takes on what is due, of any workspace: of each no more than it has lines free, and of each campaign no more than
     * it may have under way, those of the greatest priority first. Nobody else gets them before the lease ends. Calls
     * whose attempt was under way are among them once whoever carried it has let its lease run out.
     */
    async claim(at: string, leaseEnd: string, limit: number): Promise<Call[]> {
      const openings = await engine.read(campaignsWithRoom(at));
      const campaigns = openings.map((row) => {
        const room = Math.min(Number(row['room']), Math.max(Number(row['free']), 1), limit);
        return sql`union all select workspace_id, id from (
          select workspace_id, id from calls
          where workspace_id = ${row['workspace_id']} and campaign_id = ${row['id']}
            and status = 'waiting' and due_at is not null and due_at <= ${at}
          order by priority desc, due_at, id limit ${sql.lit(room)}) as one`;
      });
      const claim = sql`
        with chosen as (
          select workspace_id, id from (
            select workspace_id, id from calls
            where status = 'waiting' and due_at is not null and campaign_id is null and due_at <= ${at}
            order by priority desc, due_at, id limit ${sql.lit(limit)}) as alone
          union all select workspace_id, id from (
            select workspace_id, id from calls where status in ('dialing', 'in_progress') and due_at <= ${at}
            limit ${sql.lit(limit)}) as lapsed
          ${sql.join(campaigns, sql` `)}
        ), taken as (
          select workspace_id, id from calls
          where due_at <= ${at} and (workspace_id, id) in (select workspace_id, id from chosen)
          ${sql.raw(skipLocked)}
        )
        update calls set due_at = ${leaseEnd}, version = version + 1
        where (workspace_id, id) in (select workspace_id, id from taken)
        returning *`.compile(db);
      const rows = (await engine.write({ statements: [claim] })) ?? [];
      return rows
        .flat()
        .map(callOf)
        .sort((a, b) => b.priority - a.priority || a.counter - b.counter);
    },

    /** Keeps for how long those are to be left alone that are not dialled now; what others changed meanwhile stays. */
    async putBack(changes: readonly { before: Call; after: Call; entry?: Entry }[]): Promise<void> {
      const statements = changes.flatMap(({ before, after, entry }) => [
        change(before, after),
        ...parked(after),
        ...(entry ? [record(before.workspaceId, entry)] : []),
      ]);
      if (statements.length > 0) await engine.write({ statements });
    },

    /**
     * An attempt, before anything rings: only if the call is as it was read, nobody has asked not to be called, a line
     * and a place in the campaign are free, and the number has calls left for the day. Throws `AlreadyThere` where the
     * same telephone is being called at the moment.
     */
    async reserve(before: Call, after: Call, attempt: CallAttempt, room: Room): Promise<boolean> {
      const { workspaceId, phone } = before;
      // Rows that everybody wants come last: whoever has them is done with the rest.
      const statements = [
        updateUnrefused(...valuesOf(before, after), phone),
        db.insertInto('call_attempts').values(attemptColumns(attempt)).compile(),
        ...useNumber(attempt, room),
        ...takePlace(before),
        reserveLine(workspaceId, room.lines),
      ];
      return (await engine.write({ statements, guards: statements.length })) !== null;
    },

    /** A call that came in, with its one attempt; undefined where every line is taken. */
    async admit(
      fresh: Omit<Call, 'counter'>,
      attempt: CallAttempt,
      capacity: number,
      entry: Entry,
    ): Promise<Call | undefined> {
      const { workspaceId } = fresh;
      const statements = [
        db.insertInto('calls').values(callColumns(fresh)).returning('counter').compile(),
        db.insertInto('call_attempts').values(attemptColumns(attempt)).compile(),
        record(workspaceId, entry),
        reserveLine(workspaceId, capacity),
      ];
      const rows = await engine.write({ statements, guards: statements.length });
      return rows ? { ...fresh, counter: Number(rows[0]![0]!['counter']) } : undefined;
    },

    /** Somebody answered. */
    async answered(before: Call, after: Call, attempt: CallAttempt, entry: Entry): Promise<boolean> {
      const statements = [change(before, after), updateAttempt(attempt), record(before.workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** The attempt is over: what it was, where the call stands now, and the line is free again. */
    async settle(
      before: Call,
      after: Call,
      attempt: CallAttempt,
      extra: readonly Statement[],
      entry: Entry,
    ): Promise<boolean> {
      const statements = [
        change(before, after),
        ...parked(after),
        updateAttempt(attempt),
        ...extra,
        record(before.workspaceId, entry),
        ...freed(before),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Says that whoever carries these is still there. */
    async renew(ids: readonly string[], leaseEnd: string): Promise<void> {
      if (ids.length === 0) return;
      const renewal = db
        .updateTable('calls')
        .set({ due_at: leaseEnd })
        .where('id', 'in', ids)
        .where('status', 'in', ['dialing', 'in_progress']);
      await engine.write({ statements: [renewal.compile()] });
    },

    /** How often each of a workspace's numbers has called on a day. */
    async used(workspaceId: string, day: string): Promise<Map<string, number>> {
      const query = db
        .selectFrom('number_days')
        .select(['number_id', 'used'])
        .where('workspace_id', '=', workspaceId)
        .where('day', '=', day);
      const rows = await engine.read(query.compile());
      return new Map(rows.map((row) => [String(row['number_id']), Number(row['used'])]));
    },

    /** What was said is not kept, nor anything that was made of it: the agent does not want it to be. */
    deleteTranscript(workspaceId: string, conversationId: string): Statement[] {
      const words = db
        .deleteFrom('messages')
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', conversationId);
      // A conversation that was over before its call waits to be looked back at.
      const unjudged = db
        .updateTable('conversations')
        .set({ analysis: null, analysis_due: null })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', conversationId);
      return [words.compile(), unjudged.compile()];
    },
  };
}

const CALL_COLUMNS: readonly (keyof Standing)[] = [
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
const ATTEMPT_COLUMNS: readonly (keyof Progress)[] = [
  'status',
  'conversation_id',
  'answered_at',
  'ended_at',
  'end_reason',
];
