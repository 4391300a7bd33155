/** The request headers of a write. They mean the same in every API. */
import type { Parameter, RouteRecord } from './document.ts';

const header = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
});

const ANY_WRITE = [
  header(
    'Idempotency-Key',
    'A repeated request with the same key is done once and gets the same answer. The server keeps a key for 24 hours.',
    { type: 'string', maxLength: 255 },
  ),
  header('Parlance-Dry-Run', '`1`: the server checks and answers as usual, but stores nothing.', { type: 'string' }),
];
const AGENT_WRITE = [
  header(
    'If-Match',
    'The write succeeds only if this revision is still the head, such as `"7"`. Otherwise the answer is 412 and names the fields in conflict.',
    { type: 'string' },
  ),
  header('Prefer', '`merge`: with If-Match, a write to other fields than those changed since succeeds too.', {
    type: 'string',
  }),
];
export const WRITE_HEADERS: readonly Parameter[] = [...AGENT_WRITE, ...ANY_WRITE];

/** Writes to an existing agent: If-Match can name the revision that the client has read. */
const CHANGES_AN_AGENT = /\/agents\/\{\w+\}(\/rollback|\/voice-configs(\/\{\w+\})?)?$/;

export function writeHeadersOf({ config }: RouteRecord, method: string, path: string): readonly Parameter[] {
  if (method === 'get' || config?.public) return [];
  return CHANGES_AN_AGENT.test(path) ? WRITE_HEADERS : ANY_WRITE;
}
