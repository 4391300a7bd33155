/** Reads a JSON body exactly as it was sent, and refuses what could only do harm. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Fault, invalidAt } from '../faults.ts';
import { isObject, type JsonObject } from '../lib/values.ts';

const MAX_DEPTH = 64;
const decoder = new TextDecoder('utf-8', { fatal: true });

export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    /^application\/([^;]*\+)?json/,
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseJson(body),
  );
}

/** A file that was sent as it is. */
export class SentFile {
  readonly mediaType: string;
  readonly bytes: Buffer;
  constructor(mediaType: string, bytes: Buffer) {
    this.mediaType = mediaType;
    this.bytes = bytes;
  }
  /** What stands for it where a whole request is put into words: an idempotency key is held against that. */
  toJSON(): unknown {
    return { mediaType: this.mediaType, sha256: createHash('sha256').update(this.bytes).digest('hex') };
  }
}

/** For routes that take files, besides JSON. */
export function acceptFiles(app: FastifyInstance): void {
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    return new SentFile(request.headers['content-type'] ?? '', body);
  });
}

/** An empty body is `undefined`: some clients announce JSON on every request. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new Fault('invalid_json');
  }
  refuseHarm(value, 1, []);
  return value;
}

/** What no database keeps as text: one that cannot be read back would make everything unreadable that it stands in. */
function unkeepable(text: string): string | undefined {
  if (text.includes('\u0000')) return 'the character U+0000';
  return text.isWellFormed() ? undefined : 'half a character (a lone surrogate)';
}

function harmIn(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const what = unkeepable(value);
    return what && `must not contain ${what}`;
  }
  // 1e400 is JSON, but would come back as null, which means something else.
  const isEndless = value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
  return isEndless ? 'must be a number that can be kept' : undefined;
}

function refuseHarm(value: unknown, depth: number, path: (string | number)[]): void {
  const harm = harmIn(value);
  if (harm) throw invalidAt(path.join('.'), harm, 'pattern');
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH)
    throw new Fault('invalid_json', { message: `The body is nested deeper than ${MAX_DEPTH} levels.` });
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) refuseHarm(value[i], depth + 1, [...path, i]);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__' || (key === 'constructor' && isObject(inner) && Object.hasOwn(inner, 'prototype')))
      throw new Fault('invalid_json', { message: `The body has a key that is not allowed: ${key}.` });
    const what = unkeepable(key);
    if (what) throw invalidAt(path.join('.'), `must not have a key with ${what}`, 'pattern');
    if (typeof inner === 'object' || harmIn(inner)) refuseHarm(inner, depth + 1, [...path, key]);
  }
}

export function asObject(body: unknown): JsonObject {
  if (!isObject(body)) throw new Fault('invalid_body');
  return body;
}
