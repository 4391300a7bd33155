/** Routes of webhooks and deliveries. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import type * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { checkPatch } from '../agents/echo.ts';
import { ListQuery, listOf } from '../contract.ts';
import { type ById, cursorOf, idOf, notACursor, page, placeOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ByDelivery {
  Params: { id: string; delivery: string };
}

const tag = 'Webhooks';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'webhooks:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'webhooks:write' });

/** Deliveries update these while a client edits the rest. */
const MOVING = [
  'failures',
  'failingSince',
  'lastDeliveryAt',
  'lastError',
  'deliveries',
  'failedDeliveries',
  'updatedAt',
];

export function webhookRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  deliveryRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, services: Services): void {
  const { webhooks } = services;
  const { formatNewWebhook, formatWebhook } = mapping;

  app.post(
    '/webhooks',
    write({
      summary: 'Create webhook',
      description: 'The answer shows the signing secret, which is not shown again.',
      body: contract.NewWebhookInput,
      answer: { status: 201, schema: contract.NewWebhook },
    }),
    async ({ caller, body }, reply) => {
      const draft = mapping.parseNewWebhook(body as s.Static<typeof contract.NewWebhookInput>);
      const webhook = await webhooks.create(caller, draft, { encryptedOnly: draft.dialect === 'ayra' });
      return reply.code(201).send(formatNewWebhook(webhook));
    },
  );
  app.get(
    '/webhooks',
    read({ summary: 'List webhooks', query: ListQuery, answer: listOf(contract.WebhookShape) }),
    async ({ caller, query }) => {
      const all = await webhooks.list(caller);
      const list = async ({ limit, offset }: { limit: number; offset: number }) => ({
        items: all.slice(offset, offset + limit),
        total: all.length,
      });
      return page(query, list, formatWebhook);
    },
  );
}

function memberRoutes(app: FastifyInstance, services: Services): void {
  const { webhooks } = services;
  const { parseWebhook, formatNewWebhook, formatWebhook } = mapping;

  app.get<ById>('/webhooks/:id', read({ summary: 'Get webhook', answer: contract.WebhookShape }), async (request) =>
    formatWebhook(await webhooks.get(request.caller, idOf(request, 'webhook_missing'))),
  );
  app.patch<ById>(
    '/webhooks/:id',
    write({
      summary: 'Update webhook',
      description: 'Switching it on again forgets its failures.',
      body: contract.WebhookPatch,
      handlerChecksBody: true,
      answer: contract.WebhookShape,
    }),
    async (request) => {
      const body = asObject(request.body);
      const webhook = await webhooks.update(request.caller, idOf(request, 'webhook_missing'), (before) => {
        const patch = checkPatch<Partial<contract.WebhookInput>>(
          body,
          contract.WebhookPatch,
          formatWebhook(before),
          MOVING,
        );
        return parseWebhook(patch, before);
      });
      return formatWebhook(webhook);
    },
  );
  app.delete<ById>(
    '/webhooks/:id',
    write({ summary: 'Delete webhook', description: 'Its deliveries go with it.', answer: { status: 204 } }),
    async (request, reply) => {
      await webhooks.remove(request.caller, idOf(request, 'webhook_missing'));
      return reply.code(204).send();
    },
  );
  app.post<ById>(
    '/webhooks/:id/rotate-secret',
    write({
      summary: 'Rotate webhook secret',
      description: 'The new secret is in force at once, also for deliveries that wait.',
      answer: contract.NewWebhook,
    }),
    async (request) => formatNewWebhook(await webhooks.rotate(request.caller, idOf(request, 'webhook_missing'))),
  );
  app.post<ById>(
    '/webhooks/:id/test',
    write({
      summary: 'Test webhook',
      description: 'Sends a `webhook.test` there and then, once, and answers how that went.',
      answer: contract.TestedShape,
    }),
    async (request) => {
      const mapEvent = mapping.mapTestEvent(services.now().toISOString());
      return mapping.formatTested(await webhooks.test(request.caller, idOf(request, 'webhook_missing'), mapEvent));
    },
  );
}

function deliveryRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.get<ById>(
    '/webhooks/:id/deliveries',
    read({
      summary: 'List webhook deliveries',
      description: 'The deliveries and their outcomes, newest first. They are kept for 30 days.',
      query: ListQuery,
      answer: listOf(contract.DeliveryShape),
    }),
    async (request) => {
      const { limit = 50, cursor } = request.query as { limit?: number; cursor?: string };
      const id = idOf(request, 'webhook_missing');
      const found = await webhooks.deliveries(request.caller, id, limit + 1, cursor ? afterOf(cursor) : undefined);
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return {
        data: shown.map(mapping.formatDelivery),
        nextCursor: last ? cursorOf(`${last.at} ${last.id}`) : null,
      };
    },
  );
  app.post<ByDelivery>(
    '/webhooks/:id/deliveries/:delivery/replay',
    write({
      summary: 'Replay webhook delivery',
      description: 'Sends the same event again, with the same `webhook-id`, as a new delivery.',
      answer: { status: 202, schema: contract.DeliveryShape },
    }),
    async (request, reply) => {
      const id = idOf(request, 'webhook_missing');
      const delivery = idOf({ params: { id: request.params.delivery } }, 'delivery_missing');
      return reply.code(202).send(mapping.formatDelivery(await webhooks.replay(request.caller, id, delivery)));
    },
  );
}

function afterOf(cursor: string): { at: string; id: string } {
  const [at = '', id = ''] = placeOf(cursor).split(' ');
  if (Number.isNaN(Date.parse(at)) || !isUuid(id)) throw notACursor();
  return { at, id };
}
