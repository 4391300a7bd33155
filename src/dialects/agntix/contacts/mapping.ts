/** Contacts as Agntix writes and shows them. Agntix has one `name`; Parlance stores a first and a last name. */

import type { Contact, ContactInput } from '../../../contacts/contact.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

export const parseFilter = ({ search }: contract.ContactQuery) => (search ? { search } : {});

/** Omitted fields keep their value. Fields equal to those shown are not changes, so details of other APIs stay. */
export function parseContact(body: JsonObject, before: ContactInput = {}): ContactInput {
  checkShape(contract.WriteContact, body);
  const current: JsonObject = formatFields(before);
  const changes = Object.entries(body).filter(([field, value]) => field in current && !same(value, current[field]));
  const { name, metadata, tags, ...rest } = Object.fromEntries(changes) as contract.WriteContact;
  return {
    ...before,
    ...rest,
    ...(name !== undefined && splitName(name)),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(tags !== undefined && { tags: tags ?? [] }),
  };
}

function splitName(name: string | null): Pick<ContactInput, 'firstName' | 'lastName'> {
  const [first = '', ...last] = (name ?? '').trim().split(/\s+/);
  return { firstName: first || null, lastName: last.join(' ') || null };
}

export const formatContact = ({ id, workspaceId, fields, createdAt }: Contact) => ({
  id,
  ...formatFields(fields),
  orgId: workspaceId,
  createdAt,
});

const formatFields = (fields: ContactInput) => ({
  externalId: fields.externalId ?? null,
  name: joinName(fields),
  phone: fields.phone ?? null,
  email: fields.email ?? null,
  metadata: fields.metadata ?? {},
  tags: fields.tags ?? [],
});

const joinName = ({ firstName, lastName }: ContactInput) => [firstName, lastName].filter(Boolean).join(' ') || null;
