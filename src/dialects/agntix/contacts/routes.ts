/** Contacts: whom a campaign calls. One name here is a first and a last one in the house. */
import type { FastifyInstance } from 'fastify';
import type { ContactInput, Contact as Kept } from '../../../contacts/contact.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../agents/contract.ts';
import { type ById, paginated, placeOf, plainIdOf, refuse } from '../shared.ts';

const PATH = '/v1/chat/contacts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const WriteContact = s.object({
  externalId: maybe(s.string({ maxLength: 255 })),
  name: maybe(s.string({ maxLength: 255 })),
  phone: maybe(text.phoneNumber()),
  email: maybe(s.string({ format: 'email', maxLength: 254 })),
  metadata: maybe(s.json()),
  tags: maybe(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
});
type WriteContact = s.Static<typeof WriteContact>;

const nullableText = () => s.nullable(s.string());
const Contact = s.object({
  id: text.uuid(),
  externalId: nullableText(),
  name: nullableText(),
  phone: nullableText(),
  email: nullableText(),
  metadata: s.json(),
  tags: s.array(s.string()),
  orgId: s.string(),
  createdAt: text.dateTime(),
});

const nameOf = ({ firstName, lastName }: ContactInput) => [firstName, lastName].filter(Boolean).join(' ') || null;

const shownFields = (fields: ContactInput) => ({
  externalId: fields.externalId ?? null,
  name: nameOf(fields),
  phone: fields.phone ?? null,
  email: fields.email ?? null,
  metadata: fields.metadata ?? {},
  tags: fields.tags ?? [],
});

const present = ({ id, workspaceId, fields, createdAt }: Kept) => ({
  id,
  ...shownFields(fields),
  orgId: workspaceId,
  createdAt,
});

/** What is not mentioned stays, what repeats what was shown does too, and so does what another tongue has said. */
function parse(sent: JsonObject, before: ContactInput = {}): ContactInput {
  refuse(WriteContact, sent);
  const shown: JsonObject = shownFields(before);
  const said = Object.entries(sent).filter(([field, value]) => field in shown && !same(value, shown[field]));
  const { name, metadata, tags, ...rest } = Object.fromEntries(said) as WriteContact;
  return {
    ...before,
    ...rest,
    ...(name !== undefined && parted(name)),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(tags !== undefined && { tags: tags ?? [] }),
  };
}

function parted(name: string | null): Pick<ContactInput, 'firstName' | 'lastName'> {
  const [first = '', ...last] = (name ?? '').trim().split(/\s+/);
  return { firstName: first || null, lastName: last.join(' ') || null };
}

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  const tag = 'Contacts';

  app.post(
    PATH,
    route({
      summary: 'Create contact',
      tag,
      scope: 'contacts:write',
      body: WriteContact,
      late: true,
      answer: { status: 201, schema: Contact },
    }),
    async ({ caller, body }, reply) => {
      const contact = await contacts.create(caller, parse(asObject(body)));
      return reply.code(201).send(present(contact));
    },
  );

  app.get(
    PATH,
    route({
      summary: 'List contacts',
      description: 'Newest first. `search` is part of a name, a number, an address or a company, in any case.',
      tag,
      scope: 'contacts:read',
      query: s.object({ ...contract.PageQuery.properties, search: s.optional(s.string()) }),
      answer: contract.pageOf(Contact),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query);
      const { search } = query as { search?: string };
      const { items, total } = await contacts.list(caller, search ? { search } : {}, place);
      return paginated(items.map(present), total, place);
    },
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      summary: 'Update contact',
      tag,
      scope: 'contacts:write',
      body: WriteContact,
      late: true,
      answer: Contact,
    }),
    async ({ caller, params, body }) => {
      const { id } = plainIdOf(params);
      const contact = await contacts.update(caller, id, (before) => parse(asObject(body), before));
      return present(contact);
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({ summary: 'Delete contact', tag, scope: 'contacts:manage', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await contacts.remove(caller, plainIdOf(params).id);
      return reply.code(204).send();
    },
  );
}
