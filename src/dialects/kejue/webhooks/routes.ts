/** Routes of webhooks. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import { type ById, pathId } from '../shared.ts';
import * as contract from './contract.ts';
import { formatWebhook, formatWebhooks, parseNewWebhook, parseWebhook } from './mapping.ts';

const READ = { tag: 'Webhooks', scope: 'webhooks:read' };
const WRITE = { tag: 'Webhooks', scope: 'webhooks:write' };
const RULES = { agentField: 'persona_id' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'webhook_missing');

export function webhookRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.post(
    '/webhooks',
    route({
      ...WRITE,
      summary: 'Create webhook',
      body: contract.CreateWebhook,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Webhook },
    }),
    async ({ caller, body }, reply) => {
      const webhook = await webhooks.create(caller, parseNewWebhook(asObject(body)), RULES);
      return reply.code(201).send(formatWebhook(webhook));
    },
  );

  app.get(
    '/webhooks',
    route({ ...READ, summary: 'List webhooks', query: contract.WebhookQuery, answer: contract.WebhookList }),
    async ({ caller, query }) => formatWebhooks(await webhooks.list(caller), query as contract.WebhookQuery),
  );

  app.get<ById>(
    '/webhooks/:id',
    route({ ...READ, summary: 'Get webhook', answer: contract.Webhook }),
    async ({ caller, params }) => formatWebhook(await webhooks.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/webhooks/:id',
    route({
      ...WRITE,
      summary: 'Update webhook',
      body: contract.UpdateWebhook,
      handlerChecksBody: true,
      answer: contract.Webhook,
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Webhook) => parseWebhook(asObject(body), before);
      return formatWebhook(await webhooks.update(caller, idOf(params), parse, RULES));
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
}
