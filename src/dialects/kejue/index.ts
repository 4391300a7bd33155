/** Kejue: AI phone agents, `https://api.kejue.co/api/v1`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { string } from '../../lib/schema.ts';
import { uuid } from '../../lib/text.ts';
import { agentToolRoutes } from './agent-tools/routes.ts';
import { agentTable } from './agents/mapping.ts';
import { agentRoutes } from './agents/routes.ts';
import { callSettingsTable } from './call-settings/mapping.ts';
import { callRoutes } from './calls/routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { faults } from './errors.ts';
import { phoneNumberRoutes } from './phone-numbers/routes.ts';
import { toolRoutes } from './tools/routes.ts';
import { voiceConfigTable } from './voice-configs/mapping.ts';
import { voiceConfigRoutes } from './voice-configs/routes.ts';
import { voiceRoutes } from './voices/routes.ts';
import { mapEvent } from './webhooks/events.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export const kejue: Dialect = {
  name: 'kejue',
  prefix: '/kejue',
  base: '/api/v1',
  title: 'Kejue on Parlance',
  description: "Kejue's agents API, served by Parlance. Field names, limits and errors follow docs.kejue.co.",
  // The documents describe the header; Kejue's own sample code sends a Bearer.
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
    tools: string({ description: 'Its name or its UUID.', examples: ['send_email'] }),
  },
  tables: [agentTable, callSettingsTable, voiceConfigTable],
  mapEvent,
  routes: (app, services) => {
    agentRoutes(app, services);
    voiceRoutes(app);
    voiceConfigRoutes(app, services);
    agentToolRoutes(app, services);
    toolRoutes(app, services);
    webhookRoutes(app, services);
    contactRoutes(app, services);
    callRoutes(app, services);
    campaignRoutes(app, services);
    phoneNumberRoutes(app, services);
  },
};
