/**
 * Reads documents without keeping anybody waiting. What is long, and what was made by programs and may be made to harm,
 * is read in a thread of its own, with an end to its memory and its time: a file may fail, the house does not.
 */
import { Worker } from 'node:worker_threads';
import { type Chunk, type File, isText, Unreadable } from '../knowledge.ts';
import { textChunks } from './divide.ts';

/** Text up to here is cut faster than a thread begins. */
const SHORT_BYTES = 32_768;
const MAX_MS = 60_000;
const MAX_MEGABYTES = 512;
const THREADS = 2;

export type Read = { chunks: Chunk[] } | { unreadable: string };

export function createReader(mostMs = MAX_MS): (file: File) => Promise<Chunk[]> {
  const waiting: (() => void)[] = [];
  let running = 0;

  const inTurn = async (file: File): Promise<Chunk[]> => {
    // Whoever has waited takes the place of the one that ended.
    if (running >= THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await inThread(file, mostMs);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return async (file) =>
    isText(file.mediaType) && file.source.length <= SHORT_BYTES ? textChunks(file) : inTurn(file);
}

function inThread(file: File, mostMs: number): Promise<Chunk[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Chunk[]>();
  const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEGABYTES },
    // What a library has to say about a broken file belongs in nobody's log.
    stdout: true,
    stderr: true,
  });
  const timer = setTimeout(() => reject(new Unreadable('Reading it takes too long.')), mostMs);
  worker.on('message', (read: Read) => {
    if ('chunks' in read) resolve(read.chunks);
    else reject(new Unreadable(read.unreadable));
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    reject(new Unreadable(full ? 'Reading it takes too much memory.' : 'It cannot be read.'));
  });
  worker.on('exit', () => reject(new Unreadable('It cannot be read.')));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}
