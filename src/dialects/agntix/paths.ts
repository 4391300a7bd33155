/** What Agntix's paths and queries have in common. */

import { invalidAt } from '../../faults.ts';
import { isUuid } from '../../model/text.ts';

export interface ById {
  Params: { id: string };
}

/** Its documents type the id of a path as a UUID, so any other text is a mistake and not merely unknown. */
export function idOf({ id }: ById['Params']): { id: string } {
  if (!isUuid(id)) throw invalidAt('id', 'must be a UUID', 'format');
  return { id: id.toLowerCase() };
}

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
