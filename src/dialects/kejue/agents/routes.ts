/** Routes of agents. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { referencesOf } from '../agent-tools/mapping.ts';
import { agentRef, type ById, PageQuery, pageOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatAgent, parseAgent, parseNewAgent } from './mapping.ts';

const READ = { tag: 'Agents', scope: 'agents:read' };
const WRITE = { tag: 'Agents', scope: 'agents:write' };
const NEWEST_FIRST = { by: 'createdAt', direction: 'desc' } as const;

export function agentRoutes(app: FastifyInstance, { agents, newId }: Services): void {
  app.post(
    '/agents',
    route({
      ...WRITE,
      summary: 'Create agent',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Agent },
    }),
    async ({ caller, body }, reply) => {
      const fields = asObject(body);
      const view = await agents.create(caller, {
        lookups: (agent) => referencesOf([agent], fields['tools']),
        edits: (view) => parseNewAgent(fields, view, newId()),
      });
      return reply.code(201).send(formatAgent(view));
    },
  );

  app.get(
    '/agents',
    route({ ...READ, summary: 'List agents', query: PageQuery, answer: contract.AgentList }),
    async ({ caller, query }) => {
      const [views, total] = await Promise.all([
        agents.list(caller, {}, NEWEST_FIRST, pageOf(query as PageQuery), referencesOf),
        agents.count(caller, {}),
      ]);
      return { agents: views.map(formatAgent), total };
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ ...READ, summary: 'Get agent', answer: contract.Agent }),
    async ({ caller, params }) =>
      formatAgent(await agents.get(caller, agentRef(params.id), (agent) => referencesOf([agent]))),
  );

  app.patch<ById>(
    '/agents/:id',
    route({
      ...WRITE,
      summary: 'Update agent',
      body: contract.UpdateAgent,
      handlerChecksBody: true,
      answer: contract.Agent,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        lookups: (agent) => referencesOf([agent]),
        edits: (view) => parseAgent(asObject(body), view),
      });
      return formatAgent(view);
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ ...WRITE, summary: 'Delete agent', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.remove(caller, agentRef(params.id));
      return reply.code(204).send();
    },
  );
}
