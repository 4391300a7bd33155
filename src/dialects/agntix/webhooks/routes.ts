/** Routes of webhook endpoints. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import { type ById, formatPage, PageQuery, pageOf, parsePage, textIdOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatEndpoint, formatNewEndpoint, parseEndpoint, parseNewEndpoint } from './mapping.ts';

const PATH = '/v1/chat/webhooks/endpoints';
const RULES = { encryptedOnly: true };
const READ = { tag: 'Webhooks', scope: 'webhooks:read' };
const WRITE = { tag: 'Webhooks', scope: 'webhooks:write' };
const MANAGE = { tag: 'Webhooks', scope: 'webhooks:manage' };

export function webhookRoutes(app: FastifyInstance, services: Services): void {
  createRoute(app, services);
  readRoutes(app, services);
  changeRoutes(app, services);
}

function createRoute(app: FastifyInstance, { webhooks }: Services): void {
  app.post(
    PATH,
    route({
      ...WRITE,
      summary: 'Create webhook endpoint',
      body: contract.CreateEndpoint,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.NewEndpoint },
    }),
    async ({ caller, body }, reply) => {
      const webhook = await webhooks.create(caller, parseNewEndpoint(asObject(body)), RULES);
      return reply.code(201).send(formatNewEndpoint(webhook));
    },
  );
}

function readRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.get(
    PATH,
    route({ ...READ, summary: 'List webhook endpoints', query: PageQuery, answer: pageOf(contract.Endpoint) }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const all = await webhooks.list(caller);
      const items = all.slice(page.offset, page.offset + page.limit);
      return formatPage(items.map(formatEndpoint), all.length, page);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ ...READ, summary: 'Get webhook endpoint', answer: contract.Endpoint }),
    async ({ caller, params }) => formatEndpoint(await webhooks.get(caller, textIdOf(params))),
  );
}

function changeRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.patch<ById>(
    `${PATH}/:id`,
    route({
      ...WRITE,
      summary: 'Update webhook endpoint',
      body: contract.UpdateEndpoint,
      handlerChecksBody: true,
      answer: contract.Endpoint,
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Webhook) => parseEndpoint(asObject(body), before);
      return formatEndpoint(await webhooks.update(caller, textIdOf(params), parse, RULES));
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({ ...MANAGE, summary: 'Delete webhook endpoint', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await webhooks.remove(caller, textIdOf(params));
      return reply.code(204).send();
    },
  );
}
