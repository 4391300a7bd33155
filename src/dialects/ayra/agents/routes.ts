/** Method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { contactRoutes } from '../contacts/routes.ts';
import { ACTIVE } from '../conversations/mapping.ts';
import { conversationRoutes } from '../conversations/routes.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ById {
  Params: { id: string };
}

const agentRef = (shown: string) => {
  const id = mapping.idOf('agent_', shown);
  if (id === undefined) throw new Fault('agent_missing', { id: shown });
  return { id };
};

/** Nothing is required of an update, so no body at all says as little as an empty one. */
const said = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

export function routes(app: FastifyInstance, services: Services): void {
  const { agents, calls, now } = services;
  const tag = 'Agents';
  const read = 'agents:read';
  const write = 'agents:write';
  const meta = (request: { id: string }, at = now().toISOString()) => ({ request_id: request.id, timestamp: at });

  app.post(
    '/agents',
    route({
      summary: 'Create agent',
      tag,
      scope: write,
      body: contract.CreateAgent,
      late: true,
      answer: { status: 201, schema: contract.OneAgent },
    }),
    async (request, reply) => {
      const body = said(request.body);
      const view = await agents.create(request.caller, {
        defaults: mapping.DEFAULTS,
        uniqueName: true,
        edits: (view) => mapping.parseNewAgent(body, view),
      });
      return reply.code(201).send({ data: mapping.formatAgent(view), meta: meta(request, view.agent.createdAt) });
    },
  );

  app.get(
    '/agents',
    route({
      summary: 'List agents',
      tag,
      scope: read,
      query: contract.ListQuery,
      answer: contract.AgentList,
    }),
    async (request) => {
      const { filter, order, limit, page } = mapping.parseQuery(request.query as contract.ListQuery);
      const [views, total] = await Promise.all([
        agents.list(request.caller, filter, order, { limit, offset: (page - 1) * limit }),
        agents.count(request.caller, filter),
      ]);
      const pagination = { page, per_page: limit, total, total_pages: Math.ceil(total / limit) };
      return { data: views.map(mapping.formatAgent), meta: { ...meta(request), pagination } };
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ summary: 'Get agent', tag, scope: read, answer: contract.OneAgent }),
    async (request) => {
      const view = await agents.get(request.caller, agentRef(request.params.id));
      return { data: mapping.formatAgent(view), meta: meta(request) };
    },
  );

  app.put<ById>(
    '/agents/:id',
    route({
      summary: 'Update agent',
      description: 'What is not sent stays as it is. `voice_platform` and `phone_number` may be repeated, not changed.',
      tag,
      scope: write,
      body: contract.UpdateAgent,
      late: true,
      answer: contract.OneAgent,
    }),
    async (request) => {
      const { view, edits } = await agents.update(request.caller, agentRef(request.params.id), {
        uniqueName: true,
        edits: (view) => mapping.parseAgent(said(request.body), view),
      });
      const at = edits.length > 0 ? view.agent.updatedAt : undefined;
      return { data: mapping.formatAgent(view), meta: meta(request, at) };
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({
      summary: 'Delete agent',
      description: 'Its conversations stay, and its number is free. Calls that are under way have to end first.',
      tag,
      scope: write,
      answer: { status: 204 },
    }),
    async ({ caller, params }, reply) => {
      const ref = agentRef(params.id);
      const active = await calls.count(caller, { agentId: ref.id, status: ACTIVE });
      if (active > 0) throw new Fault('agent_busy', { id: ref.id, count: active });
      await agents.remove(caller, ref);
      return reply.code(204).send();
    },
  );
  conversationRoutes(app, services);
  contactRoutes(app, services);
}
