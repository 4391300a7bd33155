/**
 * The one writer of the embedded engine, in a thread of its own so that waiting for the disk never holds the event
 * loop. It is handed what has gathered and puts it into one commit: a full sync is paid once for all of them.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { ResultRow, WriteJob } from '../engine.ts';

export type Batch = { jobs: WriteJob[] } | 'close';
export type Outcome = { rows: ResultRow[][] | null } | { error: { message: string; unique: boolean } };
export interface BatchDone {
  outcomes: Outcome[];
}

/** SQLite's own numbers for a value that is there already. */
const UNIQUE_VIOLATIONS = new Set<unknown>([1555, 2067]);
const STATEMENTS_KEPT = 500;

interface Prepared {
  statement: StatementSync;
  returnsRows: boolean;
}

const { path } = workerData as { path: string };
const db = new DatabaseSync(path);
db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  pragma wal_autocheckpoint = 2000; pragma cache_size = -4000; pragma busy_timeout = 5000`);

const statements = new Map<string, Prepared>();
function prepare(sql: string): Prepared {
  let prepared = statements.get(sql);
  if (!prepared) {
    const statement = db.prepare(sql);
    prepared = { statement, returnsRows: statement.columns().length > 0 };
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    statements.set(sql, prepared);
  }
  return prepared;
}

function perform(job: WriteJob): Outcome {
  db.exec('savepoint job');
  try {
    const rows: ResultRow[][] = [];
    for (const [i, { sql, parameters }] of job.statements.entries()) {
      const { statement, returnsRows } = prepare(sql);
      const input = parameters as SQLInputValue[];
      const returned = returnsRows ? (statement.all(...input) as ResultRow[]) : [];
      const changed = returnsRows ? returned.length : statement.run(...input).changes;
      if (i === 0 && job.guarded && Number(changed) === 0) {
        db.exec('release job');
        return { rows: null };
      }
      rows.push(returned);
    }
    db.exec('release job');
    return { rows };
  } catch (error) {
    // A full disk and its like end the whole transaction, the other jobs with it; the rest is this job's own affair.
    if (!db.isTransaction) throw error;
    db.exec('rollback to job; release job');
    return { error: plain(error) };
  }
}

const plain = (error: unknown) => {
  const { message, errcode } = error as { message?: string; errcode?: number };
  return { message: message ?? String(error), unique: UNIQUE_VIOLATIONS.has(errcode) };
};

function commit(jobs: WriteJob[]): Outcome[] {
  try {
    db.exec('begin immediate');
    const outcomes = jobs.map(perform);
    db.exec('commit');
    return outcomes;
  } catch (error) {
    // Nothing of the batch was kept, and nobody is told otherwise.
    if (db.isTransaction) db.exec('rollback');
    return jobs.map(() => ({ error: plain(error) }));
  }
}

parentPort!.on('message', (batch: Batch) => {
  if (batch !== 'close') {
    parentPort!.postMessage({ outcomes: commit(batch.jobs) } satisfies BatchDone);
    return;
  }
  db.close();
  parentPort!.close();
});
