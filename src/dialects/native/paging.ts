/** What the native routes share: ids in paths, and lists that are read page by page. */

import { Fault, type FaultCode } from '../../faults.ts';
import { isUuid } from '../../model/text.ts';

export interface ById {
  Params: { id: string };
}

export function idOf(request: { params: unknown }, missing: FaultCode): string {
  const { id } = request.params as { id: string };
  if (!isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** Cursors are opaque to callers: a place in the order, nothing more. */
export const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');
export const placeOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

export const notACursor = (): Fault =>
  new Fault('invalid_query', {
    issues: [{ path: 'cursor', message: 'is not a cursor', rule: 'format' }],
    message: 'cursor is not a cursor',
  });

/** A moment in a query, as times are kept. */
export function momentOf(text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  const issues = [{ path: 'at', message: 'must be a valid date-time', rule: 'format' }];
  throw new Fault('invalid_query', { issues, message: 'at must be a valid date-time' });
}

/** The lists of records are pages by offset underneath; outside there is only a cursor. */
export async function page<T>(
  query: unknown,
  list: (page: { limit: number; offset: number }) => Promise<{ items: T[]; total: number }>,
  show: (item: T) => unknown,
) {
  const { limit = 50, cursor } = query as { limit?: number; cursor?: string };
  const offset = cursor ? Number(placeOf(cursor)) : 0;
  if (!Number.isSafeInteger(offset) || offset < 0) throw notACursor();
  const { items, total } = await list({ limit, offset });
  const next = offset + items.length;
  return { data: items.map(show), nextCursor: next < total ? cursorOf(String(next)) : null };
}
