/**
 * Headers of a write that mean the same in every dialect. A request names the revision that it expects, or asks for a dry
 * run. The answer names the new revision and the changed fields, beside the vendor's own body.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isObject } from '../lib/values.ts';
import type { Caller, WriteOptions } from '../workspaces/caller.ts';
import { credentials } from './dialect.ts';
import type { RouteRecord } from './openapi/document.ts';

export const etagOf = (revision: number): string => `"${revision}"`;

/** The revisions in a list of strong entity tags. Other tags match no revision. */
function revisionsIn(list: string): number[] {
  return [...list.matchAll(/(?:^|,)\s*"(\d{1,15})"/g)].map(([, digits]) => Number(digits));
}

export function writeOptionsOf(request: FastifyRequest): WriteOptions {
  const ifMatch = credentials.header(request, 'if-match');
  const prefer = credentials.header(request, 'prefer');
  const dryRun = credentials.header(request, 'parlance-dry-run');
  return {
    ...(ifMatch !== undefined && { ifMatch: ifMatch.trim() === '*' ? '*' : revisionsIn(ifMatch) }),
    ...(prefer !== undefined && /(?:^|,)\s*merge\s*(?:,|$)/i.test(prefer) && { merge: true }),
    ...(dryRun !== undefined && /^(1|true)$/i.test(dryRun) && { dryRun: true }),
  };
}

const MAX_HEADER = 2000;
const listed = (values: readonly string[]): string => {
  const text = [...new Set(values)].join(', ');
  return text.length <= MAX_HEADER ? text : `${text.slice(0, MAX_HEADER - 5).replace(/,[^,]*$/, '')}, …`;
};
/** Header values are ASCII; a key of a free-form map may contain anything. */
const ascii = (text: string): string => text.replace(/[^\x21-\x7e]/g, (char) => encodeURIComponent(char));

/**
 * Adds the headers of the receipt and the ETag, and answers 304 where the client has this revision already.
 * @returns whether the answer needs its body.
 */
export function sendReceiptHeaders(request: FastifyRequest, reply: FastifyReply): boolean {
  const caller = request.caller as Caller | undefined;
  if (!caller || reply.statusCode >= 400) return true;
  if (caller.writeOptions.dryRun) reply.header('Parlance-Dry-Run', '1');
  const [receipt] = caller.receipts;
  if (receipt) {
    reply.header('Parlance-Revision', String(receipt.revision));
    reply.header('Parlance-Changed', listed(receipt.changed.map(ascii)));
    const ignored = ignoredIn(request);
    if (ignored.length > 0) reply.header('Parlance-Ignored', listed(ignored.map(ascii)));
    if (receipt.liveConversations > 0) reply.header('Parlance-Live-Conversations', String(receipt.liveConversations));
  }
  const revision = receipt?.revision ?? caller.shownRevision;
  if (revision !== undefined && !reply.hasHeader('etag')) reply.header('ETag', etagOf(revision));
  return needsBody(request, reply);
}

function needsBody(request: FastifyRequest, reply: FastifyReply): boolean {
  const known = credentials.header(request, 'if-none-match');
  const etag = reply.getHeader('etag');
  if (request.method !== 'GET' || reply.statusCode !== 200 || known === undefined || etag === undefined) return true;
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(String(etag)) && !tags.includes('*')) return true;
  reply.code(304).removeHeader('content-length').removeHeader('content-type');
  return false;
}

/** Fields of the body that this dialect does not know. */
function ignoredIn({ body, routeOptions }: FastifyRequest): string[] {
  const known = (routeOptions.schema as RouteRecord['schema'])?.body?.properties;
  if (!known || !isObject(body)) return [];
  return Object.keys(body).filter((key) => !Object.hasOwn(known, key));
}
