/** Helpers that the Ayra folders share: ids, envelopes, pages, times in queries. */

import { Fault } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { issuesOf } from '../../lib/check.ts';
import * as s from '../../lib/schema.ts';
import { dateTime } from '../../lib/text.ts';
import type { JsonObject } from '../../lib/values.ts';

/** A field of a request that may be omitted or null. */
export const nullish = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

export interface ById {
  Params: { id: string };
}

/** Ayra's ids are a prefix and our id without dashes. `undefined` for any other text. */
export function parseId(prefix: string, text: string): string | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(text.slice(prefix.length));
  return parts?.slice(1).join('-');
}
export const formatId = (prefix: string, id: string): string => prefix + id.replaceAll('-', '');

/** A request without a body counts as an empty object. */
export const bodyOf = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

const meta = { request_id: s.string(), timestamp: s.string() };
const pagination = s.object({
  page: s.integer(),
  per_page: s.integer(),
  total: s.integer(),
  total_pages: s.integer(),
});
export const one = (data: s.Schema) => s.object({ data, meta: s.object(meta) });
export const listOf = (item: s.Schema) => s.object({ data: s.array(item), meta: s.object({ ...meta, pagination }) });

/** `at` is a time in ISO 8601. */
export const formatMeta = (request: { id: string }, at: string) => ({ request_id: request.id, timestamp: at });

export const pageFields = {
  page: s.optional(s.integer({ minimum: 1, maximum: 1_000_000, description: 'Default: 1.' })),
  per_page: s.optional(s.integer({ minimum: 1, maximum: 100, description: 'Default: 25.' })),
};
export interface PagePosition {
  page: number;
  limit: number;
  offset: number;
}
export const positionOf = ({ page = 1, per_page = 25 }: { page?: number; per_page?: number }): PagePosition => ({
  page,
  limit: per_page,
  offset: (page - 1) * per_page,
});
export const formatPagination = (total: number, { page, limit }: PagePosition) => ({
  page,
  per_page: limit,
  total,
  total_pages: Math.ceil(total / limit),
});

const DATE_TIME = dateTime();

/** A time in a query as UTC with milliseconds, because the store compares times as text. Without an offset it is UTC. */
export function parseInstant(field: string, sent: string): string {
  // An unencoded plus of an offset arrives as a space.
  const text = sent.replace(/(?<=T.*) (?=\d\d(:?\d\d)?$)/, '+');
  const withTime = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text;
  const withZone = /(z|[+-]\d\d(:?\d\d)?)$/i.test(withTime.slice(10)) ? withTime : `${withTime}Z`;
  const at = new Date(withZone);
  if (issuesOf(DATE_TIME, withZone).length > 0 || Number.isNaN(at.getTime()))
    throw invalidQuery(field, 'must be an ISO 8601 date or time, like 2025-01-15T10:30:00Z');
  return at.toISOString();
}

export const invalidQuery = (path: string, message: string): Fault =>
  new Fault('invalid_query', { issues: [{ path, message, rule: 'format' }], message: `${path} ${message}` });
