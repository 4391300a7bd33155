/**
 * Reads documents without blocking the event loop. Long texts, PDF and Word are read in a worker thread with limits of
 * memory and time, so that a hostile file cannot harm the server.
 */
import { Worker } from 'node:worker_threads';
import { type Chunk, type DocumentFile, isText, Unreadable } from '../knowledge.ts';
import { chunksOfFile } from './document-chunks.ts';

/** Texts up to this size take less time than the start of a thread. */
const SHORT_BYTES = 32_768;
const MAX_MS = 60_000;
const MAX_MEGABYTES = 512;
const UNREADABLE = 'The file cannot be read; export it again.';
const MAX_THREADS = 2;

export type ReadResult = { chunks: Chunk[] } | { unreadable: string };

/** The function returned throws Unreadable. `timeoutMs` limits the time in the worker thread. */
export function createReader(timeoutMs = MAX_MS): (file: DocumentFile) => Promise<Chunk[]> {
  const waiting: (() => void)[] = [];
  let running = 0;

  const readInThread = async (file: DocumentFile): Promise<Chunk[]> => {
    // A file that has waited takes over the slot of the one that ended, so `running` stays as it is.
    if (running >= MAX_THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await inThread(file, timeoutMs);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return async (file) =>
    isText(file.mediaType) && file.source.length <= SHORT_BYTES ? chunksOfFile(file) : readInThread(file);
}

function inThread(file: DocumentFile, timeoutMs: number): Promise<Chunk[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Chunk[]>();
  const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEGABYTES },
    // Keeps warnings of the PDF library about broken files out of the log.
    stdout: true,
    stderr: true,
  });
  const timer = setTimeout(
    () => reject(new Unreadable('Reading the file takes too long; upload it in parts.')),
    timeoutMs,
  );
  worker.on('message', (result: ReadResult) => {
    if ('chunks' in result) resolve(result.chunks);
    else reject(new Unreadable(result.unreadable));
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    reject(new Unreadable(full ? 'Reading the file takes too much memory; upload it in parts.' : UNREADABLE));
  });
  worker.on('exit', () => reject(new Unreadable(UNREADABLE)));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}
