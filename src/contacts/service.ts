/** Contacts: the people whom a workspace's agents talk to. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import { isTimeZone } from '../lib/text.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import { type CompleteContact, contactCompleter } from './complete.ts';
import { type Contact, ContactInput } from './contact.ts';
import type { ContactFilter, UniqueField } from './store.ts';

export interface ContactService {
  /** Newest first. */
  list(caller: Caller, filter: ContactFilter, page: Page): Promise<{ items: Contact[]; total: number }>;
  /** Throws `contact_missing`. */
  get(caller: Caller, id: string): Promise<Contact>;
  create(caller: Caller, fields: ContactInput): Promise<Contact>;
  /** Loads a function that reads phone numbers and derives country, time zone and language from them. */
  complete(): Promise<CompleteContact>;
  /** The values among these that a contact of the workspace already has. */
  taken(caller: Caller, field: UniqueField, values: readonly string[]): Promise<Set<string>>;
  /** Creates all contacts, or none where one is invalid. */
  createMany(caller: Caller, contacts: readonly ContactInput[]): Promise<void>;
  /** Applies `change` to the stored fields; it may run again after a concurrent write. */
  update(caller: Caller, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact>;
  /** Deletes a contact and its memories. Throws `contact_missing`. */
  remove(caller: Caller, id: string): Promise<void>;
}

const checkContact = (fields: ContactInput): void => {
  const issues = issuesOf(ContactInput, fields);
  if (fields.timezone && !isTimeZone(fields.timezone))
    issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
  if (issues.length > 0) throw invalid(issues);
};

export function contactService(ctx: Context): ContactService {
  const { store, now, newId } = ctx;
  const contactsFor = (caller: Caller) => storesFor(ctx, caller).contacts;
  const newContact = (workspaceId: string, fields: ContactInput, at: string): Contact => {
    checkContact(fields);
    return { workspaceId, id: newId(), fields, createdAt: at, updatedAt: at };
  };
  const get = async ({ workspaceId }: Caller, id: string): Promise<Contact> => {
    const contact = await store.contacts.get(workspaceId, id);
    if (!contact) throw new Fault('contact_missing', { id });
    return contact;
  };

  return {
    get,
    complete: contactCompleter(),
    list: ({ workspaceId }, filter, page) => store.contacts.list(workspaceId, filter, page),
    taken: ({ workspaceId }, field, values) => store.contacts.taken(workspaceId, field, values),

    async create(caller, fields) {
      const contact = newContact(caller.workspaceId, fields, now().toISOString());
      await contactsFor(caller).create(contact, auditEntry(ctx, caller, 'contact.created', contact.id));
      return contact;
    },

    async createMany(caller, inputs) {
      const { workspaceId } = caller;
      const at = now().toISOString();
      const contacts = inputs.map((fields) => newContact(workspaceId, fields, at));
      if (contacts.length === 0) return;
      const entry = auditEntry(ctx, caller, 'contacts.created', workspaceId, { count: contacts.length });
      await contactsFor(caller).createMany(workspaceId, contacts, entry);
    },

    update(caller, id, change) {
      const changed = (before: Contact): Contact => {
        const fields = change(before.fields);
        checkContact(fields);
        return { ...before, fields };
      };
      return updateGuarded(
        now,
        () => get(caller, id),
        changed,
        (contact, since) => contactsFor(caller).update(contact, auditEntry(ctx, caller, 'contact.updated', id), since),
      );
    },

    async remove(caller, id) {
      const entry = auditEntry(ctx, caller, 'contact.deleted', id);
      if (!(await contactsFor(caller).remove(caller.workspaceId, id, entry)))
        throw new Fault('contact_missing', { id });
    },
  };
}
