/** Routes of contacts. */

import type { FastifyInstance } from 'fastify';
import type { ContactInput } from '../../../contacts/contact.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, pageOf, pathId } from '../shared.ts';
import * as contract from './contract.ts';
import { formatContact, parseContact, parseContacts, parseQuery, withoutDuplicates } from './mapping.ts';

const READ = { tag: 'Contacts', scope: 'contacts:read' };
const WRITE = { tag: 'Contacts', scope: 'contacts:write' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'contact_missing');

export function contactRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  contactByIdRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, services: Services): void {
  const { contacts } = services;

  app.post(
    '/contacts',
    route({
      ...WRITE,
      summary: 'Create contact',
      body: contract.ContactBody,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Contact },
    }),
    async ({ caller, body }, reply) => {
      const contact = await contacts.create(caller, parseContact(asObject(body), await contacts.complete()));
      return reply.code(201).send(formatContact(contact));
    },
  );

  app.post(
    '/contacts/bulk',
    route({
      ...WRITE,
      summary: 'Create contacts in bulk',
      body: contract.BulkBody,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.BulkAnswer },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(await createMany(services, caller, asObject(body))),
  );

  app.get(
    '/contacts',
    route({ ...READ, summary: 'List contacts', query: contract.ContactQuery, answer: contract.ContactList }),
    async ({ caller, query }) => {
      const page = pageOf(query as contract.ContactQuery);
      const { items, total } = await contacts.list(caller, parseQuery(query as contract.ContactQuery), page);
      return { contacts: items.map(formatContact), total, ...page };
    },
  );
}

function contactByIdRoutes(app: FastifyInstance, { contacts }: Services): void {
  app.get<ById>(
    '/contacts/:id',
    route({ ...READ, summary: 'Get contact', answer: contract.Contact }),
    async ({ caller, params }) => formatContact(await contacts.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/contacts/:id',
    route({
      ...WRITE,
      summary: 'Update contact',
      body: contract.ContactBody,
      handlerChecksBody: true,
      answer: contract.Contact,
    }),
    async ({ caller, params, body }) => {
      const complete = await contacts.complete();
      const parse = (before: ContactInput) => parseContact(asObject(body), complete, before);
      return formatContact(await contacts.update(caller, idOf(params), parse));
    },
  );

  app.delete<ById>(
    '/contacts/:id',
    route({ ...WRITE, summary: 'Delete contact', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await contacts.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );
}

async function createMany({ contacts }: Services, caller: Caller, body: JsonObject) {
  const bulk = parseContacts(body, await contacts.complete());
  const { uniqueField, uniqueValues, errors } = bulk;
  const taken = uniqueField ? await contacts.taken(caller, uniqueField, uniqueValues) : new Set<string>();
  const created = withoutDuplicates(bulk, taken);
  await contacts.createMany(caller, created);
  return { created: created.length, skipped: bulk.contacts.length - created.length, errors };
}
