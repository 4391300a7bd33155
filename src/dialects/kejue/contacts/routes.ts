/** Contacts: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

const idOf = ({ id }: ById['Params']): string => {
  if (!isUuid(id)) throw new Fault('contact_missing', { id });
  return id.toLowerCase();
};

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  const tag = 'Contacts';
  const read = 'contacts:read';
  const write = 'contacts:write';
  const { formatContact } = shapes;

  app.post(
    '/contacts',
    route({
      summary: 'Create contact',
      tag,
      scope: write,
      body: shapes.ContactBody,
      late: true,
      answer: { status: 201, schema: shapes.KejueContact },
    }),
    async ({ caller, body }, reply) => {
      const complete = await contacts.complete();
      const contact = await contacts.create(caller, shapes.parseContact(asObject(body), complete));
      return reply.code(201).send(formatContact(contact));
    },
  );

  app.post(
    '/contacts/bulk',
    route({
      summary: 'Create contacts in bulk',
      tag,
      scope: write,
      body: shapes.BulkBody,
      late: true,
      answer: { status: 201, schema: shapes.BulkAnswer },
    }),
    async ({ caller, body }, reply) => {
      const bulk = shapes.parseContacts(asObject(body), await contacts.complete());
      const { people, errors, unique } = bulk;
      const values = unique === undefined ? [] : people.flatMap(({ fields }) => fields[unique] ?? []);
      const taken = unique === undefined ? new Set<string>() : await contacts.taken(caller, unique, values);
      const fresh = shapes.distinct(bulk, taken);
      await contacts.createMany(caller, fresh);
      return reply.code(201).send({ created: fresh.length, skipped: people.length - fresh.length, errors });
    },
  );

  app.get(
    '/contacts',
    route({
      summary: 'List contacts',
      tag,
      scope: read,
      query: shapes.ContactQuery,
      answer: shapes.ContactList,
    }),
    async ({ caller, query }) => {
      const { limit = 100, offset = 0, tags, has_phone, ...filter } = query as s.Static<typeof shapes.ContactQuery>;
      const wanted = tags?.split(',').flatMap((one) => one.trim() || []);
      const { items, total } = await contacts.list(
        caller,
        { ...filter, ...(wanted && { tags: wanted }), ...(has_phone !== undefined && { hasPhone: has_phone }) },
        { limit, offset },
      );
      return { contacts: items.map(formatContact), total, limit, offset };
    },
  );

  app.get<ById>(
    '/contacts/:id',
    route({ summary: 'Get contact', tag, scope: read, answer: shapes.KejueContact }),
    async ({ caller, params }) => formatContact(await contacts.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/contacts/:id',
    route({
      summary: 'Update contact',
      tag,
      scope: write,
      body: shapes.ContactBody,
      late: true,
      answer: shapes.KejueContact,
    }),
    async ({ caller, params, body }) => {
      const complete = await contacts.complete();
      const parse = (before: Parameters<typeof formatContact>[0]['fields']) =>
        shapes.parseContact(asObject(body), complete, before);
      return formatContact(await contacts.update(caller, idOf(params), parse));
    },
  );

  app.delete<ById>(
    '/contacts/:id',
    route({ summary: 'Delete contact', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await contacts.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );
}
