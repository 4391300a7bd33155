/** Routes of contacts. */
import type { FastifyInstance } from 'fastify';
import type { Contact } from '../../../contacts/contact.ts';
import { mergePatch } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { crudRoutes, stamped } from '../crud.ts';
import { SearchQuery } from '../paging.ts';
import * as contract from './contract.ts';

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  crudRoutes<Contact>(app, {
    path: '/contacts',
    tag: 'Contacts',
    noun: 'contact',
    missing: 'contact_missing',
    input: contract.ContactInput,
    patch: contract.ContactInput,
    shape: contract.Contact,
    query: SearchQuery,
    create: (caller, body) => contacts.create(caller, body as contract.ContactInput),
    list: (caller, query, page) => contacts.list(caller, query, page),
    update: (caller, id, patch) =>
      contacts.update(caller, id, (fields) => mergePatch(fields, patch) as contract.ContactInput),
    service: contacts,
    format: (contact) => stamped(contact, contact.fields),
  });
}
