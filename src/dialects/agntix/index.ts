/** Agntix: chat and voice agents, `https://api.agntix.ai`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { uuid } from '../../lib/text.ts';
import { detachRoutes } from './agents/detach-routes.ts';
import { intelligenceTable } from './agents/intelligence.ts';
import { agentTable } from './agents/mapping.ts';
import { agentRoutes } from './agents/routes.ts';
import { callRoutes } from './calls/routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { faults } from './errors.ts';
import { knowledgeRoutes } from './knowledge/routes.ts';
import { modelRoutes } from './models/routes.ts';
import { phoneNumberRoutes } from './phone-numbers/routes.ts';
import { browserCredential, eventRoutes } from './sessions/event-routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { toolRoutes } from './tools/routes.ts';
import { voiceRoutes } from './voices/routes.ts';
import { mapEvent } from './webhooks/events.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export const agntix: Dialect = {
  name: 'agntix',
  prefix: '/agntix',
  title: 'Agntix on Parlance',
  description: "Agntix's agents and tools API, served by Parlance. Fields, paths and errors follow docs.agntix.ai.",
  credential: (request) => {
    const key = credentials.header(request, 'x-api-key');
    if (key !== undefined) return { key };
    const value = credentials.bearer(request) ?? browserCredential(request);
    if (value === undefined) return undefined;
    return value.startsWith('pk_') ? { key: value } : { token: value };
  },
  // Agntix's browser applications send tokens of an identity provider.
  outsideTokens: true,
  ids: { agents: uuid(), tools: uuid() },
  faults,
  tables: [agentTable, intelligenceTable],
  mapEvent,
  routes: (app, services) => {
    agentRoutes(app, services);
    detachRoutes(app, services);
    toolRoutes(app, services);
    modelRoutes(app, services);
    voiceRoutes(app);
    knowledgeRoutes(app, services);
    webhookRoutes(app, services);
    sessionRoutes(app, services);
    eventRoutes(app, services);
    callRoutes(app, services);
    phoneNumberRoutes(app, services);
    contactRoutes(app, services);
    campaignRoutes(app, services);
  },
};
