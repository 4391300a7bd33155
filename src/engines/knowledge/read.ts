/**
 * Reads the text out of a document. What was made by programs and may be made to harm, PDF and Word, is read in a
 * thread of its own, with an end to its memory and its time: a file may fail, the house does not.
 */
import { Worker } from 'node:worker_threads';
import { isText, type MediaType, MOST_CHARACTERS, Unreadable } from '../../model/knowledge.ts';
import { plainText, tidy } from './text.ts';

const MOST_MS = 60_000;
const MOST_MEGABYTES = 512;

export interface Order {
  mediaType: MediaType;
  source: Uint8Array;
}
export type Read = { text: string } | { unreadable: string };

export async function read(mediaType: MediaType, source: Uint8Array, mostMs = MOST_MS): Promise<string> {
  const text = isText(mediaType)
    ? plainText(mediaType, decoded(source))
    : tidy(await inThread({ mediaType, source }, mostMs));
  if (text === '') throw new Unreadable('There is no text in it.');
  if (text.length > MOST_CHARACTERS) throw new Unreadable(TOO_MUCH);
  return text;
}

export const TOO_MUCH = `It has more than ${MOST_CHARACTERS / 1_000_000} million characters of text.`;

/** UTF-8, or UTF-16 where the first bytes say so; what is neither is taken for the old western encoding. */
function decoded(source: Uint8Array): string {
  const [first, second] = source;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(source);
  } catch {
    return new TextDecoder('windows-1252').decode(source);
  }
}

function inThread(order: Order, mostMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const worker = new Worker(new URL('./read-thread.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    // What a library has to say about a broken file belongs in nobody's log.
    stdout: true,
    stderr: true,
  });
  const timer = setTimeout(() => reject(new Unreadable('Reading it takes too long.')), mostMs);
  worker.on('message', (read: Read) => {
    if ('text' in read) resolve(read.text);
    else reject(new Unreadable(read.unreadable));
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    reject(new Unreadable(full ? 'Reading it takes too much memory.' : 'It cannot be read.'));
  });
  worker.on('exit', () => reject(new Unreadable('It cannot be read.')));
  return promise.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}
