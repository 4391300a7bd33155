/** The door for clients of OpenAI's: every agent is a model. Its callers show native keys. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { routes } from './chat/routes.ts';
import { faults } from './errors.ts';

export const openai: Dialect = {
  name: 'openai',
  keysOf: 'native',
  prefix: '/openai',
  base: '/v1',
  title: 'OpenAI-compatible chat on Parlance',
  description:
    'Any client of OpenAI’s chat completions speaks with an agent: its base URL is this one, its key a native key of Parlance, its model the id of an agent.',
  credential: (request) => {
    const key = credentials.bearer(request);
    return key === undefined ? undefined : { key };
  },
  faults,
  tables: [],
  rateHeaders: ({ minute }) => ({
    'x-ratelimit-limit-requests': String(minute.limit),
    'x-ratelimit-remaining-requests': String(minute.remaining),
  }),
  routes,
};
