/** Phone numbers, tools and contacts: five routes each, alike in everything but what is said here. */
import type { FastifyInstance } from 'fastify';
import type { FaultCode } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { route } from '../../http/dialect.ts';
import type { ContactInput, PhoneNumberInput, ToolSpec } from '../../model/records.ts';
import type { Schema, Static } from '../../model/schema.ts';
import { maskedTool, unmaskedTool } from '../../model/secrets.ts';
import { type JsonObject, mergePatch } from '../../model/values.ts';
import type { Caller } from '../../services/caller.ts';
import type { Services } from '../../services/index.ts';
import type { NumberChanges } from '../../services/records.ts';
import { heard } from './call-routes.ts';
import * as contract from './contract.ts';
import { spoken } from './echo.ts';
import { hearTool } from './mapping.ts';
import { type ById, idOf, page } from './paging.ts';

/** One kind of record: where it is, what it is called, what may be done with it. */
interface Kind<T> {
  path: string;
  tag: string;
  noun: string;
  verbs?: { create: string; remove: string };
  missing: FaultCode;
  input: Schema;
  patch: Schema;
  shape: Schema;
  query: Schema;
  create(caller: Caller, body: unknown): Promise<T>;
  list(
    caller: Caller,
    query: { search?: string },
    page: { limit: number; offset: number },
  ): Promise<{ items: T[]; total: number }>;
  update(caller: Caller, id: string, said: JsonObject): Promise<T>;
  /** Where they are kept. */
  service: { get(caller: Caller, id: string): Promise<T>; remove(caller: Caller, id: string): Promise<void> };
  show(item: T): object;
}

export function recordRoutes(app: FastifyInstance, { records }: Services): void {
  const { phoneNumbers, tools, contacts } = records;

  routesOf<Awaited<ReturnType<typeof phoneNumbers.get>>>(app, {
    path: '/phone-numbers',
    tag: 'Phone numbers',
    noun: 'phone number',
    verbs: { create: 'Add', remove: 'Remove' },
    missing: 'number_missing',
    input: contract.PhoneNumberInput,
    patch: contract.PhoneNumberPatch,
    shape: contract.PhoneNumber,
    query: contract.ListQuery,
    create: (caller, body) => phoneNumbers.create(caller, body as Static<typeof PhoneNumberInput>),
    list: (caller, _query, where) => phoneNumbers.list(caller, where),
    update: (caller, id, said) =>
      phoneNumbers.update(caller, id, heard<NumberChanges>(contract.PhoneNumberPatch, said)),
    service: phoneNumbers,
    show: ({ workspaceId: _workspace, ...shown }) => shown,
  });

  routesOf<Awaited<ReturnType<typeof tools.get>>>(app, {
    path: '/tools',
    tag: 'Tools',
    noun: 'tool',
    missing: 'tool_missing',
    input: contract.ToolInput,
    patch: contract.ToolPatch,
    shape: contract.Tool,
    query: contract.SearchQuery,
    create: (caller, body) => tools.create(caller, unmaskedTool(body as ToolSpec, undefined)),
    list: (caller, query, where) => tools.list(caller, query, where),
    update: (caller, id, said) => tools.update(caller, id, (spec) => hearTool(said, spec)),
    service: tools,
    show: (tool) => stamped(tool, maskedTool(tool.spec)),
  });

  routesOf<Awaited<ReturnType<typeof contacts.get>>>(app, {
    path: '/contacts',
    tag: 'Contacts',
    noun: 'contact',
    missing: 'contact_missing',
    input: contract.ContactInput,
    patch: contract.ContactInput,
    shape: contract.Contact,
    query: contract.SearchQuery,
    create: (caller, body) => contacts.create(caller, body as ContactInput),
    list: (caller, query, where) => contacts.list(caller, query, where),
    update: (caller, id, said) => contacts.update(caller, id, (fields) => mergePatch(fields, said) as ContactInput),
    service: contacts,
    show: (contact) => stamped(contact, contact.fields),
  });
}

interface Stored {
  id: string;
  createdAt: string;
  updatedAt: string;
}
const stamped = ({ id, createdAt, updatedAt }: Stored, fields: object) => ({ id, ...fields, createdAt, updatedAt });

function routesOf<T>(app: FastifyInstance, kind: Kind<T>): void {
  const { path, tag, noun, missing, shape, show } = kind;
  const { create, remove } = kind.verbs ?? { create: 'Create', remove: 'Delete' };
  const scope = (verb: string) => `${path.slice(1)}:${verb}`;

  app.post(
    path,
    route({
      summary: `${create} ${noun}`,
      tag,
      scope: scope('write'),
      body: kind.input,
      answer: { status: 201, schema: shape },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(show(await kind.create(caller, body))),
  );
  app.get(
    path,
    route({ summary: `List ${noun}s`, tag, scope: scope('read'), query: kind.query, answer: contract.listOf(shape) }),
    async ({ caller, query }) => page(query, (where) => kind.list(caller, query as object, where), show),
  );
  app.get<ById>(
    `${path}/:id`,
    route({ summary: `Get ${noun}`, tag, scope: scope('read'), answer: shape }),
    async (request) => show(await kind.service.get(request.caller, idOf(request, missing))),
  );
  app.patch<ById>(
    `${path}/:id`,
    route({
      summary: `Update ${noun}`,
      tag,
      scope: scope('write'),
      body: kind.patch,
      late: true,
      answer: shape,
    }),
    async (request) => {
      const body = asObject(request.body);
      const id = idOf(request, missing);
      const known = show(await kind.service.get(request.caller, id));
      return show(await kind.update(request.caller, id, spoken(body, kind.patch, known)));
    },
  );
  app.delete<ById>(
    `${path}/:id`,
    route({ summary: `${remove} ${noun}`, tag, scope: scope('write'), answer: { status: 204 } }),
    async (request, reply) => {
      await kind.service.remove(request.caller, idOf(request, missing));
      return reply.code(204).send();
    },
  );
}
