/** The outbox: one row for each thing that one endpoint is to be told, and afterwards the log of how that went. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { sqlFor } from '../db/sql.ts';
import type { DeliveriesTable } from '../db/tables.ts';
import type { Attempt, Delivery } from './webhook.ts';

export type DeliveryStore = ReturnType<typeof deliveryStore>;

/** How a delivery stands after an attempt. */
export interface Settlement {
  at: string;
  state: Delivery['state'];
  nextAt: string;
}

/** How long what is told about one thing is kept in order for an endpoint that does not answer. */
const ORDER_HELD_MS = 10_000;
/** Rows that one insert carries: both engines count parameters. */
const ROWS = 500;
const PRUNED_AT_ONCE = 5000;

export function deliveryStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { skipLocked } = ENGINE_FACTS[engine.name];

  const insert = (deliveries: readonly Delivery[]): Statement =>
    db.insertInto('deliveries').values(deliveries.map(columnsOf)).compile();
  const held = ({ workspaceId, id, attempts }: Delivery) =>
    db
      .updateTable('deliveries')
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .where('attempts', '=', attempts);
  const counters = (delivery: Delivery) =>
    db.updateTable('webhooks').where('workspace_id', '=', delivery.workspaceId).where('id', '=', delivery.webhookId);

  /**
   * One waits for those before it about the same thing until each was tried once, and not for long: who does not answer
   * must not keep what it has not heard of from being looked at, however much of it there is.
   */
  const waitsForAnother = (at: string) => sql<boolean>`(subject is not null and at > ${before(at, ORDER_HELD_MS)}
    and exists (select 1 from deliveries as earlier where earlier.state = 'waiting'
      and earlier.webhook_id = deliveries.webhook_id and earlier.subject = deliveries.subject
      and (earlier.seq, earlier.id) < (deliveries.seq, deliveries.id)
      and earlier.status is null and earlier.error is null))`;

  return {
    /** What puts deliveries into the outbox, for the transaction that they belong to. */
    insertions(deliveries: readonly Delivery[]): Statement[] {
      const parts: Statement[] = [];
      for (let i = 0; i < deliveries.length; i += ROWS) parts.push(insert(deliveries.slice(i, i + ROWS)));
      return parts;
    },

    async add(delivery: Delivery, entry?: Entry): Promise<void> {
      const told = entry ? [record(delivery.workspaceId, entry)] : [];
      await engine.write({ statements: [insert([delivery]), ...told] });
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

    /** Newest first. */
    async list(workspaceId: string, webhookId: string, limit: number, after?: { at: string; id: string }) {
      let query = db
        .selectFrom('deliveries')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('webhook_id', '=', webhookId);
      if (after) query = query.where(sql<boolean>`(at, id) < (${after.at}, ${after.id})`);
      const rows = await engine.read(query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).compile());
      return rows.map(deliveryOf);
    },

    /** Whether anything is due: a question, so that an idle house writes nothing. */
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
     * Takes on what is due, of any workspace. Nobody else gets it before the lease ends; if the lease ends without a
     * settlement, somebody does. The count of attempts is what a settlement is held against.
     */
    async claim(at: string, leaseEnd: string, limit: number, exceptWebhooks: readonly string[]): Promise<Delivery[]> {
      let due = db.selectFrom('deliveries').where('state', '=', 'waiting').where('next_at', '<=', at);
      due = due.where(sql<boolean>`not ${waitsForAnother(at)}`);
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

    /** Keeps what was taken on for longer; what has passed to somebody else stays with them. */
    async extend(claimed: readonly Delivery[], leaseEnd: string): Promise<void> {
      const extensions = claimed.map((delivery) => held(delivery).set({ next_at: leaseEnd }));
      await engine.write({ statements: extensions.map((extension) => extension.compile()) });
    },

    /** Gives back what was taken on and not begun. */
    async release(claimed: readonly Delivery[], at: string): Promise<void> {
      const releases = claimed.map((delivery) =>
        held(delivery).set((eb) => ({ next_at: at, attempts: eb('attempts', '-', 1) })),
      );
      await engine.write({ statements: releases.map((release) => release.compile()) });
    },

    /** Keeps how an attempt went. Answers false where the lease has passed to somebody else: then nothing is kept. */
    async settle(delivery: Delivery, attempt: Attempt, { at, state, nextAt }: Settlement): Promise<boolean> {
      const ended = state !== 'waiting';
      const { ok, status, error } = attempt;
      const count = counters(delivery).set((eb) => ({
        last_delivery_at: at,
        last_error: ok ? null : error,
        failures: ok ? eb.lit(0) : eb('failures', '+', 1),
        failing_since: ok ? null : eb.fn.coalesce('failing_since', sql<string>`cast(${at} as text)`),
        ...(ended && { deliveries: eb('deliveries', '+', 1) }),
        ...(state === 'failed' && { failed_deliveries: eb('failed_deliveries', '+', 1) }),
      }));
      const settle = held(delivery).set({ state, next_at: nextAt, status, error, done_at: ended ? at : null });
      // The webhook first, as its removal does: two that lock in one order never wait for each other.
      return (await engine.write({ statements: [count.compile(), settle.compile()], guards: 2 })) !== null;
    },

    /** Ends a delivery that says nothing about its endpoint: a test, or one that there is nobody for any more. */
    async close(delivery: Delivery, attempt: Pick<Attempt, 'ok' | 'status' | 'error'>, at: string): Promise<void> {
      const { ok, status, error } = attempt;
      const close = held(delivery).set({ state: ok ? 'delivered' : 'failed', status, error, done_at: at });
      await engine.write({ statements: [close.compile()] });
    },

    /** Drops a part of what was done before a moment; answers whether there may be more. */
    async prune(before: string): Promise<boolean> {
      const old = db
        .selectFrom('deliveries')
        .select(['workspace_id', 'id'])
        .where('done_at', '<', before)
        .limit(PRUNED_AT_ONCE);
      // Asked first: mostly there is nothing, and a server that is idle begins no write.
      if ((await engine.read(old.limit(1).compile())).length === 0) return false;
      const remove = db
        .with('old', () => old)
        .deleteFrom('deliveries')
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from old)`)
        .returning('id');
      return ((await engine.write({ statements: [remove.compile()] })) ?? []).flat().length === PRUNED_AT_ONCE;
    },
  };
}

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
