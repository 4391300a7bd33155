/** The table of contents of the native API. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';
import { agentRoutes } from './agents/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { callRoutes } from './calls/routes.ts';
import { previewRoutes } from './campaigns/preview-routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { catalogueRoutes } from './catalogue/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { conversationRoutes } from './conversations/routes.ts';
import { doNotCallRoutes } from './do-not-call/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { knowledgeRoutes } from './knowledge/routes.ts';
import { memoryRoutes } from './memory/routes.ts';
import { phoneNumberRoutes } from './phone-numbers/routes.ts';
import { settingsRoutes } from './settings/routes.ts';
import { statusRoutes } from './status/routes.ts';
import { toolRoutes } from './tools/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { accountRoutes } from './workspaces/routes.ts';

export function routes(app: FastifyInstance, services: Services): void {
  agentRoutes(app, services);
  historyRoutes(app, services);
  settingsRoutes(app, services);
  accountRoutes(app, services);
  phoneNumberRoutes(app, services);
  toolRoutes(app, services);
  contactRoutes(app, services);
  memoryRoutes(app, services);
  knowledgeRoutes(app, services);
  auditRoutes(app, services);
  webhookRoutes(app, services);
  conversationRoutes(app, services);
  previewRoutes(app, services);
  callRoutes(app, services);
  campaignRoutes(app, services);
  doNotCallRoutes(app, services);
  catalogueRoutes(app, services);
  statusRoutes(app, services);
}
