/** The embedded engine: SQLite in this process. Reads run here, writes in the thread of `writer.ts`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Dialect } from 'kysely';
import { ENGINE_FACTS, type Engine, type ResultRow, StoreUnavailable } from '../engine.ts';
import { DummyDriver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from '../kysely.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../migrations/index.ts';
import { pack } from './revise.ts';
import { writerThread } from './thread.ts';

/** SQLite's error code for a lock that another process holds. */
const SQLITE_BUSY = 5;
const MAX_CACHED_STATEMENTS = 500;

/** Another process has opened the data directory. */
export class DirectoryInUse extends Error {
  override name = 'DirectoryInUse';
}

/** Builds SQL for SQLite. */
export const SQLITE: Dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};

export interface SqliteOptions {
  directory: string;
  now: () => Date;
}

export function openSqlite({ directory, now }: SqliteOptions): Engine {
  mkdirSync(directory, { recursive: true });
  const lock = lockDirectory(directory);
  const path = join(directory, 'parlance.db');
  const db = closingOnError(lock, () => openReader(path, now));
  const writer = writerThread(path);

  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  };

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // The writer closes last, because the last connection to an SQLite database writes its log back.
    await writer.idle();
    db.close();
    await writer.close();
    lock.close();
  };

  return {
    name: 'sqlite',
    kysely: SQLITE,
    async read({ sql, parameters }) {
      try {
        return prepare(sql).all(...(parameters as SQLInputValue[])) as unknown as ResultRow[];
      } catch (error) {
        throw new StoreUnavailable(`SQLite: ${(error as Error).message}`, { cause: error });
      }
    },
    // Only the SQL and the parameters: a compiled query also holds its syntax tree, which would be copied to the thread.
    write: ({ statements, ...job }) =>
      writer.write({ ...job, statements: statements.map(({ sql, parameters }) => ({ sql, parameters })) }),
    async revise(change) {
      const job = { change: pack(change), ...(change.rollBack && { rollBack: true }) };
      return (await writer.write(job)) !== null;
    },
    notices: null,
    releaseWriter: writer.rest,
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/**
 * Lets one process use a directory. The lock is an open transaction on a file of its own, which the operating system
 * releases however the process ends.
 */
function lockDirectory(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, 'lock'));
  return closingOnError(lock, () => {
    try {
      lock.exec('pragma busy_timeout = 0; begin exclusive');
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      throw new DirectoryInUse(
        `Another Parlance is running on the data directory ${directory}. Stop it, or choose another directory with --data.`,
      );
    }
    return lock;
  });
}

function openReader(path: string, now: () => Date): DatabaseSync {
  const db = new DatabaseSync(path);
  return closingOnError(db, () => {
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000');
    migrate(db, now);
    db.exec('pragma query_only = on; pragma cache_size = -8000');
    return db;
  });
}

/** Runs the next step of opening, and closes the database if that fails. */
function closingOnError<T>(db: DatabaseSync, next: () => T): T {
  try {
    return next();
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, now: () => Date): void {
  db.exec(MIGRATIONS_TABLE);
  const rows = db.prepare('select number from migrations').all();
  const done = new Set(rows.map((row) => row['number']));
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
