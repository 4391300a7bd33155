/** Webhooks: method and path to service call. */

import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { matches } from '../../../webhooks/webhook.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

const idOf = ({ id }: ById['Params']): string => {
  if (!isUuid(id)) throw new Fault('webhook_missing', { id });
  return id.toLowerCase();
};

const RULES = { agentField: 'persona_id' };
const EventQuery = s.object({ event: s.optional(s.string({ description: 'Only those that hear of this event.' })) });

export function webhookRoutes(app: FastifyInstance, { webhooks }: Services): void {
  const tag = 'Webhooks';
  const read = 'webhooks:read';
  const write = 'webhooks:write';
  const { formatWebhook } = shapes;

  app.post(
    '/webhooks',
    route({
      summary: 'Create webhook',
      tag,
      scope: write,
      body: shapes.CreateWebhook,
      late: true,
      answer: { status: 201, schema: shapes.KejueWebhook },
    }),
    async ({ caller, body }, reply) => {
      const webhook = await webhooks.create(caller, shapes.parseNewWebhook(asObject(body)), RULES);
      return reply.code(201).send(formatWebhook(webhook));
    },
  );

  app.get(
    '/webhooks',
    route({ summary: 'List webhooks', tag, scope: read, query: EventQuery, answer: s.array(shapes.KejueWebhook) }),
    async ({ caller, query }) => {
      const { event } = query as { event?: string };
      const all = await webhooks.list(caller);
      return all.filter(({ events }) => event === undefined || matches(events, event)).map(formatWebhook);
    },
  );

  app.get<ById>(
    '/webhooks/:id',
    route({ summary: 'Get webhook', tag, scope: read, answer: shapes.KejueWebhook }),
    async ({ caller, params }) => formatWebhook(await webhooks.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/webhooks/:id',
    route({
      summary: 'Update webhook',
      tag,
      scope: write,
      body: shapes.UpdateWebhook,
      late: true,
      answer: shapes.KejueWebhook,
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Parameters<typeof formatWebhook>[0]) => shapes.parseWebhook(asObject(body), before);
      return formatWebhook(await webhooks.update(caller, idOf(params), parse, RULES));
    },
  );

  app.delete<ById>(
    '/webhooks/:id',
    route({ summary: 'Delete webhook', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await webhooks.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );
}
