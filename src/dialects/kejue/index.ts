/** Kejue: AI phone agents, `https://api.kejue.co/api/v1`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { faults } from './errors.ts';
import { agentTable, callSettingsTable, voiceConfigTable } from './mapping.ts';
import { routes } from './routes.ts';

export const kejue: Dialect = {
  name: 'kejue',
  prefix: '/kejue',
  base: '/api/v1',
  title: 'Kejue on Parlance',
  description: "Kejue's agents API, spoken by Parlance. Field names, limits and errors follow docs.kejue.co.",
  // The header is documented; Kejue's own sample code sends a Bearer.
  credential: (request) => {
    const key = credentials.header(request, 'x-api-key') ?? credentials.bearer(request);
    return key === undefined ? undefined : { key };
  },
  faults,
  tables: [agentTable, callSettingsTable, voiceConfigTable],
  routes,
};
