/** Method and path to service call: webhook endpoints. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import * as contract from '../agents/contract.ts';
import { type ById, paginated, placeOf, plainIdOf } from '../shared.ts';
import * as shapes from './mapping.ts';

const PATH = '/v1/chat/webhooks/endpoints';
const RULES = { encryptedOnly: true };

export function webhookRoutes(app: FastifyInstance, { webhooks }: Services): void {
  const tag = 'Webhooks';
  const read = 'webhooks:read';
  const write = 'webhooks:write';
  const manage = 'webhooks:manage';
  const { formatEndpoint } = shapes;

  app.post(
    PATH,
    route({
      summary: 'Create webhook endpoint',
      tag,
      scope: write,
      body: shapes.CreateEndpoint,
      late: true,
      answer: { status: 201, schema: shapes.NewEndpoint },
    }),
    async ({ caller, body }, reply) => {
      const webhook = await webhooks.create(caller, shapes.parseNewEndpoint(asObject(body)), RULES);
      return reply.code(201).send({ ...formatEndpoint(webhook), secret: webhook.secret });
    },
  );

  app.get(
    PATH,
    route({
      summary: 'List webhook endpoints',
      tag,
      scope: read,
      query: contract.PageQuery,
      answer: contract.pageOf(shapes.Endpoint),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query);
      const all = await webhooks.list(caller);
      const page = all.slice(place.offset, place.offset + place.limit);
      return paginated(page.map(formatEndpoint), all.length, place);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ summary: 'Get webhook endpoint', tag, scope: read, answer: shapes.Endpoint }),
    async ({ caller, params }) => formatEndpoint(await webhooks.get(caller, plainIdOf(params).id)),
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      summary: 'Update webhook endpoint',
      tag,
      scope: write,
      body: shapes.UpdateEndpoint,
      late: true,
      answer: shapes.Endpoint,
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Webhook) => shapes.parseEndpoint(asObject(body), before);
      return formatEndpoint(await webhooks.update(caller, plainIdOf(params).id, parse, RULES));
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({ summary: 'Delete webhook endpoint', tag, scope: manage, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await webhooks.remove(caller, plainIdOf(params).id);
      return reply.code(204).send();
    },
  );
}
