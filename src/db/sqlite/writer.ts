/**
 * The one writer of the embedded engine, in a thread of its own so that waiting for the disk never holds the event
 * loop. It is handed what has gathered and puts it into one commit: a full sync is paid once for all of them.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ResultRow, WriteJob } from '../engine.ts';
import { type Packed, revise } from './revise.ts';

export type Job = WriteJob | { change: Packed; rollBack?: boolean };
export type Batch = { jobs: Job[] } | 'close';
export type Outcome = { rows: ResultRow[][] | null } | { error: { message: string; unique: boolean } };
export interface BatchDone {
  outcomes: Outcome[];
}

/** SQLite's own numbers for a value that is there already. */
const UNIQUE_VIOLATIONS = new Set<unknown>([1555, 2067]);
const STATEMENTS_KEPT = 500;
/** Enough to share one sync among, few enough that the first of them does not wait for long. */
const COMMIT_SIZE = 256;

interface Prepared {
  statement: StatementSync;
  returnsRows: boolean;
}

/** So many pages of the log are written back into the database together. */
const CHECKPOINT_PAGES = 1000;
/** SQLite says how long its log is since 3.51. An older one would write it back when asked, and keeps that to itself. */
const SAYS_HOW_LONG = Number(process.versions['sqlite']?.split('.')[1]) >= 51;

const { path } = workerData as { path: string };
const db = new DatabaseSync(path);
db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  pragma wal_autocheckpoint = ${SAYS_HOW_LONG ? 0 : CHECKPOINT_PAGES}; pragma temp_store = memory;
  pragma cache_size = -4000; pragma busy_timeout = 5000`);

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

const prepareWrite = (sql: string): StatementSync => prepare(sql).statement;
const exec = (sql: string) => prepareWrite(sql).run();

const TAKE_BACK = 'rollback to job; release job';

function end({ rollBack }: Job): void {
  if (rollBack) db.exec(TAKE_BACK);
  else exec('release job');
}

function perform(job: Job): Outcome {
  exec('savepoint job');
  try {
    if ('change' in job) {
      const wasHead = revise(prepareWrite, job.change);
      end(job);
      return { rows: wasHead ? [] : null };
    }
    const rows: ResultRow[][] = [];
    for (const [i, { sql, parameters }] of job.statements.entries()) {
      const { statement, returnsRows } = prepare(sql);
      const input = parameters as SQLInputValue[];
      const returned = returnsRows ? (statement.all(...input) as ResultRow[]) : [];
      const changed = returnsRows ? returned.length : statement.run(...input).changes;
      if (i < (job.guards ?? 0) && Number(changed) === 0) {
        db.exec(TAKE_BACK);
        return { rows: null };
      }
      rows.push(returned);
    }
    end(job);
    return { rows };
  } catch (error) {
    // A full disk and its like end the whole transaction, the other jobs with it; the rest is this job's own affair.
    if (!db.isTransaction) throw error;
    db.exec(TAKE_BACK);
    return { error: plain(error) };
  }
}

const plain = (error: unknown) => {
  const { message, errcode } = error as { message?: string; errcode?: number };
  return { message: message ?? String(error), unique: UNIQUE_VIOLATIONS.has(errcode) };
};

function commit(jobs: Job[]): Outcome[] {
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

const logged = db.prepare('pragma wal_checkpoint(noop)');
const writeBack = db.prepare('pragma wal_checkpoint(passive)');

/**
 * SQLite would do this inside the commit that makes it due, and whoever waits for that one would wait ten milliseconds
 * longer for what is on the disk already. A log that cannot be written back now is as durable, and the next commit tries.
 */
function tidy(): void {
  if (!SAYS_HOW_LONG) return;
  try {
    const { log, checkpointed } = logged.get() as { log: number; checkpointed: number };
    if (log - checkpointed >= CHECKPOINT_PAGES) writeBack.get();
  } catch {}
}

const port = parentPort!;

/** What arrived during the last commit is there already, and shares the next one. */
function gather(first: Batch): { jobs: Job[]; closing: boolean } {
  const jobs: Job[] = [];
  let batch: Batch | undefined = first;
  while (batch !== undefined && batch !== 'close') {
    jobs.push(...batch.jobs);
    if (jobs.length >= COMMIT_SIZE) break;
    batch = receiveMessageOnPort(port)?.message as Batch | undefined;
  }
  return { jobs, closing: batch === 'close' };
}

port.on('message', (batch: Batch) => {
  const { jobs, closing } = gather(batch);
  if (jobs.length > 0) {
    port.postMessage({ outcomes: commit(jobs) } satisfies BatchDone);
    tidy();
  }
  if (!closing) return;
  db.close();
  port.close();
});
