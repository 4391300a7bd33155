/** Reads a JSON body exactly as the client sent it, and refuses values that no database can store. */
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

/** The body of a request that sends a file instead of JSON. */
export class UploadedFile {
  readonly mediaType: string;
  readonly bytes: Buffer;
  constructor(mediaType: string, bytes: Buffer) {
    this.mediaType = mediaType;
    this.bytes = bytes;
  }
  /** The form in which a request is compared with an earlier one under the same idempotency key. */
  toJSON(): unknown {
    return { mediaType: this.mediaType, sha256: createHash('sha256').update(this.bytes).digest('hex') };
  }
}

/** For routes that also accept files: every media type that is not JSON arrives as an `UploadedFile`. */
export function acceptFiles(app: FastifyInstance): void {
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    return new UploadedFile(request.headers['content-type'] ?? '', body);
  });
}

/** An empty body is `undefined`, because some clients send the JSON content type with every request. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new Fault('invalid_json');
  }
  refuseUnstorable(value, 1, []);
  return value;
}

/** Names what a database cannot store as text. A record that contained it could not be read again. */
function unstorableIn(text: string): string | undefined {
  if (text.includes('\u0000')) return 'the character U+0000';
  return text.isWellFormed() ? undefined : 'half a character (a lone surrogate)';
}

/** What is wrong with a scalar, worded to follow the name of its field. */
function issueWith(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const unstorable = unstorableIn(value);
    return unstorable && `must not contain ${unstorable}`;
  }
  // 1e400 is valid JSON and is read as infinity, which would be written as null.
  const isInfinite = value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
  return isInfinite ? 'must be a number of at most 1.8e308' : undefined;
}

function refuseUnstorable(value: unknown, depth: number, path: (string | number)[]): void {
  const issue = issueWith(value);
  if (issue) throw invalidAt(path.join('.'), issue, 'pattern');
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH)
    throw new Fault('invalid_json', { message: `The body is nested deeper than ${MAX_DEPTH} levels; flatten it.` });
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) refuseUnstorable(value[i], depth + 1, [...path, i]);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__' || (key === 'constructor' && isObject(inner) && Object.hasOwn(inner, 'prototype')))
      throw new Fault('invalid_json', { message: `The body has the key ${key}, which is not allowed; remove it.` });
    const unstorable = unstorableIn(key);
    if (unstorable) throw invalidAt(path.join('.'), `must not have a key with ${unstorable}`, 'pattern');
    if (typeof inner === 'object' || issueWith(inner)) refuseUnstorable(inner, depth + 1, [...path, key]);
  }
}

/** @throws Fault `invalid_body` where the body is not an object. */
export function asObject(body: unknown): JsonObject {
  if (!isObject(body)) throw new Fault('invalid_body');
  return body;
}
