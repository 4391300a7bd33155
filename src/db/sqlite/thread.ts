/** The main thread's side of the writer: sends jobs to the thread in batches, and settles them with its answers. */
import { Worker } from 'node:worker_threads';
import { AlreadyThere, type ResultRow, StoreUnavailable } from '../engine.ts';
import type { Batch, BatchDone, Job, Outcome } from './writer.ts';

/** Jobs that are sent before the turn of the event loop ends: the thread works while this one makes more of them. */
const SEND_BATCH_SIZE = 8;

interface Waiting {
  job: Job;
  settle: (outcome: Outcome) => void;
}

export interface WriterThread {
  write(job: Job): Promise<ResultRow[][] | null>;
  /** Accepts no more jobs. Resolves when every accepted job is settled and every ending thread has ended. */
  idle(): Promise<void>;
  /** Ends the thread if it is idle. The next write starts another one. */
  rest(): void;
  close(): Promise<void>;
}

export function writerThread(path: string): WriterThread {
  const queue: Waiting[] = [];
  /** Jobs that were sent and are not answered. The thread answers in the order of sending. */
  const inFlight: Waiting[] = [];
  let whenIdle: (() => void) | undefined;
  /** Started with the first write: a server that only reads saves its 10 MB. */
  let worker: Worker | undefined;
  /** Threads that were told to end and have not ended yet. */
  const ending = new Set<Promise<void>>();

  const start = (): Worker => {
    const started = new Worker(new URL('./writer.ts', import.meta.url), {
      workerData: { path },
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // A thread that dies fails the jobs that it was sent. The next write starts another thread.
    const fail = (message: string) => {
      if (worker !== started) return;
      worker = undefined;
      settleSent(inFlight.map(() => ({ error: { message, unique: false } })));
    };
    started.on('message', ({ outcomes }: BatchDone) => settleSent(outcomes));
    started.on('error', (error) => fail(error.message));
    started.on('exit', (code) => fail(`the writer's thread ended with code ${code}`));
    return started;
  };

  const settleSent = (outcomes: Outcome[]): void => {
    const settled = inFlight.splice(0, outcomes.length);
    for (const [i, { settle }] of settled.entries()) settle(outcomes[i]!);
    if (inFlight.length === 0 && queue.length === 0) whenIdle?.();
  };

  // Jobs are sent also while the thread is busy, so that it does not have to wait for them between two commits.
  const flush = (): void => {
    if (queue.length === 0) return;
    worker ??= start();
    worker.postMessage({ jobs: queue.map(({ job }) => job) } satisfies Batch);
    inFlight.push(...queue.splice(0));
  };

  const endThread = (): void => {
    const last = worker;
    if (!last) return;
    worker = undefined;
    const ended = new Promise<void>((resolve) => last.once('exit', () => resolve())).finally(() =>
      ending.delete(ended),
    );
    ending.add(ended);
    last.postMessage('close' satisfies Batch);
  };

  return {
    write: (job) =>
      new Promise((resolve, reject) => {
        if (whenIdle) {
          reject(new StoreUnavailable('The database is closed: the server is stopping.'));
          return;
        }
        const settle = (outcome: Outcome) => {
          if ('rows' in outcome) resolve(outcome.rows);
          else if (outcome.error.unique) reject(new AlreadyThere(outcome.error.message));
          else reject(new StoreUnavailable(`SQLite: ${outcome.error.message}`));
        };
        queue.push({ job, settle });
        // The jobs of one turn of the event loop are sent together, in batches of this size.
        if (queue.length === 1) setImmediate(flush);
        if (queue.length >= SEND_BATCH_SIZE) flush();
      }),
    async idle() {
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        if (inFlight.length === 0 && queue.length === 0) resolve();
      });
      await Promise.all(ending);
    },
    rest() {
      if (inFlight.length === 0 && queue.length === 0) endThread();
    },
    async close() {
      endThread();
      await Promise.all(ending);
    },
  };
}
