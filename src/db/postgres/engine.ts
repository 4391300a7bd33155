/** The PostgreSQL engine, through `pg`, for servers with more than one node. */

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
import { translate } from './errors.ts';
import { migrate } from './migrate.ts';
import { createNotices } from './notices.ts';
import { reviseAll, reviser } from './revise.ts';

export interface PostgresOptions {
  url: string;
  now: () => Date;
  connections?: number;
  /** How long a statement waits for a connection before it fails with `StoreUnavailable`. */
  connectTimeoutMs?: number;
  /** Whether to run the migrations first; true by default. */
  migrates?: boolean;
}

export async function openPostgres({
  url,
  now,
  connections = 10,
  connectTimeoutMs = 10_000,
  migrates = true,
}: PostgresOptions): Promise<Engine> {
  const pool = createPool(url, connections, connectTimeoutMs);
  try {
    if (migrates) await migrate(pool, now);
  } catch (error) {
    await pool.end();
    throw translate(error);
  }

  const run = async ({ sql, parameters }: Statement): Promise<pg.QueryResult<ResultRow>> => {
    try {
      return await pool.query<ResultRow>(sql, parameters as unknown[]);
    } catch (error) {
      throw translate(error);
    }
  };
  const notices = createNotices({
    newClient: () => new pg.Client({ connectionString: url, keepAlive: true, fallback_application_name: 'parlance' }),
    run: (sql, parameters) => run({ sql, parameters }),
  });
  const pending = new PendingWork();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await pending.finish();
    await notices.close();
    await pool.end();
  };

  const write = async (job: WriteJob): Promise<ResultRow[][] | null> => {
    const [only] = job.statements;
    if (job.statements.length !== 1 || !only || job.rollBack) return transaction(pool, job);
    const { rows, rowCount } = await run(only);
    return job.guards && rowCount === 0 ? null : [rows];
  };
  const reviseInBatches = reviser(async (statement) => (await run(statement)).rows);
  const revise = async (change: Revise): Promise<boolean> => {
    if (!change.rollBack) return reviseInBatches(change);
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
    read: (statement) => pending.accept(async () => (await run(statement)).rows),
    write: (job) => pending.accept(() => write(job)),
    revise: (change) => pending.accept(() => revise(change)),
    notices,
    // The pool closes idle connections by itself.
    releaseWriter() {},
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function createPool(url: string, connections: number, connectTimeoutMs: number): pg.Pool {
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
  // A connection can break at any time, also between two queries. The next query on it fails and the pool opens another
  // one. But an `error` event without a listener would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return pool;
}

/** The reads and writes in progress. Closing waits for them, because ending the pool drops those without a connection. */
class PendingWork {
  readonly #pending = new Set<Promise<unknown>>();
  #closed = false;

  accept<T>(start: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('The database is closed: the server is stopping.'));
    const work = start();
    const finished = () => this.#pending.delete(work);
    this.#pending.add(work);
    work.then(finished, finished);
    return work;
  }

  /** Accepts no more work, and waits for what has been accepted. */
  async finish(): Promise<void> {
    this.#closed = true;
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}

async function transaction(pool: pg.Pool, { statements, guards = 0, rollBack }: WriteJob) {
  const client = await pool.connect().catch((error) => {
    throw translate(error);
  });
  let broken: Error | undefined;
  const markBroken = (error: Error) => {
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
    await client.query('rollback').catch(markBroken);
    throw translate(error);
  } finally {
    client.release(broken);
  }
}
