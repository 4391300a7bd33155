/** Helpers of the native routes: ids in paths, and pages of lists. */

import { Fault, type FaultCode } from '../../faults.ts';
import { isUuid } from '../../lib/text.ts';

export interface ById {
  Params: { id: string };
}

export const idOf = (request: { params: unknown }, missing: FaultCode): string =>
  plainId((request.params as { id: string }).id, missing);

/** An id as it is stored. A malformed one is the id of no record. */
export function plainId(id: string, missing: FaultCode): string {
  if (!isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** Cursors are opaque to clients: a place in the order. */
export const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');
export const placeOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

export const notACursor = (): Fault =>
  new Fault('invalid_query', {
    issues: [{ path: 'cursor', message: 'is not a cursor', rule: 'format' }],
    message: 'cursor is not a cursor',
  });

/** A time in a query, as times are stored. */
export function momentOf(text: string, name = 'at'): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  const issues = [{ path: name, message: 'must be a valid date-time', rule: 'format' }];
  throw new Fault('invalid_query', { issues, message: `${name} must be a valid date-time` });
}

/** A list of values with commas between them; each must be one of the allowed ones. */
export function wordsOf<T extends string>(text: string, known: readonly T[], name: string): T[] {
  const words = [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '');
  const isKnown = (word: string): word is T => (known as readonly string[]).includes(word);
  if (words.length > 0 && words.every(isKnown)) return words.filter(isKnown);
  const message = `must be one or more of ${known.join(', ')}`;
  throw new Fault('invalid_query', {
    issues: [{ path: name, message, rule: 'enum' }],
    message: `${name} ${message}`,
  });
}

export function numberIn(cursor: string): number {
  const number = Number(placeOf(cursor));
  if (!Number.isSafeInteger(number) || number < 1) throw notACursor();
  return number;
}

/** Pages of a list whose newest items come first: each page continues below the last number of the page before. */
export async function newestFirst<T>(
  { limit = 50, cursor }: { limit?: number; cursor?: string },
  list: (page: { limit: number; below?: number }) => Promise<T[]>,
  numberOf: (item: T) => number,
): Promise<{ shown: T[]; nextCursor: string | null }> {
  const below = cursor === undefined ? undefined : numberIn(cursor);
  const found = await list({ limit: limit + 1, ...(below !== undefined && { below }) });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return { shown, nextCursor: last ? cursorOf(String(numberOf(last))) : null };
}

/** Record lists are paged by offset inside; clients see a cursor. */
export async function page<T>(
  query: unknown,
  list: (page: { limit: number; offset: number }) => Promise<{ items: T[]; total: number }>,
  format: (item: T) => unknown,
) {
  const { limit = 50, cursor } = query as { limit?: number; cursor?: string };
  const offset = cursor ? Number(placeOf(cursor)) : 0;
  if (!Number.isSafeInteger(offset) || offset < 0) throw notACursor();
  const { items, total } = await list({ limit, offset });
  const next = offset + items.length;
  return { data: items.map(format), nextCursor: next < total ? cursorOf(String(next)) : null };
}
