/** Routes of phone numbers. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, formatPage, PageQuery, pageOf, parsePage, textIdOf, withFieldNames } from '../shared.ts';
import * as contract from './contract.ts';
import { formatCallerNumber, formatNumber, parseNewNumber, parseNumber, parseSizedPage } from './mapping.ts';

const PATH = '/v1/chat/phone-numbers';
const READ = { tag: 'Phone numbers', scope: 'voice:read' };
const WRITE = { tag: 'Phone numbers', scope: 'voice:write' };

export function phoneNumberRoutes(app: FastifyInstance, services: Services): void {
  listRoutes(app, services);
  writeRoutes(app, services);
}

function listRoutes(app: FastifyInstance, { phoneNumbers }: Services): void {
  app.get(
    PATH,
    route({ ...READ, summary: 'List phone numbers', query: PageQuery, answer: pageOf(contract.PhoneNumber) }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const { items, total } = await phoneNumbers.list(caller, page);
      return formatPage(items.map(formatNumber), total, page);
    },
  );

  app.get(
    '/api/v1/phone-numbers',
    route({
      ...READ,
      summary: 'List numbers to call from',
      query: contract.NumberQuery,
      answer: contract.Numbers,
    }),
    async ({ caller, query }) => {
      const { items } = await phoneNumbers.list(caller, parseSizedPage(query as contract.NumberQuery));
      return { items: items.map(formatCallerNumber) };
    },
  );
}

function writeRoutes(app: FastifyInstance, { phoneNumbers }: Services): void {
  app.post(
    PATH,
    route({
      ...WRITE,
      summary: 'Create phone number',
      body: contract.CreateNumber,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.PhoneNumber },
    }),
    async ({ caller, body }, reply) => {
      const created = await phoneNumbers.create(caller, parseNewNumber(asObject(body)));
      return reply.code(201).send(formatNumber(created));
    },
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      ...WRITE,
      summary: 'Update phone number',
      description:
        'The inbound agent answers calls to the number. The outbound agent makes calls from it that name no agent.',
      body: contract.UpdateNumber,
      handlerChecksBody: true,
      answer: contract.PhoneNumber,
    }),
    async ({ caller, params, body }) => {
      const before = await phoneNumbers.get(caller, textIdOf(params));
      const { changes, names } = parseNumber(asObject(body), before);
      const updated = await withFieldNames(names, () => phoneNumbers.update(caller, before.id, changes));
      return formatNumber(updated);
    },
  );
}
