/** Lists that clients read page by page, with an opaque cursor. */

import type { Fault } from '../../faults.ts';
import * as s from '../../lib/schema.ts';
import { invalidQuery } from './shared.ts';

const DEFAULT_LIMIT = 50;

export const listOf = (item: s.Schema) => s.object({ data: s.array(item), nextCursor: s.nullable(s.string()) });

export const ListQuery = s.object({
  limit: s.optional(
    s.integer({ minimum: 1, maximum: 200, description: `The most items to answer; ${DEFAULT_LIMIT} by default.` }),
  ),
  cursor: s.optional(s.string({ description: 'The `nextCursor` of the page before.' })),
});
export type ListQuery = s.Static<typeof ListQuery>;

export const SearchQuery = s.object({ ...ListQuery.properties, search: s.optional(s.string()) });

/** A cursor holds a place in the order of a list. */
const encodeCursor = (place: string): string => Buffer.from(place).toString('base64url');
export const decodeCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

export const invalidCursor = (): Fault => invalidQuery('cursor', 'must be the nextCursor of an earlier page', 'format');

/** @throws Fault `invalid_query` where the cursor does not hold a number from 1. */
export function numberIn(cursor: string): number {
  const number = Number(decodeCursor(cursor));
  if (!Number.isSafeInteger(number) || number < 1) throw invalidCursor();
  return number;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Reads one item more than the page holds. It shows whether another page follows. */
export async function readPage<T>(
  limit = DEFAULT_LIMIT,
  list: (limit: number) => Promise<T[]>,
  placeOf: (item: T) => string,
): Promise<Page<T>> {
  const found = await list(limit + 1);
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : encodeCursor(placeOf(last)) };
}

/** Pages of a list whose newest items come first. Each page continues below the last number of the page before. */
export function newestFirst<T>(
  { limit, cursor }: ListQuery,
  list: (page: { limit: number; below?: number }) => Promise<T[]>,
  numberOf: (item: T) => number,
): Promise<Page<T>> {
  const below = cursor === undefined ? {} : { below: numberIn(cursor) };
  const read = (most: number) => list({ limit: most, ...below });
  return readPage(limit, read, (item) => String(numberOf(item)));
}

/** Services page these lists by offset. The cursor hides the offset. */
export async function pageByOffset<T>(
  { limit = DEFAULT_LIMIT, cursor }: ListQuery,
  list: (page: { limit: number; offset: number }) => Promise<{ items: T[]; total: number }>,
  format: (item: T) => unknown,
) {
  const offset = cursor ? Number(decodeCursor(cursor)) : 0;
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalidCursor();
  const { items, total } = await list({ limit, offset });
  const next = offset + items.length;
  return { data: items.map(format), nextCursor: next < total ? encodeCursor(String(next)) : null };
}
