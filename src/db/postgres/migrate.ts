/** Runs the migrations. When several nodes start at once, they take turns and the first one does the work. */
import type pg from 'pg';
import { ENGINE_FACTS } from '../engine.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../migrations/index.ts';

/** The id of the advisory lock. Other programs on this database must not use it. */
const MIGRATION_LOCK = 4_747_001;

export async function migrate(pool: pg.Pool, now: () => Date): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    // Released at the end of the transaction, also after an error.
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
    // After an error the connection is closed, which rolls the transaction back.
    client.release(broken);
  }
}
