/** Method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { attemptRoutes } from '../attempts/routes.ts';
import { candidateRoutes } from '../candidates/routes.ts';
import { interviewRoutes } from '../interviews/routes.ts';
import {
  bare,
  bodyOf,
  type Envelope,
  type EnvelopeStyle,
  idOf,
  type PageAsked,
  pageOf,
  placeOf,
  wrapped,
} from '../shared.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ById {
  Params: { id: string };
}

const agentRef = (id: string) => ({ id: idOf(id, 'agent_missing') });

type Asked = mapping.Wish & PageAsked;

export const routes =
  (envelope: Envelope) =>
  (app: FastifyInstance, services: Services): void => {
    const style = envelope === 'wrapped' ? wrapped(services) : bare;
    serve(app, services, style, route);
    // Some of InstaView's pages write /v1 before every path. Without a summary these stay out of the OpenAPI document.
    const unlisted = (facts: RouteFacts) => route({ ...facts, summary: '' });
    app.register(async (v1) => serve(v1, services, style, unlisted), { prefix: '/v1' });
  };

function serve(app: FastifyInstance, services: Services, style: EnvelopeStyle, routeOf: typeof route): void {
  const { agents, phoneNumbers } = services;
  const { shape, say } = style;
  for (const more of [candidateRoutes, interviewRoutes, attemptRoutes, webhookRoutes])
    more(app, services, style, routeOf);
  const tag = 'Agents';

  app.post(
    '/agents',
    routeOf({
      summary: 'Create agent',
      tag,
      scope: 'agents:write',
      query: contract.CompanyQuery,
      body: contract.CreateAgent,
      late: true,
      answer: { status: 201, schema: shape(contract.Agent) },
    }),
    async ({ caller, body }, reply) => {
      const view = await agents.create(caller, { edits: (view) => mapping.parseNewAgent(bodyOf(body), view) });
      return reply.code(201).send(say(mapping.formatAgent(view)));
    },
  );

  app.get(
    '/agents',
    routeOf({
      summary: 'List agents',
      tag,
      scope: 'agents:read',
      query: contract.AgentQuery,
      answer: shape(contract.pageOf(contract.Agent)),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query as Asked);
      const filter = mapping.filterOf(query as Asked);
      const [views, total] = await Promise.all([
        agents.list(caller, filter, { by: 'createdAt', direction: 'desc' }, place),
        agents.count(caller, filter),
      ]);
      return say(pageOf(views.map(mapping.formatAgent), total, place));
    },
  );

  app.get<ById>(
    '/agents/:id',
    routeOf({
      summary: 'Get agent',
      tag,
      scope: 'agents:read',
      query: contract.CompanyQuery,
      answer: shape(contract.Agent),
    }),
    async ({ caller, params }) => say(mapping.formatAgent(await agents.get(caller, agentRef(params.id)))),
  );

  app.patch<ById>(
    '/agents/:id',
    routeOf({
      summary: 'Update agent',
      tag,
      scope: 'agents:write',
      query: contract.CompanyQuery,
      body: contract.UpdateAgent,
      late: true,
      answer: shape(contract.Agent),
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => mapping.parseAgent(bodyOf(body), view),
      });
      return say(mapping.formatAgent(view));
    },
  );

  app.delete<ById>(
    '/agents/:id',
    routeOf({
      summary: 'Delete agent',
      tag,
      scope: 'agents:delete',
      query: contract.CompanyQuery,
      answer: shape(contract.Deleted),
    }),
    async ({ caller, params }) => {
      await agents.remove(caller, agentRef(params.id));
      return say(true);
    },
  );

  app.get(
    '/phone-numbers',
    routeOf({
      summary: 'List phone numbers',
      tag: 'Phone numbers',
      scope: 'agents:read|companies:read',
      query: contract.PageQuery,
      answer: shape(contract.pageOf(contract.PhoneNumber)),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query as Asked);
      const { items, total } = await phoneNumbers.list(caller, place);
      return say(pageOf(items.map(mapping.formatNumber), total, place));
    },
  );
}
