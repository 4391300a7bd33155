/** Routes of contacts. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, formatPage, pageOf, parsePage, textIdOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatContact, parseContact, parseFilter } from './mapping.ts';

const PATH = '/v1/chat/contacts';
const READ = { tag: 'Contacts', scope: 'contacts:read' };
const WRITE = { tag: 'Contacts', scope: 'contacts:write' };
const MANAGE = { tag: 'Contacts', scope: 'contacts:manage' };

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  app.post(
    PATH,
    route({
      ...WRITE,
      summary: 'Create contact',
      body: contract.WriteContact,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Contact },
    }),
    async ({ caller, body }, reply) => {
      const contact = await contacts.create(caller, parseContact(asObject(body)));
      return reply.code(201).send(formatContact(contact));
    },
  );

  app.get(
    PATH,
    route({
      ...READ,
      summary: 'List contacts',
      description: 'Newest first. `search` is part of a name, number, email address or company, ignoring case.',
      query: contract.ContactQuery,
      answer: pageOf(contract.Contact),
    }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const { items, total } = await contacts.list(caller, parseFilter(query as contract.ContactQuery), page);
      return formatPage(items.map(formatContact), total, page);
    },
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      ...WRITE,
      summary: 'Update contact',
      body: contract.WriteContact,
      handlerChecksBody: true,
      answer: contract.Contact,
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Parameters<typeof parseContact>[1]) => parseContact(asObject(body), before);
      return formatContact(await contacts.update(caller, textIdOf(params), parse));
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({ ...MANAGE, summary: 'Delete contact', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await contacts.remove(caller, textIdOf(params));
      return reply.code(204).send();
    },
  );
}
