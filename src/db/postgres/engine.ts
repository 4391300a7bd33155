/** PostgreSQL through `pg`, for when one machine is not enough. */

import pg from 'pg';
import {
  type Engine,
  type ResultRow,
  type Revise,
  type Statement,
  StoreUnavailable,
  type WriteJob,
} from '../engine.ts';
import { DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from '../kysely.ts';
import { translated } from './errors.ts';
import { migrate } from './migrate.ts';
import { createNotices } from './notices.ts';
import { reviseAll, reviser } from './revise.ts';

export interface PostgresOptions {
  url: string;
  now: () => Date;
  connections?: number;
  /** How long a request waits for a connection before it is told that the store is unavailable. */
  connectTimeoutMs?: number;
  /** Whether the tables are brought up to date first; they are, unless said. */
  migrates?: boolean;
}

export async function openPostgres({
  url,
  now,
  connections = 10,
  connectTimeoutMs = 10_000,
  migrates = true,
}: PostgresOptions): Promise<Engine> {
  // Counters are bigint columns; they stay far below 2^53.
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  } as pg.CustomTypesConfig;
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    fallback_application_name: 'parlance',
    types,
  });
  // A connection may die at any moment, also between two queries. Whoever uses it is told by the query that fails, and
  // the pool opens another one; but an error event that nobody listens to would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  try {
    if (migrates) await migrate(pool, now);
  } catch (error) {
    await pool.end();
    throw translated(error);
  }

  const notices = createNotices({
    newClient: () => new pg.Client({ connectionString: url, keepAlive: true, fallback_application_name: 'parlance' }),
    run: (sql, parameters) => run({ sql, parameters }),
  });
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  /** Closing waits for what was accepted: a pool that ends forgets those who still wait for a connection. */
  const accepted = <T>(begin: () => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new StoreUnavailable('The store is closed.'));
    const work = begin();
    const finished = () => underWay.delete(work);
    underWay.add(work);
    work.then(finished, finished);
    return work;
  };
  const close = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    await notices.close();
    await pool.end();
  };

  const run = async ({ sql, parameters }: Statement): Promise<pg.QueryResult<ResultRow>> => {
    try {
      return await pool.query<ResultRow>(sql, parameters as unknown[]);
    } catch (error) {
      throw translated(error);
    }
  };
  const write = async (job: WriteJob): Promise<ResultRow[][] | null> => {
    const [only] = job.statements;
    if (job.statements.length !== 1 || !only || job.rollBack) return transaction(pool, job);
    const { rows, rowCount } = await run(only);
    return job.guards && rowCount === 0 ? null : [rows];
  };
  const reviseTogether = reviser(async (statement) => (await run(statement)).rows);
  const revise = async (change: Revise): Promise<boolean> => {
    if (!change.rollBack) return reviseTogether(change);
    return (await write({ statements: [reviseAll([change])], guards: 1, rollBack: true })) !== null;
  };

  return {
    name: 'postgres',
    kysely: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    read: (statement) => accepted(async () => (await run(statement)).rows),
    write: (job) => accepted(() => write(job)),
    revise: (change) => accepted(() => revise(change)),
    notices,
    // The pool lets its idle connections go by itself.
    rest() {},
    close() {
      closed ??= close();
      return closed;
    },
  };
}

async function transaction(pool: pg.Pool, { statements, guards = 0, rollBack }: WriteJob) {
  const client = await pool.connect().catch((error) => {
    throw translated(error);
  });
  let broken: Error | undefined;
  const breaks = (error: Error) => {
    broken = error;
  };
  try {
    await client.query('begin');
    const rows: ResultRow[][] = [];
    for (const [i, { sql, parameters }] of statements.entries()) {
      const result = await client.query<ResultRow>(sql, parameters as unknown[]);
      if (i < guards && result.rowCount === 0) {
        await client.query('rollback');
        return null;
      }
      rows.push(result.rows);
    }
    await client.query(rollBack ? 'rollback' : 'commit');
    return rows;
  } catch (error) {
    await client.query('rollback').catch(breaks);
    throw translated(error);
  } finally {
    client.release(broken);
  }
}
