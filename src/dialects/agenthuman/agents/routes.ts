/** Routes of agents. */
import type { FastifyInstance } from 'fastify';
import type { View } from '../../../agents/view.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { formatUsage } from '../sessions/mapping.ts';
import { type ById, bodyOf, type Page, pathNumber, Success } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Agents', scope: 'agents:read' };
const WRITE = { tag: 'Agents', scope: 'agents:write' };
const PAGE_SIZE = 500;

const agentRef = ({ id }: ById['Params']) => ({ number: pathNumber(id, 'agent_missing') });

export function agentRoutes(app: FastifyInstance, services: Services): void {
  const { agents } = services;

  app.post(
    '/agents',
    route({
      ...WRITE,
      summary: 'Create agent',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.AgentCreated },
    }),
    async ({ caller, body }, reply) => {
      const fields = bodyOf(body);
      const view = await agents.create(caller, {
        defaults: mapping.DEFAULTS,
        lookups: () => mapping.referencesOf(fields),
        edits: (view) => mapping.parseNewAgent(fields, view),
      });
      const agent = mapping.formatAgent(view, caller.workspaceNumber, formatUsage(undefined));
      return reply.code(201).send({ success: true, agent, message: 'Agent created successfully' });
    },
  );

  app.get(
    '/agents',
    route({ ...READ, summary: 'List agents', query: contract.AgentQuery, answer: contract.AgentList }),
    async ({ caller, query }) => ({ success: true, agents: await listAgents(services, caller, query as Page) }),
  );

  app.get<ById>(
    '/agents/:id',
    route({ ...READ, summary: 'Get agent', answer: contract.AgentAnswer }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params));
      const usageOf = await readUsage(services, caller, [view]);
      return { success: true, agent: mapping.formatAgent(view, caller.workspaceNumber, usageOf(view)) };
    },
  );

  app.put<ById>(
    '/agents/:id',
    route({ ...WRITE, summary: 'Update agent', body: contract.UpdateAgent, handlerChecksBody: true, answer: Success }),
    async ({ caller, params, body }) => {
      await agents.update(caller, agentRef(params), {
        lookups: () => mapping.referencesOf(bodyOf(body)),
        edits: (view) => mapping.parseAgent(bodyOf(body), view),
      });
      return { success: true };
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ ...WRITE, summary: 'Delete agent', answer: contract.AgentDeleted }),
    async ({ caller, params }) => {
      await agents.remove(caller, agentRef(params));
      return { success: true, message: 'Agent deleted successfully' };
    },
  );
}

/** Reads the usage of all these agents with one query. */
async function readUsage({ conversations }: Services, caller: Caller, views: readonly View[]) {
  const ids = views.map(({ agent }) => agent.id);
  const tallies = await conversations.tallies(caller, ids);
  return ({ agent }: View): JsonObject => formatUsage(tallies.get(agent.id));
}

async function formatPage(services: Services, caller: Caller, views: readonly View[]): Promise<JsonObject[]> {
  const usageOf = await readUsage(services, caller, views);
  return views.map((view) => mapping.formatListed(view, usageOf(view)));
}

/** The agents that were updated last come first. */
async function listAgents(services: Services, caller: Caller, { limit, offset = 0 }: Page): Promise<JsonObject[]> {
  if (limit === undefined) return (await listAll(services, caller)).slice(offset);
  const order = { by: 'updatedAt', direction: 'desc' } as const;
  return formatPage(services, caller, await services.agents.list(caller, {}, order, { limit, offset }));
}

/** Reads in the order of creation, which an update during the reading cannot change, and sorts by update. */
async function listAll(services: Services, caller: Caller): Promise<JsonObject[]> {
  const order = { by: 'createdAt', direction: 'desc' } as const;
  const found: { at: string; id: string; item: JsonObject }[] = [];
  let views: View[];
  let after: { createdAt: string; id: string } | undefined;
  do {
    views = await services.agents.list(caller, {}, order, { limit: PAGE_SIZE, ...(after && { after }) });
    const usageOf = await readUsage(services, caller, views);
    for (const view of views) {
      const { updatedAt: at, id } = view.agent;
      found.push({ at, id, item: mapping.formatListed(view, usageOf(view)) });
    }
    after = views.at(-1)?.agent;
  } while (views.length === PAGE_SIZE);
  return found.sort((a, b) => compare(b.at, a.at) || compare(b.id, a.id)).map(({ item }) => item);
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);
