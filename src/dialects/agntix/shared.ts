/** What Agntix's paths and queries have in common. */

import { Fault, invalid, invalidAt } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import type { Schema } from '../../lib/schema.ts';
import { isUuid } from '../../lib/text.ts';

export interface ById {
  Params: { id: string };
}

/** Its documents type the ids of agents and tools as UUIDs, so any other text is a mistake and not merely unknown. */
export function idOf({ id }: ById['Params']): { id: string } {
  if (!isUuid(id)) throw invalidAt('id', 'must be a UUID', 'format');
  return { id: id.toLowerCase() };
}

/** Of all other ids they say that they are text, as in `ses_1` and `pn_1`: one that is none of ours is unknown. No store takes U+0000. */
export const plainIdOf = ({ id }: ById['Params']): { id: string } => ({ id: id.toLowerCase().replaceAll('\0', '') });

export interface Place {
  page: number;
  limit: number;
  offset: number;
}

const LAST_PAGE = 1_000_000;

/** Pages are clamped, never refused. */
export function placeOf(query: unknown, usual = 20): Place {
  const { page, limit } = query as { page?: unknown; limit?: unknown };
  const numbers = { page: clamped(page, 1, LAST_PAGE), limit: clamped(limit, usual, 100) };
  return { ...numbers, offset: (numbers.page - 1) * numbers.limit };
}

function clamped(sent: unknown, usual: number, most: number): number {
  const number = Number.parseInt(String(sent), 10);
  return Number.isNaN(number) ? usual : Math.min(Math.max(number, 1), most);
}

export const paginated = (data: unknown[], total: number, { page, limit }: Place) => ({
  data,
  pagination: { page, limit, total, totalPages: Math.ceil(total / limit) },
});

/** What a body that is checked late has to be. */
export function refuse(schema: Schema, body: unknown): void {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
}

/** The house speaks of its own fields where something is wrong with them; whoever asked knows them by other names. */
export async function inDialectTerms<T>(names: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const issues = error.issues.map((issue) => {
      const place = Object.keys(names).find((own) => issue.path === own || issue.path.startsWith(`${own}.`));
      return place === undefined ? issue : { ...issue, path: names[place] + issue.path.slice(place.length) };
    });
    throw new Fault(error.code, { ...error.details, issues });
  }
}
