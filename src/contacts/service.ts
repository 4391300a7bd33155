/** What may be done with contacts. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import { isTimeZone } from '../lib/text.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { contactCompleter } from './complete.ts';
import { type Contact, ContactInput } from './contact.ts';
import type { ContactFilter, UniqueField } from './store.ts';

export type ContactService = ReturnType<typeof contactService>;

const checkContact = (fields: ContactInput): void => {
  const issues = issuesOf(ContactInput, fields);
  if (fields.timezone && !isTimeZone(fields.timezone))
    issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
  if (issues.length > 0) throw invalid(issues);
};

export function contactService(ctx: Context) {
  const { store, now, newId } = ctx;
  const kept = (caller: Caller) => storesFor(ctx, caller).contacts;
  const at = () => now().toISOString();

  return {
    list: ({ workspaceId }: Caller, filter: ContactFilter, page: Page) =>
      store.contacts.list(workspaceId, filter, page),

    async get({ workspaceId }: Caller, id: string): Promise<Contact> {
      const contact = await store.contacts.get(workspaceId, id);
      if (!contact) throw new Fault('contact_missing', { id });
      return contact;
    },
    async create(caller: Caller, fields: ContactInput): Promise<Contact> {
      checkContact(fields);
      const contact = { workspaceId: caller.workspaceId, id: newId(), fields, createdAt: at(), updatedAt: at() };
      await kept(caller).create(contact, auditEntry(ctx, caller, 'contact.created', contact.id));
      return contact;
    },
    /** With numbers that can be dialled, and what they tell of where somebody is. */
    complete: contactCompleter(),
    /** Which of these values somebody has already. */
    taken: ({ workspaceId }: Caller, field: UniqueField, values: readonly string[]): Promise<Set<string>> =>
      store.contacts.taken(workspaceId, field, values),
    /** All of them or none. */
    async createMany(caller: Caller, people: readonly ContactInput[]): Promise<void> {
      for (const fields of people) checkContact(fields);
      if (people.length === 0) return;
      const { workspaceId } = caller;
      const time = at();
      const fresh = people.map((fields) => ({ workspaceId, id: newId(), fields, createdAt: time, updatedAt: time }));
      const entry = auditEntry(ctx, caller, 'contacts.created', workspaceId, { count: fresh.length });
      await kept(caller).createMany(workspaceId, fresh, entry);
    },
    update(caller: Caller, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact> {
      const changed = (before: Contact): Contact => {
        const fields = change(before.fields);
        checkContact(fields);
        return { ...before, fields };
      };
      return updateGuarded(
        now,
        () => this.get(caller, id),
        changed,
        (contact, since) => kept(caller).update(contact, auditEntry(ctx, caller, 'contact.updated', id), since),
      );
    },
    async remove(caller: Caller, id: string): Promise<void> {
      const entry = auditEntry(ctx, caller, 'contact.deleted', id);
      if (!(await kept(caller).remove(caller.workspaceId, id, entry))) throw new Fault('contact_missing', { id });
    },
  };
}
