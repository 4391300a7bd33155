/** This side of the writer's thread: gathers what waits, sends it together, and tells everybody how it went. */
import { Worker } from 'node:worker_threads';
import { AlreadyThere, type ResultRow, StoreUnavailable } from '../engine.ts';
import type { Batch, BatchDone, Job, Outcome } from './writer.ts';

/** So many are sent without waiting for the rest of their turn: the thread works on them while more are thought out. */
const PARCEL_SIZE = 8;

interface Waiting {
  job: Job;
  settle: (outcome: Outcome) => void;
}

export interface WriterThread {
  write(job: Job): Promise<ResultRow[][] | null>;
  /** Takes nothing more, and answers when everything accepted has been settled and nobody is on the way out. */
  idle(): Promise<void>;
  /** Lets the thread go if it has nothing to do. The next write begins another. */
  rest(): void;
  close(): Promise<void>;
}

export function writerThread(path: string): WriterThread {
  const queue: Waiting[] = [];
  /** Sent and not yet answered, in the order of sending, which is the order of the answers. */
  const inFlight: Waiting[] = [];
  let whenIdle: (() => void) | undefined;
  /** Begun with the first write: a server that is only asked does without these 10 MB. */
  let worker: Worker | undefined;
  /** Those that were told to go and have not gone yet. */
  const leaving = new Set<Promise<void>>();

  const begin = (): Worker => {
    const started = new Worker(new URL('./writer.ts', import.meta.url), {
      workerData: { path },
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // A thread that dies takes only what it was handed with it: the next write gets a new one.
    const lost = (message: string) => {
      if (worker !== started) return;
      worker = undefined;
      land(inFlight.map(() => ({ error: { message, unique: false } })));
    };
    started.on('message', ({ outcomes }: BatchDone) => land(outcomes));
    started.on('error', (error) => lost(error.message));
    started.on('exit', (code) => lost(`the writer's thread ended with ${code}`));
    return started;
  };

  const land = (outcomes: Outcome[]): void => {
    const landed = inFlight.splice(0, outcomes.length);
    for (const [i, { settle }] of landed.entries()) settle(outcomes[i]!);
    if (inFlight.length === 0 && queue.length === 0) whenIdle?.();
  };

  // Sent although the thread may be busy: it never has to wait for this one between two commits.
  const flush = (): void => {
    if (queue.length === 0) return;
    worker ??= begin();
    worker.postMessage({ jobs: queue.map(({ job }) => job) } satisfies Batch);
    inFlight.push(...queue.splice(0));
  };

  const dismiss = (): void => {
    const dismissed = worker;
    if (!dismissed) return;
    worker = undefined;
    const gone = new Promise<void>((resolve) => dismissed.once('exit', () => resolve())).finally(() =>
      leaving.delete(gone),
    );
    leaving.add(gone);
    dismissed.postMessage('close' satisfies Batch);
  };

  return {
    write: (job) =>
      new Promise((resolve, reject) => {
        if (whenIdle) {
          reject(new StoreUnavailable('The store is closed.'));
          return;
        }
        const settle = (outcome: Outcome) => {
          if ('rows' in outcome) resolve(outcome.rows);
          else if (outcome.error.unique) reject(new AlreadyThere(outcome.error.message));
          else reject(new StoreUnavailable(`SQLite: ${outcome.error.message}`));
        };
        queue.push({ job, settle });
        // What arrives in one turn of the event loop is sent together, in parcels.
        if (queue.length === 1) setImmediate(flush);
        if (queue.length >= PARCEL_SIZE) flush();
      }),
    async idle() {
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        if (inFlight.length === 0 && queue.length === 0) resolve();
      });
      await Promise.all(leaving);
    },
    rest() {
      if (inFlight.length === 0 && queue.length === 0) dismiss();
    },
    async close() {
      dismiss();
      await Promise.all(leaving);
    },
  };
}
