/** Brings the tables up to date. Several nodes may start at once: they take turns, and one of them does the work. */
import type pg from 'pg';
import { ENGINE_FACTS } from '../engine.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../migrations/index.ts';

/** Any number that nobody else uses for a lock in this database. */
const MIGRATION_LOCK = 4_747_001;

export async function migrate(pool: pg.Pool, now: () => Date): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    // Held until the end of the transaction, however that comes.
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const { rows } = await client.query<{ number: number }>('select number from migrations');
    const done = new Set(rows.map((row) => row.number));
    for (const migration of MIGRATIONS) {
      if (done.has(migration.number)) continue;
      for (const sql of migration.statements(ENGINE_FACTS.postgres)) await client.query(sql);
      await client.query('insert into migrations (number, name, at) values ($1, $2, $3)', [
        migration.number,
        migration.name,
        now().toISOString(),
      ]);
    }
    await client.query('commit');
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    // A connection in the middle of a failed transaction is thrown away, and the transaction with it.
    client.release(broken);
  }
}
