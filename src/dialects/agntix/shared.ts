/** Helpers that the Agntix folders share. */

import { Fault, invalid, invalidAt } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import * as s from '../../lib/schema.ts';
import { isUuid } from '../../lib/text.ts';

/** A field of a request that may be omitted or null. */
export const nullish = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
/** A field of an answer that may be null. */
export const textOrNull = s.nullable(s.string());

export interface ById {
  Params: { id: string };
}

/** The id of an agent or a tool. Agntix's documents type them as UUIDs, so any other text answers 400. */
export function uuidOf({ id }: ById['Params']): { id: string } {
  if (!isUuid(id)) throw invalidAt('id', 'must be a UUID', 'format');
  return { id: id.toLowerCase() };
}

/**
 * The id of any other record. Agntix's documents type them as text, such as `ses_1` and `pn_1`, so an id of another form
 * is unknown and not wrong. U+0000 is removed because PostgreSQL refuses it.
 */
export const textIdOf = ({ id }: ById['Params']): string => id.toLowerCase().replaceAll('\0', '');

/** Parameters of a page are untyped, because Agntix clamps every value and refuses none. */
const pageNumber = s.optional(s.unknown({ description: 'A whole number from 1. Default: 1.' }));
const pageSize = (usual: number) =>
  s.optional(s.unknown({ description: `A whole number from 1 to 100. Default: ${usual}.` }));
export const PageQuery = s.object({ page: pageNumber, limit: pageSize(20) });
export const LongPageQuery = s.object({ page: pageNumber, limit: pageSize(50) });
export const SizeQuery = s.object({ page: pageNumber, size: pageSize(50) });

export interface Page {
  page: number;
  limit: number;
  offset: number;
}

const LAST_PAGE = 1_000_000;

/** Values out of range are clamped, never refused. */
export function parsePage(query: unknown, defaultLimit = 20): Page {
  const { page, limit } = query as { page?: unknown; limit?: unknown };
  const numbers = { page: clamp(page, 1, LAST_PAGE), limit: clamp(limit, defaultLimit, 100) };
  return { ...numbers, offset: (numbers.page - 1) * numbers.limit };
}

function clamp(value: unknown, usual: number, maximum: number): number {
  const number = Number.parseInt(String(value), 10);
  return Number.isNaN(number) ? usual : Math.min(Math.max(number, 1), maximum);
}

export const pageOf = (item: s.Schema) =>
  s.object({
    data: s.array(item),
    pagination: s.object({ page: s.integer(), limit: s.integer(), total: s.integer(), totalPages: s.integer() }),
  });
export const listOf = (item: s.Schema) => s.object({ data: s.array(item) });

export const formatPage = (data: unknown[], total: number, { page, limit }: Page) => ({
  data,
  pagination: { page, limit, total, totalPages: Math.ceil(total / limit) },
});

/** Refuses a body that does not match its schema, with every issue. */
export function checkShape(schema: s.Schema, body: unknown): void {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
}

/** Rewrites the paths of a service's issues to the names of the fields that the client sent. */
export async function withFieldNames<T>(names: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const issues = error.issues.map((issue) => {
      const own = Object.keys(names).find((path) => issue.path === path || issue.path.startsWith(`${path}.`));
      return own === undefined ? issue : { ...issue, path: names[own] + issue.path.slice(own.length) };
    });
    throw new Fault(error.code, { ...error.details, issues });
  }
}
