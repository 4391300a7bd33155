/**
 * The only writer of the embedded engine. It has a thread of its own, so that waiting for the disk never blocks the event
 * loop. It commits all jobs that have arrived together, which costs one full sync for all of them (group commit).
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

/** SQLite's error codes for a violated primary key and a violated unique index. */
const UNIQUE_VIOLATIONS = new Set<unknown>([1555, 2067]);
const MAX_CACHED_STATEMENTS = 500;
/** Jobs of one commit: enough to share one sync, few enough that the first does not wait long. */
const MAX_COMMIT_SIZE = 256;

interface Prepared {
  statement: StatementSync;
  returnsRows: boolean;
}

/** Pages of the write-ahead log after which it is written back into the database. */
const CHECKPOINT_PAGES = 1000;
/** `wal_checkpoint(noop)` exists since SQLite 3.51. An older version would write the log back instead. */
const REPORTS_LOG_LENGTH = Number(process.versions['sqlite']?.split('.')[1]) >= 51;

const { path } = workerData as { path: string };
const db = new DatabaseSync(path);
db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  pragma wal_autocheckpoint = ${REPORTS_LOG_LENGTH ? 0 : CHECKPOINT_PAGES}; pragma temp_store = memory;
  pragma cache_size = -4000; pragma busy_timeout = 5000`);

const statements = new Map<string, Prepared>();
function prepare(sql: string): Prepared {
  let prepared = statements.get(sql);
  if (!prepared) {
    const statement = db.prepare(sql);
    prepared = { statement, returnsRows: statement.columns().length > 0 };
    if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
    statements.set(sql, prepared);
  }
  return prepared;
}

const prepareWrite = (sql: string): StatementSync => prepare(sql).statement;
const exec = (sql: string) => prepareWrite(sql).run();

const ROLL_BACK_JOB = 'rollback to job; release job';

function end({ rollBack }: Job): void {
  if (rollBack) db.exec(ROLL_BACK_JOB);
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
        db.exec(ROLL_BACK_JOB);
        return { rows: null };
      }
      rows.push(returned);
    }
    end(job);
    return { rows };
  } catch (error) {
    // Errors such as a full disk end the transaction with all of its jobs. Other errors concern this job only.
    if (!db.isTransaction) throw error;
    db.exec(ROLL_BACK_JOB);
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
    // The whole commit has failed, so every job in it fails.
    if (db.isTransaction) db.exec('rollback');
    return jobs.map(() => ({ error: plain(error) }));
  }
}

const logState = db.prepare('pragma wal_checkpoint(noop)');
const writeBack = db.prepare('pragma wal_checkpoint(passive)');

/**
 * Writes the log back after the jobs have been answered. SQLite itself would do it inside a commit, and delay the answer
 * of jobs that are durable already by ten milliseconds. After an error the next commit tries again; nothing is lost.
 */
function checkpoint(): void {
  if (!REPORTS_LOG_LENGTH) return;
  try {
    const { log, checkpointed } = logState.get() as { log: number; checkpointed: number };
    if (log - checkpointed >= CHECKPOINT_PAGES) writeBack.get();
  } catch {}
}

const port = parentPort!;

/** Takes the batches that arrived during the last commit, up to the size of a commit. */
function gather(first: Batch): { jobs: Job[]; closing: boolean } {
  const jobs: Job[] = [];
  let batch: Batch | undefined = first;
  while (batch !== undefined && batch !== 'close') {
    jobs.push(...batch.jobs);
    if (jobs.length >= MAX_COMMIT_SIZE) break;
    batch = receiveMessageOnPort(port)?.message as Batch | undefined;
  }
  return { jobs, closing: batch === 'close' };
}

port.on('message', (batch: Batch) => {
  const { jobs, closing } = gather(batch);
  if (jobs.length > 0) {
    port.postMessage({ outcomes: commit(jobs) } satisfies BatchDone);
    checkpoint();
  }
  if (!closing) return;
  db.close();
  port.close();
});
