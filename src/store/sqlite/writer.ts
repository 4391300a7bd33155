/**
 * The one writer of the embedded engine, in a thread of its own so that waiting for the disk never holds the event
 * loop. It is handed what has gathered and puts it into one commit: a full sync is paid once for all of them.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { ResultRow, WriteJob } from '../engine.ts';

export interface Batch {
  jobs: WriteJob[];
}
export type Outcome = { rows: ResultRow[][] | null } | { error: { message: string; unique: boolean } };
export interface BatchDone {
  outcomes: Outcome[];
}

const { path } = workerData as { path: string };
const db = new DatabaseSync(path);
db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  pragma wal_autocheckpoint = 2000; pragma cache_size = -4000; pragma busy_timeout = 5000`);

const statements = new Map<string, StatementSync>();
function prepare(sql: string): StatementSync {
  let statement = statements.get(sql);
  if (!statement) {
    statement = db.prepare(sql);
    if (statements.size > 500) statements.clear();
    statements.set(sql, statement);
  }
  return statement;
}

function perform(job: WriteJob): Outcome {
  db.exec('savepoint job');
  try {
    const rows: ResultRow[][] = [];
    for (const [i, { sql, parameters }] of job.statements.entries()) {
      const statement = prepare(sql);
      const input = parameters as SQLInputValue[];
      if (statement.columns().length > 0) {
        const returned = statement.all(...input) as ResultRow[];
        rows.push(returned);
        if (i === 0 && job.guarded && returned.length === 0) return stop();
        continue;
      }
      const { changes } = statement.run(...input);
      rows.push([]);
      if (i === 0 && job.guarded && changes === 0) return stop();
    }
    db.exec('release job');
    return { rows };
  } catch (error) {
    db.exec('rollback to job; release job');
    return { error: plain(error) };
  }
}

function stop(): Outcome {
  db.exec('release job');
  return { rows: null };
}

const plain = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  return { message, unique: /UNIQUE constraint/i.test(message) };
};

parentPort!.on('message', ({ jobs }: Batch) => {
  let outcomes: Outcome[];
  try {
    db.exec('begin immediate');
    outcomes = jobs.map(perform);
    db.exec('commit');
  } catch (error) {
    // A full disk, most likely. Nothing of the batch was kept, and nobody is told otherwise.
    if (db.isTransaction) db.exec('rollback');
    outcomes = jobs.map(() => ({ error: plain(error) }));
  }
  parentPort!.postMessage({ outcomes } satisfies BatchDone);
});
