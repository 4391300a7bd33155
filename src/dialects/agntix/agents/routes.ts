/** Routes of agents. */

import type { FastifyInstance } from 'fastify';
import type { View } from '../../../agents/view.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { type ById, formatPage, pageOf, parsePage, uuidOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as list from './list.ts';
import * as mapping from './mapping.ts';
import { withTree } from './tree.ts';

const READ = { tag: 'Agents', scope: 'agents:read' };
const WRITE = { tag: 'Agents', scope: 'agents:write' };
const MANAGE = { tag: 'Agents', scope: 'agents:manage' };

export function agentRoutes(app: FastifyInstance, services: Services): void {
  createRoutes(app, services);
  readRoutes(app, services);
  updateRoutes(app, services);
  cloneRoute(app, services);
  publicRoute(app, services);
}

const newAgent = (body: JsonObject) => ({
  defaults: mapping.NEW_AGENT,
  lookups: mapping.referencesOf(body),
  edits: (view: View) => mapping.parseNewAgent(body, view),
});

function createRoutes(app: FastifyInstance, { agents }: Services): void {
  app.post(
    '/v2/chat/agents',
    route({
      ...WRITE,
      summary: 'Create agent',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.WrittenAgent },
    }),
    async ({ caller, body }, reply) => {
      const view = await agents.create(caller, newAgent(asObject(body)));
      return reply.code(201).send(mapping.formatWritten(view));
    },
  );

  app.post(
    '/v2/chat/agents/validate-config',
    route({
      ...WRITE,
      summary: 'Validate agent config',
      description: 'Refuses every body that creation would refuse, and stores nothing.',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: contract.ConfigCheck,
    }),
    async ({ caller, body }) => {
      await agents.check(caller, newAgent(asObject(body)));
      return { valid: true };
    },
  );
}

function readRoutes(app: FastifyInstance, { agents }: Services): void {
  for (const version of ['v1', 'v2'])
    app.get(
      `/${version}/chat/agents`,
      route({
        ...READ,
        summary: `List agents ${version}`,
        query: contract.AgentListQuery,
        answer: pageOf(contract.ListedAgent),
      }),
      async ({ caller, query }) => {
        const parameters = query as contract.AgentListQuery;
        const filter = list.parseFilter(parameters);
        const page = parsePage(query);
        const [views, total] = await Promise.all([
          agents.list(caller, filter, list.parseOrder(parameters), page, list.referencesOfList(parameters)),
          agents.count(caller, filter),
        ]);
        return formatPage(views.map(list.formatListed(parameters)), total, page);
      },
    );

  for (const version of ['v1', 'v2'])
    app.get<ById>(
      `/${version}/chat/agents/:id`,
      route({ ...READ, summary: `Get agent ${version}`, answer: contract.AgentDetail }),
      async ({ caller, params }) => {
        const ref = uuidOf(params);
        const get = (agentIds: string[]) => agents.get(caller, ref, mapping.referencesWith(agentIds));
        return mapping.formatDetail(await withTree(get));
      },
    );
}

function updateRoutes(app: FastifyInstance, { agents }: Services): void {
  app.patch<ById>(
    '/v2/chat/agents/:id',
    route({
      ...WRITE,
      summary: 'Update agent',
      body: contract.UpdateAgent,
      handlerChecksBody: true,
      answer: contract.WrittenAgent,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, uuidOf(params), {
        lookups: mapping.referencesOf(body),
        edits: (view) => mapping.parseAgent(asObject(body), view),
      });
      return mapping.formatWritten(view);
    },
  );

  app.delete<ById>(
    '/v2/chat/agents/:id',
    route({ ...MANAGE, summary: 'Delete agent', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.remove(caller, uuidOf(params));
      return reply.code(204).send();
    },
  );
}

function cloneRoute(app: FastifyInstance, { agents, newId }: Services): void {
  app.post<ById>(
    '/v1/chat/agents/:id/clone',
    route({ ...WRITE, summary: 'Clone agent', answer: { status: 201, schema: contract.AgentDetail } }),
    async ({ caller, params }, reply) => {
      const { agent } = await agents.get(caller, uuidOf(params));
      const copy = await agents.create(caller, {
        lookups: mapping.referencesOf(),
        edits: (view) => mapping.copyOf(agent.document, view, newId),
      });
      return reply.code(201).send(mapping.formatDetail(copy));
    },
  );
}

function publicRoute(app: FastifyInstance, { agents }: Services): void {
  app.get<ById>(
    '/v1/chat/public/agents/:id',
    route({ summary: 'Get public agent', tag: 'Agents', public: true, answer: contract.PublicAgent }),
    async ({ params }) => mapping.formatPublic(await agents.getPublic(uuidOf(params).id)),
  );
}
