/** Routes of webhooks and deliveries. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { ListQuery, listOf, pageByOffset, readPage } from '../paging.ts';
import { type ById, idOf, scopedRoutes, storedId } from '../shared.ts';
import * as contract from './contract.ts';
import { mapTestEvent } from './events.ts';
import * as mapping from './mapping.ts';

interface ByDelivery {
  Params: { id: string; delivery: string };
}

const { read, write } = scopedRoutes('Webhooks', 'webhooks');
const webhookId = (request: { params: unknown }) => idOf(request, 'webhook_missing');

export function webhookRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  actionRoutes(app, services);
  deliveryRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.post(
    '/webhooks',
    write({
      summary: 'Create webhook',
      description: 'The answer contains the signing secret. No later answer does.',
      body: contract.NewWebhookInput,
      answer: { status: 201, schema: contract.NewWebhook },
    }),
    async ({ caller, body }, reply) => {
      const { draft, encryptedOnly } = mapping.parseNewWebhook(body as contract.NewWebhookInput);
      return reply.code(201).send(mapping.formatNewWebhook(await webhooks.create(caller, draft, { encryptedOnly })));
    },
  );
  app.get(
    '/webhooks',
    read({ summary: 'List webhooks', query: ListQuery, answer: listOf(contract.Webhook) }),
    async ({ caller, query }) => {
      const all = await webhooks.list(caller);
      const list = async ({ limit, offset }: { limit: number; offset: number }) => ({
        items: all.slice(offset, offset + limit),
        total: all.length,
      });
      return pageByOffset(query as ListQuery, list, mapping.formatWebhook);
    },
  );
}

function memberRoutes(app: FastifyInstance, { webhooks }: Services): void {
  app.get<ById>('/webhooks/:id', read({ summary: 'Get webhook', answer: contract.Webhook }), async (request) =>
    mapping.formatWebhook(await webhooks.get(request.caller, webhookId(request))),
  );
  app.patch<ById>(
    '/webhooks/:id',
    write({
      summary: 'Update webhook',
      description: 'Enabling a webhook resets its failures.',
      body: contract.WebhookPatch,
      handlerChecksBody: true,
      answer: contract.Webhook,
    }),
    async (request) => {
      const body = asObject(request.body);
      const parse = (before: Parameters<typeof mapping.parsePatch>[1]) => mapping.parsePatch(body, before);
      return mapping.formatWebhook(await webhooks.update(request.caller, webhookId(request), parse));
    },
  );
  app.delete<ById>(
    '/webhooks/:id',
    write({ summary: 'Delete webhook', description: 'Deletes its deliveries too.', answer: { status: 204 } }),
    async (request, reply) => {
      await webhooks.remove(request.caller, webhookId(request));
      return reply.code(204).send();
    },
  );
}

function actionRoutes(app: FastifyInstance, { webhooks, now }: Services): void {
  app.post<ById>(
    '/webhooks/:id/rotate-secret',
    write({
      summary: 'Rotate webhook secret',
      description: 'The server signs with the new secret at once, also deliveries that wait.',
      answer: contract.NewWebhook,
    }),
    async (request) => mapping.formatNewWebhook(await webhooks.rotate(request.caller, webhookId(request))),
  );
  app.post<ById>(
    '/webhooks/:id/test',
    write({
      summary: 'Test webhook',
      description: 'Sends one `webhook.test` at once and answers with its outcome.',
      answer: contract.TestResult,
    }),
    async (request) => {
      const toEvent = mapTestEvent(now().toISOString());
      return mapping.formatTest(await webhooks.test(request.caller, webhookId(request), toEvent));
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
      answer: listOf(contract.Delivery),
    }),
    async (request) => {
      const { limit, cursor } = request.query as ListQuery;
      const id = webhookId(request);
      const after = mapping.parseDeliveryCursor(cursor);
      const list = (limit: number) => webhooks.deliveries(request.caller, id, limit, after);
      const { items, nextCursor } = await readPage(limit, list, mapping.placeOfDelivery);
      return { data: items.map(mapping.formatDelivery), nextCursor };
    },
  );
  app.post<ByDelivery>(
    '/webhooks/:id/deliveries/:delivery/replay',
    write({
      summary: 'Replay webhook delivery',
      description: 'Sends the same event again, with the same `webhook-id`, as a new delivery.',
      answer: { status: 202, schema: contract.Delivery },
    }),
    async (request, reply) => {
      const id = webhookId(request);
      const deliveryId = storedId(request.params.delivery, 'delivery_missing');
      const delivery = await webhooks.replay(request.caller, id, deliveryId);
      return reply.code(202).send(mapping.formatDelivery(delivery));
    },
  );
}
