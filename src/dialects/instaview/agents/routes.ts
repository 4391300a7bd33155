/** Routes of agents. */
import {
  type ById,
  bodyOf,
  CompanyQuery,
  Deleted,
  formatPage,
  pageSchema,
  pathId,
  positionOf,
  type RouteGroup,
} from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const TAG = { tag: 'Agents', query: CompanyQuery };
const READ = { ...TAG, scope: 'agents:read' };
const WRITE = { ...TAG, scope: 'agents:write' };
const NEWEST_FIRST = { by: 'createdAt', direction: 'desc' } as const;

const agentRef = ({ id }: ById['Params']) => ({ id: pathId(id, 'agent_missing') });

export const agentRoutes: RouteGroup = (app, { agents }, { route, schema, wrap }) => {
  app.post(
    '/agents',
    route({
      ...WRITE,
      summary: 'Create agent',
      body: contract.CreateAgent,
      handlerChecksBody: true,
      answer: { status: 201, schema: schema(contract.Agent) },
    }),
    async ({ caller, body }, reply) => {
      const view = await agents.create(caller, { edits: (view) => mapping.parseNewAgent(bodyOf(body), view) });
      return reply.code(201).send(wrap(mapping.formatAgent(view)));
    },
  );

  app.get(
    '/agents',
    route({
      ...READ,
      summary: 'List agents',
      query: contract.AgentQuery,
      answer: schema(pageSchema(contract.Agent)),
    }),
    async ({ caller, query }) => {
      const position = positionOf(query as contract.AgentQuery);
      const filter = mapping.filterOf(query as contract.AgentQuery);
      const [views, total] = await Promise.all([
        agents.list(caller, filter, NEWEST_FIRST, position),
        agents.count(caller, filter),
      ]);
      return wrap(formatPage(views.map(mapping.formatAgent), total, position));
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ ...READ, summary: 'Get agent', answer: schema(contract.Agent) }),
    async ({ caller, params }) => wrap(mapping.formatAgent(await agents.get(caller, agentRef(params)))),
  );

  app.patch<ById>(
    '/agents/:id',
    route({
      ...WRITE,
      summary: 'Update agent',
      body: contract.UpdateAgent,
      handlerChecksBody: true,
      answer: schema(contract.Agent),
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params), {
        edits: (view) => mapping.parseAgent(bodyOf(body), view),
      });
      return wrap(mapping.formatAgent(view));
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ ...TAG, scope: 'agents:delete', summary: 'Delete agent', answer: schema(Deleted) }),
    async ({ caller, params }) => {
      await agents.remove(caller, agentRef(params));
      return wrap(true);
    },
  );
};
