import type { FastifyInstance } from 'fastify';
import type { ContactInput } from '../../../contacts/contact.ts';
import { mergePatch } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { SearchQuery } from '../contract.ts';
import { crudRoutes, stamped } from '../crud.ts';
import * as contract from './contract.ts';

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  crudRoutes<Awaited<ReturnType<typeof contacts.get>>>(app, {
    path: '/contacts',
    tag: 'Contacts',
    noun: 'contact',
    missing: 'contact_missing',
    input: contract.ContactInput,
    patch: contract.ContactInput,
    shape: contract.Contact,
    query: SearchQuery,
    create: (caller, body) => contacts.create(caller, body as ContactInput),
    list: (caller, query, where) => contacts.list(caller, query, where),
    update: (caller, id, patch) => contacts.update(caller, id, (fields) => mergePatch(fields, patch) as ContactInput),
    service: contacts,
    format: (contact) => stamped(contact, contact.fields),
  });
}
