/** OpenAI's chat completions: every agent is a model. Clients use native keys. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { chatRoutes } from './chat/routes.ts';
import { faults } from './errors.ts';
import { modelRoutes } from './models/routes.ts';

export const openai: Dialect = {
  name: 'openai',
  keysOf: 'native',
  prefix: '/openai',
  base: '/v1',
  title: 'OpenAI-compatible chat on Parlance',
  description:
    'Clients of OpenAI’s chat completions talk to agents here. Set the base URL to this one, the key to a native key of Parlance, and the model to the id of an agent.',
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
  routes: (app, services) => {
    modelRoutes(app, services);
    chatRoutes(app, services);
  },
};
