/** The terms that a write may come with, as the documents say them: headers that mean the same in every API. */
import type { Parameter, RouteRecord } from './describe.ts';

const term = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
});

const ANY_WRITE = [
  term('Idempotency-Key', 'Sent twice, done once and answered alike; kept for a day.', {
    type: 'string',
    maxLength: 255,
  }),
  term('Parlance-Dry-Run', '`1`: the whole way, and nothing has happened.', { type: 'string' }),
];
const OF_AN_AGENT = [
  term('If-Match', 'Only if this revision is still the head, such as `"7"`; otherwise 412, and what is in conflict.', {
    type: 'string',
  }),
  term('Prefer', '`merge`: also if it is not, where both sides touched different fields.', { type: 'string' }),
];
export const WRITE_HEADERS: readonly Parameter[] = [...OF_AN_AGENT, ...ANY_WRITE];

/** What changes an agent that is there has a revision to be held against. */
const CHANGES_AN_AGENT = /\/agents\/\{\w+\}(\/rollback|\/voice-configs(\/\{\w+\})?)?$/;

export function writeHeadersOf({ config }: RouteRecord, method: string, path: string): readonly Parameter[] {
  if (method === 'get' || config?.public) return [];
  return CHANGES_AN_AGENT.test(path) ? WRITE_HEADERS : ANY_WRITE;
}
