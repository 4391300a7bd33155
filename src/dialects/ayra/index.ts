/** Ayra: phone agents for agencies, `https://api.ayra.ai/v1`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { string } from '../../lib/schema.ts';
import { agentTable } from './agents/mapping.ts';
import { agentRoutes } from './agents/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { conversationRoutes } from './conversations/routes.ts';
import { faults } from './errors.ts';
import { mapEvent } from './webhooks/events.ts';

export const ayra: Dialect = {
  name: 'ayra',
  prefix: '/ayra',
  base: '/v1',
  title: 'Ayra on Parlance',
  description:
    "Ayra's agents and conversations API, served by Parlance. Field names, limits and errors follow docs.ayra.cx.",
  credential: (request) => {
    const key = credentials.bearer(request);
    return key === undefined ? undefined : { key };
  },
  faults,
  ids: {
    agents: string({ pattern: '^agent_[0-9a-f]{32}$' }),
    conversations: string({ pattern: '^conv_[0-9a-f]{32}$' }),
  },
  tables: [agentTable],
  mapEvent,
  routes: (app, services) => {
    agentRoutes(app, services);
    conversationRoutes(app, services);
    contactRoutes(app, services);
  },
};
