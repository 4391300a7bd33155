/** The lengths of all queues, each from the partial index that its worker claims by. */
import type { Engine } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { sqlFor } from '../db/sql.ts';
import { QUEUES, type QueueName, type Queues } from './status.ts';

/** Where a queue's rows are: the table, the time from which a row is due, and which rows are in the queue. */
const SOURCES: Record<QueueName, { table: string; dueAt: string; where: string }> = {
  calls: { table: 'calls', dueAt: 'due_at', where: 'due_at is not null' },
  webhookDeliveries: { table: 'deliveries', dueAt: 'next_at', where: "state = 'waiting'" },
  analyses: { table: 'conversations', dueAt: 'analysis_due', where: 'analysis_due is not null' },
  documents: { table: 'documents', dueAt: 'next_at', where: "state = 'processing'" },
  auditEntries: { table: 'journal', dueAt: 'at', where: 'seq is null' },
};

export type StatusStore = ReturnType<typeof statusStore>;

export function statusStore(engine: Engine) {
  const db = sqlFor(engine);

  return {
    /** `at`: the moment up to which a row is due, ISO 8601. */
    async queues(at: string): Promise<Queues> {
      const counts = QUEUES.map((name) => {
        const { table, dueAt, where } = SOURCES[name];
        return sql`select ${sql.lit(name)} as name, count(*) as waiting,
          coalesce(sum(case when ${sql.raw(dueAt)} <= ${at} then 1 else 0 end), 0) as due,
          min(${sql.raw(dueAt)}) as oldest from ${sql.raw(table)} where ${sql.raw(where)}`;
      });
      const rows = await engine.read(sql.join(counts, sql` union all `).compile(db));
      const queues = rows.map((row) => {
        const oldest = row['oldest'] === null ? null : String(row['oldest']);
        const oldestDueAt = oldest !== null && oldest <= at ? oldest : null;
        return [row['name'], { waiting: Number(row['waiting']), due: Number(row['due']), oldestDueAt }];
      });
      return Object.fromEntries(queues) as Queues;
    },
  };
}
