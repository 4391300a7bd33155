/** The outbox: one row for each event and webhook. After the delivery has ended, the row is its log. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { type Sql, sqlFor } from '../db/sql.ts';
import type { DeliveriesTable } from '../db/tables.ts';
import type { Attempt, Delivery } from './webhook.ts';

export type DeliveryStore = ReturnType<typeof deliveryStore>;

/** The state of a delivery after an attempt. */
export interface Settlement {
  at: string;
  state: Delivery['state'];
  nextAt: string;
}

/** How long a delivery waits for earlier ones about the same record. */
const ORDER_KEPT_MS = 10_000;
/** Rows of one insert: both engines limit the number of parameters. */
const INSERT_BATCH_SIZE = 500;
const PRUNE_BATCH_SIZE = 5000;

export function deliveryStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { skipLocked } = ENGINE_FACTS[engine.name];

  return {
    /** The statements that put deliveries into the outbox, for the transaction of their events. */
    insertions(deliveries: readonly Delivery[]): Statement[] {
      const statements: Statement[] = [];
      for (let i = 0; i < deliveries.length; i += INSERT_BATCH_SIZE)
        statements.push(insert(db, deliveries.slice(i, i + INSERT_BATCH_SIZE)));
      return statements;
    },

    async add(delivery: Delivery, entry?: Entry): Promise<void> {
      const recorded = entry ? [record(delivery.workspaceId, entry)] : [];
      await engine.write({ statements: [insert(db, [delivery]), ...recorded] });
    },

    async get(workspaceId: string, webhookId: string, id: string): Promise<Delivery | undefined> {
      const query = db
        .selectFrom('deliveries')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('webhook_id', '=', webhookId)
        .where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && deliveryOf(row);
    },

    /** The deliveries of a webhook, newest first. */
    async list(
      workspaceId: string,
      webhookId: string,
      limit: number,
      after?: { at: string; id: string },
    ): Promise<Delivery[]> {
      let query = db
        .selectFrom('deliveries')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('webhook_id', '=', webhookId);
      if (after) query = query.where(sql<boolean>`(at, id) < (${after.at}, ${after.id})`);
      const rows = await engine.read(query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).compile());
      return rows.map(deliveryOf);
    },

    /** Whether any delivery is due. A read, so that an idle server starts no write to claim one. */
    async anyDue(at: string): Promise<boolean> {
      const query = db
        .selectFrom('deliveries')
        .select('id')
        .where('state', '=', 'waiting')
        .where('next_at', '<=', at)
        .limit(1);
      return (await engine.read(query.compile())).length > 0;
    },

    /**
     * Claims due deliveries of any workspace until the lease ends. Claiming counts an attempt. The count identifies the
     * lease: after another node has claimed the delivery, a late result no longer matches it.
     */
    async claim(at: string, leaseEnd: string, limit: number, exceptWebhooks: readonly string[]): Promise<Delivery[]> {
      let due = db.selectFrom('deliveries').where('state', '=', 'waiting').where('next_at', '<=', at);
      due = due.where(sql<boolean>`not ${waitsForEarlier(at)}`);
      if (exceptWebhooks.length > 0) due = due.where('webhook_id', 'not in', exceptWebhooks);
      const taken = due.select(['workspace_id', 'id']).orderBy('next_at').limit(limit).modifyEnd(sql.raw(skipLocked));
      const claim = db
        .with('due', () => taken)
        .updateTable('deliveries')
        .set((eb) => ({ next_at: leaseEnd, attempts: eb('attempts', '+', 1) }))
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from due)`)
        .returningAll();
      return ((await engine.write({ statements: [claim.compile()] })) ?? []).flat().map(deliveryOf);
    },

    /** Extends the leases that this node still has. */
    async extend(claimed: readonly Delivery[], leaseEnd: string): Promise<void> {
      const extensions = claimed.map((delivery) => leased(db, delivery).set({ next_at: leaseEnd }));
      await engine.write({ statements: extensions.map((extension) => extension.compile()) });
    },

    /** Frees claimed deliveries whose attempt has not started. */
    async release(claimed: readonly Delivery[], at: string): Promise<void> {
      const releases = claimed.map((delivery) =>
        leased(db, delivery).set((eb) => ({ next_at: at, attempts: eb('attempts', '-', 1) })),
      );
      await engine.write({ statements: releases.map((release) => release.compile()) });
    },

    /** Records the result of an attempt. Answers false, and writes nothing, when another node has the lease by now. */
    async settle(delivery: Delivery, attempt: Attempt, { at, state, nextAt }: Settlement): Promise<boolean> {
      const ended = state !== 'waiting';
      const { ok, status, error } = attempt;
      const count = webhookOf(db, delivery).set((eb) => ({
        last_delivery_at: at,
        last_error: ok ? null : error,
        failures: ok ? eb.lit(0) : eb('failures', '+', 1),
        failing_since: ok ? null : eb.fn.coalesce('failing_since', sql<string>`cast(${at} as text)`),
        ...(ended && { deliveries: eb('deliveries', '+', 1) }),
        ...(state === 'failed' && { failed_deliveries: eb('failed_deliveries', '+', 1) }),
      }));
      const settle = leased(db, delivery).set({ state, next_at: nextAt, status, error, done_at: ended ? at : null });
      // The webhook comes first, as in its removal: two transactions that lock in the same order cannot deadlock.
      return (await engine.write({ statements: [count.compile(), settle.compile()], guards: 2 })) !== null;
    },

    /** Ends a delivery without counting it for its webhook: a test, or one whose webhook is gone or disabled. */
    async close(delivery: Delivery, attempt: Pick<Attempt, 'ok' | 'status' | 'error'>, at: string): Promise<void> {
      const { ok, status, error } = attempt;
      const close = leased(db, delivery).set({ state: ok ? 'delivered' : 'failed', status, error, done_at: at });
      await engine.write({ statements: [close.compile()] });
    },

    /** Deletes a batch of the deliveries that ended before a time. Answers whether there may be more. */
    async prune(before: string): Promise<boolean> {
      const old = db
        .selectFrom('deliveries')
        .select(['workspace_id', 'id'])
        .where('done_at', '<', before)
        .limit(PRUNE_BATCH_SIZE);
      // Read first: mostly there are none, and an idle server then starts no write.
      if ((await engine.read(old.limit(1).compile())).length === 0) return false;
      const remove = db
        .with('old', () => old)
        .deleteFrom('deliveries')
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from old)`)
        .returning('id');
      return ((await engine.write({ statements: [remove.compile()] })) ?? []).flat().length === PRUNE_BATCH_SIZE;
    },
  };
}

