/** Webhooks: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import type { RouteFacts, route } from '../../../http/dialect.ts';
import { isObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { newHexSecret } from '../../../webhooks/service.ts';
import type { Webhook } from '../../../webhooks/webhook.ts';
import * as contract from '../agents/contract.ts';
import { bodyOf, type EnvelopeStyle, idOf, type PageAsked, pageOf, placeOf } from '../shared.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

const RULES = { encryptedOnly: true };
const refOf = ({ id }: ById['Params']): string => idOf(id, 'webhook_missing');

const companyIn = (body: unknown): string | undefined => {
  const company = isObject(body) ? body['companyId'] : undefined;
  return typeof company === 'string' ? company.toLowerCase() : undefined;
};

export function webhookRoutes(
  app: FastifyInstance,
  { webhooks, now }: Services,
  { shape, say }: EnvelopeStyle,
  routeOf: typeof route,
): void {
  const { formatWebhook } = shapes;
  const facts = (scope: string, rest: Omit<RouteFacts, 'tag' | 'scope'>) =>
    routeOf({ tag: 'Webhooks', scope, query: contract.CompanyQuery, ...rest });
  const reads = (rest: Omit<RouteFacts, 'tag' | 'scope'>) => facts('webhooks:read', rest);
  const writes = (rest: Omit<RouteFacts, 'tag' | 'scope'>) => facts('webhooks:write', rest);

  app.post(
    '/webhooks',
    writes({
      summary: 'Create webhook',
      workspaceIn: companyIn,
      body: shapes.CreateWebhook,
      late: true,
      answer: { status: 201, schema: shape(shapes.NewWebhook) },
    }),
    async ({ caller, body }, reply) => {
      const sent = bodyOf(body);
      const company = companyIn(sent);
      if (company !== undefined && company !== caller.workspaceId)
        throw new Fault('workspace_refused', { id: company });
      const fields = shapes.parseNewWebhook(sent, caller.author.replace(/^key:/, ''));
      const webhook = await webhooks.create(caller, { ...fields, secret: newHexSecret() }, RULES);
      return reply.code(201).send(say({ ...formatWebhook(webhook), signingSecret: webhook.secret }));
    },
  );

  app.get(
    '/webhooks',
    reads({
      summary: 'List webhooks',
      query: contract.PageQuery,
      answer: shape(contract.pageOf(shapes.InstaViewWebhook)),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query as PageAsked);
      const all = await webhooks.list(caller);
      const page = all.slice(place.offset, place.offset + place.limit);
      return say(pageOf(page.map(formatWebhook), all.length, place));
    },
  );

  app.get<ById>(
    '/webhooks/:id',
    reads({ summary: 'Get webhook', answer: shape(shapes.InstaViewWebhook) }),
    async ({ caller, params }) => say(formatWebhook(await webhooks.get(caller, refOf(params)))),
  );

  app.patch<ById>(
    '/webhooks/:id',
    writes({
      summary: 'Update webhook',
      body: shapes.UpdateWebhook,
      late: true,
      answer: shape(shapes.InstaViewWebhook),
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Webhook) => shapes.parseWebhook(bodyOf(body), before);
      return say(formatWebhook(await webhooks.update(caller, refOf(params), parse, RULES)));
    },
  );

  app.delete<ById>(
    '/webhooks/:id',
    writes({ summary: 'Delete webhook', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await webhooks.remove(caller, refOf(params));
      return reply.code(204).send();
    },
  );

  app.post<ById>(
    '/webhooks/:id/test',
    writes({ summary: 'Test webhook', answer: shape(shapes.TestResult) }),
    async ({ caller, params }) => {
      const mapEvent = shapes.ping(now().toISOString());
      return say(shapes.formatTest(await webhooks.test(caller, refOf(params), mapEvent)));
    },
  );

  app.post<ById>(
    '/webhooks/:id/reset-circuit',
    writes({ summary: 'Reset webhook circuit', answer: shape(shapes.InstaViewWebhook) }),
    async ({ caller, params }) => {
      // A webhook that somebody switched off has no circuit to close.
      const parse = (before: Webhook) => ({ ...before, enabled: before.enabled || before.disabledReason !== null });
      return say(formatWebhook(await webhooks.update(caller, refOf(params), parse, RULES)));
    },
  );
}
