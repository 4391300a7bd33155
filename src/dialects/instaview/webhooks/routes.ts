/** Routes of webhooks. */
import { newHexSecret } from '../../../webhooks/service.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import {
  type ById,
  bodyOf,
  CompanyQuery,
  formatPage,
  PageQuery,
  pageSchema,
  pathId,
  positionOf,
  type RouteGroup,
} from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Webhooks', scope: 'webhooks:read', query: CompanyQuery };
const WRITE = { tag: 'Webhooks', scope: 'webhooks:write', query: CompanyQuery };
const RULES = { encryptedOnly: true };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'webhook_missing');

export const webhookRoutes: RouteGroup = (app, services, routing) => {
  collectionRoutes(app, services, routing);
  webhookByIdRoutes(app, services, routing);
  testRoutes(app, services, routing);
};

const collectionRoutes: RouteGroup = (app, { webhooks }, { route, schema, wrap }) => {
  app.post(
    '/webhooks',
    route({
      ...WRITE,
      summary: 'Create webhook',
      workspaceIn: mapping.companyIn,
      body: contract.CreateWebhook,
      handlerChecksBody: true,
      answer: { status: 201, schema: schema(contract.CreatedWebhook) },
    }),
    async ({ caller, body }, reply) => {
      const fields = mapping.parseNewWebhook(bodyOf(body), caller);
      const webhook = await webhooks.create(caller, { ...fields, secret: newHexSecret() }, RULES);
      return reply.code(201).send(wrap({ ...mapping.formatWebhook(webhook), signingSecret: webhook.secret }));
    },
  );

  app.get(
    '/webhooks',
    route({ ...READ, summary: 'List webhooks', query: PageQuery, answer: schema(pageSchema(contract.Webhook)) }),
    async ({ caller, query }) => {
      const position = positionOf(query as PageQuery);
      const all = await webhooks.list(caller);
      const page = all.slice(position.offset, position.offset + position.limit);
      return wrap(formatPage(page.map(mapping.formatWebhook), all.length, position));
    },
  );
};

const webhookByIdRoutes: RouteGroup = (app, { webhooks }, { route, schema, wrap }) => {
  app.get<ById>(
    '/webhooks/:id',
    route({ ...READ, summary: 'Get webhook', answer: schema(contract.Webhook) }),
    async ({ caller, params }) => wrap(mapping.formatWebhook(await webhooks.get(caller, idOf(params)))),
  );

  app.patch<ById>(
    '/webhooks/:id',
    route({
      ...WRITE,
      summary: 'Update webhook',
      body: contract.UpdateWebhook,
      handlerChecksBody: true,
      answer: schema(contract.Webhook),
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Webhook) => mapping.parseWebhook(bodyOf(body), before);
      return wrap(mapping.formatWebhook(await webhooks.update(caller, idOf(params), parse, RULES)));
    },
  );

  app.delete<ById>(
    '/webhooks/:id',
    route({ ...WRITE, summary: 'Delete webhook', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await webhooks.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );
};

const testRoutes: RouteGroup = (app, { webhooks, now }, { route, schema, wrap }) => {
  app.post<ById>(
    '/webhooks/:id/test',
    route({ ...WRITE, summary: 'Test webhook', answer: schema(contract.TestResult) }),
    async ({ caller, params }) => {
      const mapEvent = mapping.ping(now().toISOString());
      return wrap(mapping.formatTest(await webhooks.test(caller, idOf(params), mapEvent)));
    },
  );

  app.post<ById>(
    '/webhooks/:id/reset-circuit',
    route({ ...WRITE, summary: 'Reset webhook circuit', answer: schema(contract.Webhook) }),
    async ({ caller, params }) =>
      wrap(mapping.formatWebhook(await webhooks.update(caller, idOf(params), mapping.resetCircuit, RULES))),
  );
};