const insert = (db: Sql, deliveries: readonly Delivery[]): Statement =>
  db.insertInto('deliveries').values(deliveries.map(columnsOf)).compile();

/** A claimed delivery, as long as its lease is this one: another claim has another count of attempts. */
const leased = (db: Sql, { workspaceId, id, attempts }: Delivery) =>
  db
    .updateTable('deliveries')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('attempts', '=', attempts);

const webhookOf = (db: Sql, { workspaceId, webhookId }: Delivery) =>
  db.updateTable('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', webhookId);

/**
 * Whether an earlier delivery about the same record has not been tried yet. That holds a delivery up for a short time
 * only, so that the deliveries of an endpoint that hangs do not fill every later query.
 */
const waitsForEarlier = (at: string) => sql<boolean>`(subject is not null and at > ${before(at, ORDER_KEPT_MS)}
    and exists (select 1 from deliveries as earlier where earlier.state = 'waiting'
      and earlier.webhook_id = deliveries.webhook_id and earlier.subject = deliveries.subject
      and (earlier.seq, earlier.id) < (deliveries.seq, deliveries.id)
      and earlier.status is null and earlier.error is null))`;

const before = (at: string, ms: number): string => new Date(Date.parse(at) - ms).toISOString();

const columnsOf = (delivery: Delivery): DeliveriesTable => ({
  workspace_id: delivery.workspaceId,
  id: delivery.id,
  webhook_id: delivery.webhookId,
  event_id: delivery.eventId,
  subject: delivery.subject,
  seq: delivery.seq,
  type: delivery.type,
  payload: delivery.payload,
  at: delivery.at,
  state: delivery.state,
  attempts: delivery.attempts,
  next_at: delivery.nextAt,
  status: delivery.status,
  error: delivery.error,
  done_at: delivery.doneAt,
});

function deliveryOf(found: ResultRow): Delivery {
  const row = found as unknown as DeliveriesTable;
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    subject: row.subject,
    seq: row.seq === null ? null : Number(row.seq),
    type: row.type,
    payload: row.payload,
    at: row.at,
    state: row.state as Delivery['state'],
    attempts: Number(row.attempts),
    nextAt: row.next_at,
    status: row.status === null ? null : Number(row.status),
    error: row.error,
    doneAt: row.done_at,
  };
}
