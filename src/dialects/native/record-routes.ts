/** Phone numbers, tools and contacts: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../http/body.ts';
import { route } from '../../http/dialect.ts';
import type { ContactInput, ToolSpec } from '../../model/records.ts';
import { maskedTool, unmaskedTool } from '../../model/secrets.ts';
import { mergePatch } from '../../model/values.ts';
import type { Services } from '../../services/index.ts';
import * as contract from './contract.ts';
import { hearTool } from './mapping.ts';
import { type ById, idOf, page } from './paging.ts';

export function recordRoutes(app: FastifyInstance, services: Services): void {
  phoneNumberRoutes(app, services);
  toolRoutes(app, services);
  contactRoutes(app, services);
}

interface Stored {
  id: string;
  createdAt: string;
  updatedAt: string;
}
const stamped = ({ id, createdAt, updatedAt }: Stored, fields: object) => ({ id, ...fields, createdAt, updatedAt });

function phoneNumberRoutes(app: FastifyInstance, { records: { phoneNumbers } }: Services): void {
  const showNumber = (item: Awaited<ReturnType<typeof phoneNumbers.get>>) => {
    const { workspaceId: _workspace, ...shown } = item;
    return shown;
  };
  app.post(
    '/phone-numbers',
    route({
      summary: 'Add phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      body: contract.PhoneNumberInput,
      answer: { status: 201, schema: contract.PhoneNumber },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(showNumber(await phoneNumbers.create(caller, body as { number: string; provider: string }))),
  );
  app.get(
    '/phone-numbers',
    route({
      summary: 'List phone numbers',
      tag: 'Phone numbers',
      scope: 'phone-numbers:read',
      query: contract.ListQuery,
      answer: contract.listOf(contract.PhoneNumber),
    }),
    async ({ caller, query }) => page(query, (where) => phoneNumbers.list(caller, where), showNumber),
  );
  app.get<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Get phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:read',
      answer: contract.PhoneNumber,
    }),
    async (request) => showNumber(await phoneNumbers.get(request.caller, idOf(request, 'number_missing'))),
  );
  app.patch<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Update phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      body: contract.PhoneNumberPatch,
      answer: contract.PhoneNumber,
    }),
    async (request) =>
      showNumber(await phoneNumbers.update(request.caller, idOf(request, 'number_missing'), request.body as object)),
  );
  app.delete<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Remove phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await phoneNumbers.remove(request.caller, idOf(request, 'number_missing'));
      return reply.code(204).send();
    },
  );
}

function toolRoutes(app: FastifyInstance, { records: { tools } }: Services): void {
  const showTool = (tool: Awaited<ReturnType<typeof tools.get>>) => stamped(tool, maskedTool(tool.spec));
  app.post(
    '/tools',
    route({
      summary: 'Create tool',
      tag: 'Tools',
      scope: 'tools:write',
      body: contract.ToolInput,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(showTool(await tools.create(caller, unmaskedTool(body as ToolSpec, undefined)))),
  );
  app.get(
    '/tools',
    route({
      summary: 'List tools',
      tag: 'Tools',
      scope: 'tools:read',
      query: contract.SearchQuery,
      answer: contract.listOf(contract.Tool),
    }),
    async ({ caller, query }) =>
      page(query, (where) => tools.list(caller, query as { search?: string }, where), showTool),
  );
  app.get<ById>(
    '/tools/:id',
    route({ summary: 'Get tool', tag: 'Tools', scope: 'tools:read', answer: contract.Tool }),
    async (request) => showTool(await tools.get(request.caller, idOf(request, 'tool_missing'))),
  );
  app.patch<ById>(
    '/tools/:id',
    route({
      summary: 'Update tool',
      tag: 'Tools',
      scope: 'tools:write',
      body: contract.ToolPatch,
      late: true,
      answer: contract.Tool,
    }),
    async (request) => {
      const patch = asObject(request.body);
      const id = idOf(request, 'tool_missing');
      return showTool(await tools.update(request.caller, id, (spec) => hearTool(patch, spec)));
    },
  );
  app.delete<ById>(
    '/tools/:id',
    route({ summary: 'Delete tool', tag: 'Tools', scope: 'tools:write', answer: { status: 204 } }),
    async (request, reply) => {
      await tools.remove(request.caller, idOf(request, 'tool_missing'));
      return reply.code(204).send();
    },
  );
}

function contactRoutes(app: FastifyInstance, { records: { contacts } }: Services): void {
  const showContact = (contact: Awaited<ReturnType<typeof contacts.get>>) => stamped(contact, contact.fields);
  app.post(
    '/contacts',
    route({
      summary: 'Create contact',
      tag: 'Contacts',
      scope: 'contacts:write',
      body: contract.ContactInput,
      answer: { status: 201, schema: contract.Contact },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(showContact(await contacts.create(caller, body as ContactInput))),
  );
  app.get(
    '/contacts',
    route({
      summary: 'List contacts',
      tag: 'Contacts',
      scope: 'contacts:read',
      query: contract.SearchQuery,
      answer: contract.listOf(contract.Contact),
    }),
    async ({ caller, query }) =>
      page(query, (where) => contacts.list(caller, query as { search?: string }, where), showContact),
  );
  app.get<ById>(
    '/contacts/:id',
    route({ summary: 'Get contact', tag: 'Contacts', scope: 'contacts:read', answer: contract.Contact }),
    async (request) => showContact(await contacts.get(request.caller, idOf(request, 'contact_missing'))),
  );
  app.patch<ById>(
    '/contacts/:id',
    route({
      summary: 'Update contact',
      tag: 'Contacts',
      scope: 'contacts:write',
      body: contract.ContactInput,
      late: true,
      answer: contract.Contact,
    }),
    async (request) => {
      const patch = asObject(request.body);
      return showContact(
        await contacts.update(
          request.caller,
          idOf(request, 'contact_missing'),
          (fields) => mergePatch(fields, patch) as ContactInput,
        ),
      );
    },
  );
  app.delete<ById>(
    '/contacts/:id',
    route({ summary: 'Delete contact', tag: 'Contacts', scope: 'contacts:write', answer: { status: 204 } }),
    async (request, reply) => {
      await contacts.remove(request.caller, idOf(request, 'contact_missing'));
      return reply.code(204).send();
    },
  );
}
