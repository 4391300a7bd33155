/** Kejue: AI phone agents, `https://api.kejue.co/api/v1`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { string } from '../../lib/schema.ts';
import { uuid } from '../../lib/text.ts';
import { callSettingsTable } from './agents/call-settings.ts';
import { agentTable } from './agents/mapping.ts';
import { routes } from './agents/routes.ts';
import { faults } from './errors.ts';
import { voiceConfigTable } from './voice-configs/mapping.ts';
import { mapEvent } from './webhooks/events.ts';

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
  ids: {
    agents: uuid(),
    'voice-configs': uuid(),
    webhooks: uuid(),
    contacts: uuid(),
    calls: uuid(),
    campaigns: uuid(),
    'phone-numbers': uuid(),
    tools: string({ description: 'Its name, or its UUID.', examples: ['send_email'] }),
  },
  tables: [agentTable, callSettingsTable, voiceConfigTable],
  mapEvent,
  routes,
};
