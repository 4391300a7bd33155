/** Parlance's own API. The command line uses it too. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { integer, string } from '../../lib/schema.ts';
import { phoneNumber, uuid } from '../../lib/text.ts';
import { faults } from './errors.ts';
import { routes } from './routes.ts';
import { mapEvent } from './webhooks/events.ts';

const COLLECTIONS = [
  'agents',
  'workspaces',
  'keys',
  'phone-numbers',
  'tools',
  'contacts',
  'webhooks',
  'deliveries',
  'corpora',
  'documents',
  'conversations',
  'calls',
  'campaigns',
];

export const native: Dialect = {
  name: 'native',
  prefix: '/v1',
  title: 'Parlance',
  description: 'The native API: agents and everything they need, with every feature of the server.',
  credential: (request) => {
    const value = credentials.bearer(request) ?? credentials.header(request, 'x-api-key');
    if (value?.startsWith('par_')) return { key: value };
    const token = value ?? credentials.cookie(request);
    return token === undefined ? undefined : { token };
  },
  outsideTokens: true,
  ids: {
    ...Object.fromEntries(COLLECTIONS.map((name) => [name, uuid()])),
    'do-not-call': phoneNumber(),
    revisions: integer({ minimum: 1, description: 'Its number, counted from 1.' }),
    labels: string({ description: 'Its name, such as `production`.' }),
  },
  faults,
  tables: [],
  mapEvent,
  routes,
};
