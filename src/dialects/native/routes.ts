/** The contents page of the native API. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services/index.ts';
import { accountRoutes } from './account-routes.ts';
import { agentRoutes } from './agent-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { callRoutes } from './call-routes.ts';
import { campaignRoutes } from './campaign-routes.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { conversationRoutes } from './conversation-routes.ts';
import { doNotCallRoutes } from './do-not-call-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { knowledgeRoutes } from './knowledge-routes.ts';
import { memoryRoutes } from './memory-routes.ts';
import { previewRoutes } from './preview-routes.ts';
import { recordRoutes } from './record-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

export function routes(app: FastifyInstance, services: Services): void {
  agentRoutes(app, services);
  historyRoutes(app, services);
  settingsRoutes(app, services);
  accountRoutes(app, services);
  recordRoutes(app, services);
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
}
