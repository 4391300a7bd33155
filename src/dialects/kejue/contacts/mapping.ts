/** Maps Kejue's contacts. */

import { type Contact, ContactInput } from '../../../contacts/contact.ts';
import { type Issue, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { isTimeZone } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { checkShape, issuesIn, refuse } from '../shared.ts';
import * as contract from './contract.ts';

const FIELDS: readonly (readonly [kejue: keyof typeof contract.ContactBody.properties, own: keyof ContactInput])[] = [
  ['phone', 'phone'],
  ['whatsapp_number', 'whatsappNumber'],
  ['email', 'email'],
  ['first_name', 'firstName'],
  ['last_name', 'lastName'],
  ['company', 'company'],
  ['job_title', 'jobTitle'],
  ['country', 'country'],
  ['timezone', 'timezone'],
  ['language', 'language'],
  ['tags', 'tags'],
  ['metadata', 'metadata'],
];

const withKejueName = (issue: Issue, prefix: string): Issue => {
  const [head = '', ...rest] = issue.path.split('.');
  const name = FIELDS.find(([, own]) => own === head)?.[0] ?? head;
  return { ...issue, path: [...(prefix ? [prefix] : []), name, ...rest].join('.') };
};

export function formatContact({ id, fields, createdAt, updatedAt }: Contact): contract.Contact {
  const formatted: JsonObject = { id };
  for (const [name, own] of FIELDS) formatted[name] = fields[own] ?? null;
  return {
    ...(formatted as contract.Contact),
    tags: fields.tags ?? [],
    metadata: fields.metadata ?? {},
    source: null,
    is_active: true,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** Normalizes the numbers of a contact and completes it with what its phone number implies. */
export type Complete = Awaited<ReturnType<Services['contacts']['complete']>>;

/** Null clears a field, and omitted fields keep their value. Only a new phone number completes the other fields. */
export function parseContact(body: unknown, complete: Complete, before: ContactInput = {}, prefix = ''): ContactInput {
  if (!isObject(body)) throw invalidAt(prefix, 'must be an object', 'type');
  checkShape(contract.ContactBody, body, prefix);
  const after = applyFields(body, before);
  const completed = complete(after);
  const isNewPhone = completed.fields.phone !== before.phone;
  const contact: JsonObject = isNewPhone ? completed.fields : { ...after, ...numbersOf(completed.fields) };
  const issues = completed.issues.length > 0 ? completed.issues : issuesOf(ContactInput, contact);
  const zone = contact['timezone'];
  if (typeof zone === 'string' && !isTimeZone(zone))
    issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
  refuse(issues.map((issue) => withKejueName(issue, prefix)));
  return contact as ContactInput;
}

function applyFields(body: JsonObject, before: ContactInput): ContactInput {
  const after: JsonObject = { ...before };
  for (const [name, own] of FIELDS) {
    const sent = body[name];
    if (sent === null) delete after[own];
    if (sent != null && !same(sent, after[own])) after[own] = sent;
  }
  if (typeof after['country'] === 'string') after['country'] = after['country'].toUpperCase();
  return after as ContactInput;
}

const numbersOf = ({ phone, whatsappNumber }: ContactInput): JsonObject => ({
  ...(phone != null && { phone }),
  ...(whatsappNumber != null && { whatsappNumber }),
});

export function parseQuery({ tags, has_phone, limit: _limit, offset: _offset, ...filter }: contract.ContactQuery) {
  return {
    ...filter,
    ...(tags !== undefined && { tags: tags.split(',').flatMap((tag) => tag.trim() || []) }),
    ...(has_phone !== undefined && { hasPhone: has_phone }),
  };
}

const DUPLICATE_FIELDS = { phone: 'phone', email: 'email', whatsapp_number: 'whatsappNumber' } as const;

export interface Bulk {
  contacts: ContactInput[];
  errors: contract.ItemError[];
  /** The field that no two contacts may share; `undefined` allows duplicates. */
  uniqueField: (typeof DUPLICATE_FIELDS)[keyof typeof DUPLICATE_FIELDS] | undefined;
  /** The values of that field. */
  uniqueValues: string[];
}

/** A wrong item becomes an error in the answer and does not affect the other items. */
export function parseContacts(body: JsonObject, complete: Complete): Bulk {
  checkShape(contract.BulkFrame, body);
  const { contacts: items, skip_duplicates: skips, duplicate_field: field } = body as contract.BulkFrame;
  const contacts: ContactInput[] = [];
  const errors: contract.ItemError[] = [];
  for (const [index, item] of items.entries()) {
    try {
      contacts.push(parseContact(item, complete));
    } catch (error) {
      const [{ path, message }] = issuesIn(error);
      errors.push({ index, error: `${path} ${message}`.trim() });
    }
  }
  const uniqueField = skips === false ? undefined : DUPLICATE_FIELDS[field ?? 'phone'];
  const uniqueValues = uniqueField === undefined ? [] : contacts.flatMap((contact) => contact[uniqueField] ?? []);
  return { contacts, errors, uniqueField, uniqueValues };
}

/** The contacts to create: of those that share a value the first, and none with a value that is already taken. */
export function withoutDuplicates({ contacts, uniqueField }: Bulk, taken: ReadonlySet<string>): ContactInput[] {
  const known = new Set(taken);
  return contacts.filter((contact) => {
    const value = uniqueField && contact[uniqueField];
    if (!value) return true;
    if (known.has(value)) return false;
    known.add(value);
    return true;
  });
}
