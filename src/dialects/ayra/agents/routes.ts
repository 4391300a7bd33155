/** Routes of agents. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { ACTIVE_STATUSES } from '../conversations/mapping.ts';
import { type ById, bodyOf, formatMeta, formatPagination, parseId, positionOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Agents', scope: 'agents:read' };
const WRITE = { tag: 'Agents', scope: 'agents:write' };

const agentRef = ({ id: sent }: ById['Params']) => {
  const id = parseId('agent_', sent);
  if (id === undefined) throw new Fault('agent_missing', { id: sent });
  return { id };
};

export function agentRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  agentByIdRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { agents, now }: Services): void {
  app.post(
    '/agents',
    route({
      ...WRITE,
      summary: 'Create agent',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.OneAgent },
    }),
    async (request, reply) => {
      const body = bodyOf(request.body);
      const view = await agents.create(request.caller, {
        defaults: mapping.DEFAULTS,
        uniqueName: true,
        edits: (view) => mapping.parseNewAgent(body, view),
      });
      const meta = formatMeta(request, view.agent.createdAt);
      return reply.code(201).send({ data: mapping.formatAgent(view), meta });
    },
  );

  app.get(
    '/agents',
    route({ ...READ, summary: 'List agents', query: contract.AgentQuery, answer: contract.AgentList }),
    async (request) => {
      const query = request.query as contract.AgentQuery;
      const [filter, position] = [mapping.filterOf(query), positionOf(query)];
      const [views, total] = await Promise.all([
        agents.list(request.caller, filter, mapping.orderOf(query), position),
        agents.count(request.caller, filter),
      ]);
      const meta = { ...formatMeta(request, now().toISOString()), pagination: formatPagination(total, position) };
      return { data: views.map(mapping.formatAgent), meta };
    },
  );
}

function agentByIdRoutes(app: FastifyInstance, services: Services): void {
  const { agents, now } = services;

  app.get<ById>('/agents/:id', route({ ...READ, summary: 'Get agent', answer: contract.OneAgent }), async (request) => {
    const view = await agents.get(request.caller, agentRef(request.params));
    return { data: mapping.formatAgent(view), meta: formatMeta(request, now().toISOString()) };
  });

  app.put<ById>(
    '/agents/:id',
    route({
      ...WRITE,
      summary: 'Update agent',
      description: 'Omitted fields keep their value. `voice_platform` and `phone_number` may be repeated, not changed.',
      body: contract.UpdateAgent,
      handlerChecksBody: true,
      answer: contract.OneAgent,
    }),
    async (request) => {
      const { view, edits } = await agents.update(request.caller, agentRef(request.params), {
        uniqueName: true,
        edits: (view) => mapping.parseAgent(bodyOf(request.body), view),
      });
      const at = edits.length > 0 ? view.agent.updatedAt : now().toISOString();
      return { data: mapping.formatAgent(view), meta: formatMeta(request, at) };
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({
      ...WRITE,
      summary: 'Delete agent',
      description: 'Keeps its conversations and frees its number. Active calls must end first.',
      answer: { status: 204 },
    }),
    async ({ caller, params }, reply) => {
      const ref = agentRef(params);
      await requireIdle(services, caller, ref.id);
      await agents.remove(caller, ref);
      return reply.code(204).send();
    },
  );
}

async function requireIdle({ calls }: Services, caller: Caller, agentId: string): Promise<void> {
  const active = await calls.count(caller, { agentId, status: ACTIVE_STATUSES });
  if (active > 0) throw new Fault('agent_busy', { id: agentId, count: active });
}
