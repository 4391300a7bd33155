/** Helpers that the native folders share: scopes of routes, ids in paths, and checks of bodies and queries. */

import { Fault, type FaultCode, invalid } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { type RouteFacts, route } from '../../http/dialect.ts';
import { issuesOf } from '../../lib/check.ts';
import * as s from '../../lib/schema.ts';
import * as text from '../../lib/text.ts';

/** The option of schemas that refuse unknown fields. */
export const closed = { additionalProperties: false };

/** The fields that the server adds to every record. */
export const stamps = { id: text.uuid(), createdAt: text.dateTime(), updatedAt: text.dateTime() };

/** Counted from 1, up to the largest 32-bit integer. */
export const revisionNumber = (description: string) => s.integer({ minimum: 1, maximum: 2_147_483_647, description });

/** The author of a write. */
export const author = (others = '`user:<id>` or `system`') => s.string({ description: `\`key:<id>\`, ${others}.` });

/** Some of a fixed set of values, with commas between them. */
export const commaSeparated = (values: readonly string[]) =>
  s.optional(s.string({ description: `One or more of ${values.join(', ')}, with commas between.` }));

export interface ById {
  Params: { id: string };
}

type FactsOfRoute = Omit<RouteFacts, 'tag' | 'scope'>;

/** Options for the routes of one tag. They need the scope `<resource>:read` or `<resource>:write`. */
export const scopedRoutes = (tag: string, resource: string) => ({
  read: (facts: FactsOfRoute) => route({ ...facts, tag, scope: `${resource}:read` }),
  write: (facts: FactsOfRoute) => route({ ...facts, tag, scope: `${resource}:write` }),
});

/** @throws Fault `missing` where the id in the path is malformed. */
export const idOf = (request: { params: unknown }, missing: FaultCode): string =>
  storedId((request.params as { id: string }).id, missing);

/** An id as it is stored. No record has a malformed id. */
export function storedId(id: string, missing: FaultCode): string {
  if (!text.isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** The path of segments as an RFC 6901 pointer. */
export const jsonPointer = (segments: readonly string[]): string =>
  segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Checks a body after its record was found. Its route sets `handlerChecksBody`. */
export function parseBody<T>(schema: s.Schema<T>, body: unknown): T {
  const fields = asObject(body);
  const issues = issuesOf(schema, fields);
  if (issues.length > 0) throw invalid(issues);
  return fields as T;
}

/** A fault about one parameter of the query. */
export const invalidQuery = (name: string, message: string, rule: string): Fault =>
  new Fault('invalid_query', { issues: [{ path: name, message, rule }], message: `${name} ${message}` });

/** A time in a query, as times are stored. */
export function timeOf(value: string, name = 'at'): string {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw invalidQuery(name, 'must be a valid date-time', 'format');
  return new Date(time).toISOString();
}

/** The values of a query parameter with commas between them. Each must be one of `allowed`. */
export function valuesOf<T extends string>(list: string, allowed: readonly T[], name: string): T[] {
  const values = [...new Set(list.split(',').map((value) => value.trim()))].filter((value) => value !== '');
  const isAllowed = (value: string): value is T => (allowed as readonly string[]).includes(value);
  if (values.length > 0 && values.every(isAllowed)) return values.filter(isAllowed);
  throw invalidQuery(name, `must be one or more of ${allowed.join(', ')}`, 'enum');
}
