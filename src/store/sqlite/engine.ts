/** The embedded engine: SQLite inside the process. Reads happen here, writes in `writer.ts`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { DummyDriver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import {
  AlreadyThere,
  ENGINE_FACTS,
  type Engine,
  type ResultRow,
  type Revise,
  type Statement,
  StoreUnavailable,
  type WriteJob,
} from '../engine.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../migrations/index.ts';
import type { BatchDone, Outcome } from './writer.ts';

/** Enough to share one sync among, few enough that the first of them does not wait for long. */
const BATCH_SIZE = 256;

export class DirectoryInUse extends Error {
  override name = 'DirectoryInUse';
}

export interface SqliteOptions {
  directory: string;
  now: () => Date;
}

interface Waiting {
  job: WriteJob;
  settle: (outcome: Outcome) => void;
}

export function openSqlite({ directory, now }: SqliteOptions): Engine {
  mkdirSync(directory, { recursive: true });
  const lock = holdDirectory(directory);
  const path = join(directory, 'parlance.db');
  const db = new DatabaseSync(path);
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000');
  migrate(db, now);
  db.exec('pragma query_only = on; pragma cache_size = -8000');

  const worker = new Worker(new URL('./writer.ts', import.meta.url), {
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const queue: Waiting[] = [];
  let flying: Waiting[] = [];
  let broken: Error | undefined;
  let whenIdle: (() => void) | undefined;

  const flush = () => {
    if (flying.length > 0) return;
    if (queue.length === 0) {
      whenIdle?.();
      return;
    }
    flying = queue.splice(0, BATCH_SIZE);
    worker.postMessage({ jobs: flying.map(({ job }) => job) });
  };
  worker.on('message', ({ outcomes }: BatchDone) => {
    const landed = flying;
    flying = [];
    flush();
    for (const [i, { settle }] of landed.entries()) settle(outcomes[i]!);
  });
  worker.on('error', (error) => {
    broken = error;
    const lost = [...flying, ...queue.splice(0)];
    flying = [];
    for (const { settle } of lost) settle({ error: { message: error.message, unique: false } });
    whenIdle?.();
  });

  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      if (statements.size > 500) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  };

  const write = (job: WriteJob): Promise<ResultRow[][] | null> =>
    new Promise((resolve, reject) => {
      if (broken) {
        reject(new StoreUnavailable(broken.message));
        return;
      }
      const settle = (outcome: Outcome) => {
        if ('rows' in outcome) resolve(outcome.rows);
        else if (outcome.error.unique) reject(new AlreadyThere(outcome.error.message));
        else reject(new StoreUnavailable(outcome.error.message));
      };
      queue.push({ job, settle });
      // Whatever arrives in this turn of the event loop shares the commit.
      if (queue.length === 1 && flying.length === 0) setImmediate(flush);
    });

  return {
    name: 'sqlite',
    kysely: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    read: async ({ sql, parameters }: Statement) =>
      prepare(sql).all(...(parameters as SQLInputValue[])) as unknown as ResultRow[],
    write,
    revise: async (change) => (await write(reviseJob(change))) !== null,
    async close() {
      if (flying.length > 0 || queue.length > 0)
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
      await worker.terminate();
      db.close();
      lock.close();
    },
  };
}

/**
 * One process a directory. The lock is a transaction held open on a file of its own: the operating system lets go of
 * it when the process dies, however it dies.
 */
function holdDirectory(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, 'lock'));
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive');
  } catch {
    lock.close();
    throw new DirectoryInUse(
      `Another Parlance is running on the data directory ${directory}. Stop it, or give this one a directory of its own with --data.`,
    );
  }
  return lock;
}

function migrate(db: DatabaseSync, now: () => Date): void {
  db.exec(MIGRATIONS_TABLE);
  const done = new Set(
    db
      .prepare('select number from migrations')
      .all()
      .map((row) => row['number']),
  );
  for (const migration of MIGRATIONS) {
    if (done.has(migration.number)) continue;
    db.exec('begin immediate');
    for (const sql of migration.statements(ENGINE_FACTS.sqlite)) db.exec(sql);
    db.prepare('insert into migrations (number, name, at) values (?, ?, ?)').run(
      migration.number,
      migration.name,
      now().toISOString(),
    );
    db.exec('commit');
  }
}

const REVISE_HEAD = `update agents set revision = ?, name = ?, status = ?, visibility = ?, language = ?,
  voice_platform = ?, interview_type = ?, interview_focus = ?, document = ?, updated_at = ?, deleted_at = ?
  where workspace_id = ? and id = ? and revision = ? and deleted_at is null`;
const REVISE_LOG = `insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;

function reviseJob({ workspaceId, id, from, columns: c, revision: r }: Revise): WriteJob {
  const head = [c.name, c.status, c.visibility, c.language, c.voice_platform, c.interview_type, c.interview_focus];
  return {
    guarded: true,
    statements: [
      {
        sql: REVISE_HEAD,
        parameters: [from + 1, ...head, c.document, c.updated_at, c.deleted_at, workspaceId, id, from],
      },
      { sql: REVISE_LOG, parameters: [workspaceId, id, from + 1, r.at, r.by, r.via, r.edits, c.document] },
    ],
  };
}
