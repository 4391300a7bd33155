/** Method and path to service call: agents. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { callRoutes } from '../calls/routes.ts';
import { campaignRoutes } from '../campaigns/routes.ts';
import { catalogueRoutes } from '../catalogue/routes.ts';
import { contactRoutes } from '../contacts/routes.ts';
import { knowledgeRoutes } from '../knowledge/routes.ts';
import { numberRoutes } from '../phone-numbers/routes.ts';
import { eventRoutes } from '../sessions/event-routes.ts';
import { sessionRoutes } from '../sessions/routes.ts';
import { type ById, idOf, paginated, placeOf } from '../shared.ts';
import { toolRoutes } from '../tools/routes.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import * as contract from './contract.ts';
import { detachRoutes } from './detach-routes.ts';
import * as list from './list.ts';
import * as mapping from './mapping.ts';
import { withTree } from './tree.ts';

export function routes(app: FastifyInstance, services: Services): void {
  agentRoutes(app, services);
  detachRoutes(app, services);
  toolRoutes(app, services);
  catalogueRoutes(app, services);
  knowledgeRoutes(app, services);
  webhookRoutes(app, services);
  sessionRoutes(app, services);
  eventRoutes(app, services);
  callRoutes(app, services);
  numberRoutes(app, services);
  contactRoutes(app, services);
  campaignRoutes(app, services);
}

function agentRoutes(app: FastifyInstance, { agents, newId }: Services): void {
  const { wants } = mapping;
  const tag = 'Agents';
  const read = 'agents:read';
  const write = 'agents:write';
  const manage = 'agents:manage';

  app.post(
    '/v2/chat/agents',
    route({
      summary: 'Create agent',
      tag,
      scope: write,
      body: contract.CreateAgent,
      late: true,
      answer: { status: 201, schema: contract.WrittenAgent },
    }),
    async ({ caller, body }, reply) => {
      const sent = asObject(body);
      const view = await agents.create(caller, {
        defaults: mapping.NEW_AGENT,
        wants: wants(sent),
        edits: (view) => mapping.parseNewAgent(sent, view),
      });
      return reply.code(201).send(mapping.formatWritten(view));
    },
  );

  app.post(
    '/v2/chat/agents/validate-config',
    route({
      summary: 'Validate agent config',
      description: 'Refuses what creating an agent would refuse, and keeps nothing.',
      tag,
      scope: write,
      body: contract.CreateAgent,
      late: true,
      answer: contract.ConfigCheck,
    }),
    async ({ caller, body }) => {
      const sent = asObject(body);
      await agents.check(caller, {
        defaults: mapping.NEW_AGENT,
        wants: wants(sent),
        edits: (view) => mapping.parseNewAgent(sent, view),
      });
      return { valid: true };
    },
  );

  for (const version of ['v1', 'v2'])
    app.get(
      `/${version}/chat/agents`,
      route({
        summary: `List agents ${version}`,
        tag,
        scope: read,
        query: contract.AgentListQuery,
        answer: contract.pageOf(contract.ListedAgent),
      }),
      async ({ caller, query }) => {
        const said = query as contract.AgentListQuery;
        const filter = list.parseFilter(said);
        const place = placeOf(query);
        const [views, total] = await Promise.all([
          agents.list(caller, filter, list.parseOrder(said), place, list.wantsOfList(said)),
          agents.count(caller, filter),
        ]);
        return paginated(views.map(list.formatListed(said)), total, place);
      },
    );

  for (const version of ['v1', 'v2'])
    app.get<ById>(
      `/${version}/chat/agents/:id`,
      route({ summary: `Get agent ${version}`, tag, scope: read, answer: contract.AgentDetail }),
      async ({ caller, params }) => {
        const ref = idOf(params);
        const get = (agentIds: string[]) => agents.get(caller, ref, mapping.wantsBesides(agentIds));
        return mapping.formatDetail(await withTree(get));
      },
    );

  app.patch<ById>(
    '/v2/chat/agents/:id',
    route({
      summary: 'Update agent',
      tag,
      scope: write,
      body: contract.UpdateAgent,
      late: true,
      answer: contract.WrittenAgent,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, idOf(params), {
        wants: wants(body),
        edits: (view) => mapping.parseAgent(asObject(body), view),
      });
      return mapping.formatWritten(view);
    },
  );

  app.delete<ById>(
    '/v2/chat/agents/:id',
    route({ summary: 'Delete agent', tag, scope: manage, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );

  app.post<ById>(
    '/v1/chat/agents/:id/clone',
    route({ summary: 'Clone agent', tag, scope: write, answer: { status: 201, schema: contract.AgentDetail } }),
    async ({ caller, params }, reply) => {
      const { agent } = await agents.get(caller, idOf(params));
      const copy = await agents.create(caller, {
        wants: wants(),
        edits: (view) => mapping.copyOf(agent.document, view, newId),
      });
      return reply.code(201).send(mapping.formatDetail(copy));
    },
  );

  app.get<ById>(
    '/v1/chat/public/agents/:id',
    route({ summary: 'Get public agent', tag, public: true, answer: contract.PublicAgent }),
    async ({ params }) => mapping.formatPublic(await agents.publicCard(idOf(params).id)),
  );
}
