/** Kejue's contacts: their shapes, and their words for what the hub keeps of a person. */

import { type Contact, ContactInput } from '../../../contacts/contact.ts';
import { type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { isTimeZone } from '../../../lib/text.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const line = maybe(s.string({ maxLength: 255 }));

/** The twelve fields that may be said, in the order of the documents. */
const fields = {
  phone: maybe(s.string({ minLength: 1, maxLength: 50, description: 'Kept in E.164.', examples: ['+15551234567'] })),
  whatsapp_number: maybe(s.string({ minLength: 1, maxLength: 50 })),
  email: maybe(s.string({ format: 'email', maxLength: 254 })),
  first_name: line,
  last_name: line,
  company: line,
  job_title: line,
  country: maybe(
    s.string({ pattern: '^[A-Za-z]{2}$', 'x-pattern-is': 'an ISO country code like US', examples: ['US'] }),
  ),
  timezone: maybe(s.string({ maxLength: 64, description: 'IANA.', examples: ['America/New_York'] })),
  language: maybe(text.localeTag()),
  tags: maybe(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
  metadata: maybe(s.json()),
};
export const ContactBody = s.object(fields, {
  description: 'Country, time zone and language that are not said are deduced from the phone where it leaves no doubt.',
});

const shown = s.nullable(s.string());
export const KejueContact = s.object({
  id: s.string(),
  phone: shown,
  whatsapp_number: shown,
  email: shown,
  first_name: shown,
  last_name: shown,
  company: shown,
  job_title: shown,
  country: shown,
  timezone: shown,
  language: shown,
  tags: s.array(s.string()),
  metadata: s.json(),
  source: shown,
  is_active: s.boolean({ default: true }),
  created_at: shown,
  updated_at: shown,
});

export const ContactQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
  search: s.optional(s.string({ description: 'Part of a name, phone, e-mail address or company.' })),
  tags: s.optional(s.string({ description: 'Comma-separated: contacts with one of these.' })),
  country: s.optional(s.string()),
  language: s.optional(s.string()),
  has_phone: s.optional(s.boolean()),
});
export const ContactList = s.object({
  contacts: s.array(KejueContact),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

const DUPLICATE_FIELDS = { phone: 'phone', email: 'email', whatsapp_number: 'whatsappNumber' } as const;
export const BulkBody = s.object({
  contacts: s.array(ContactBody, { maxItems: 1000 }),
  skip_duplicates: maybe(s.boolean()),
  duplicate_field: maybe(s.oneOf(['phone', 'email', 'whatsapp_number'])),
});
/** Items are judged one by one, so that one that is wrong keeps nobody else out. */
const BulkFrame = s.object({ ...BulkBody.properties, contacts: s.array(s.unknown(), { maxItems: 1000 }) });
export const BulkAnswer = s.object({
  created: s.integer(),
  skipped: s.integer(),
  errors: s.array(s.object({ index: s.integer(), error: s.string() })),
});

const WORDS: readonly (readonly [theirs: keyof typeof fields, ours: keyof ContactInput])[] = [
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
const inDialectTerms = (issue: Issue, prefix: string): Issue => {
  const [head = '', ...rest] = issue.path.split('.');
  const theirs = WORDS.find(([, ours]) => ours === head)?.[0] ?? head;
  return { ...issue, path: [...(prefix ? [prefix] : []), theirs, ...rest].join('.') };
};

export function formatContact({ id, fields: kept, createdAt, updatedAt }: Contact): s.Static<typeof KejueContact> {
  const out: JsonObject = { id };
  for (const [theirs, ours] of WORDS) out[theirs] = kept[ours] ?? null;
  return {
    ...(out as s.Static<typeof KejueContact>),
    tags: kept.tags ?? [],
    metadata: kept.metadata ?? {},
    source: null,
    is_active: true,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

export type Complete = Awaited<ReturnType<Services['contacts']['complete']>>;

/** A null clears; what is not said stays. A new number is asked where it is, for what nobody has said. */
export function parseContact(body: unknown, complete: Complete, before: ContactInput = {}, prefix = ''): ContactInput {
  if (!isObject(body)) throw invalidAt(prefix, 'must be an object', 'type');
  const wrong = issuesOf(ContactBody, body, prefix);
  if (wrong.length > 0) throw invalid(wrong);
  const after: JsonObject = { ...before };
  for (const [theirs, ours] of WORDS) {
    const said = body[theirs];
    if (said === null) delete after[ours];
    if (said != null && !same(said, after[ours])) after[ours] = said;
  }
  if (typeof after['country'] === 'string') after['country'] = after['country'].toUpperCase();
  const parsed = complete(after as ContactInput);
  const moved = parsed.fields.phone !== before.phone;
  const kept = moved ? parsed.fields : { ...after, ...numbersOf(parsed.fields) };
  const issues = parsed.issues.length > 0 ? parsed.issues : issuesOf(ContactInput, kept);
  const zone = kept['timezone'];
  if (typeof zone === 'string' && !isTimeZone(zone))
    issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
  if (issues.length > 0) throw invalid(issues.map((issue) => inDialectTerms(issue, prefix)));
  return kept as ContactInput;
}

const numbersOf = ({ phone, whatsappNumber }: ContactInput): JsonObject => ({
  ...(phone != null && { phone }),
  ...(whatsappNumber != null && { whatsappNumber }),
});

export interface Bulk {
  people: { index: number; fields: ContactInput }[];
  errors: { index: number; error: string }[];
  /** What nobody may share; undefined where duplicates are welcome. */
  unique: (typeof DUPLICATE_FIELDS)[keyof typeof DUPLICATE_FIELDS] | undefined;
}

export function parseContacts(body: JsonObject, complete: Complete): Bulk {
  const wrong = issuesOf(BulkFrame, body);
  if (wrong.length > 0) throw invalid(wrong);
  const { contacts, skip_duplicates: skips, duplicate_field: field } = body as s.Static<typeof BulkFrame>;
  const bulk: Bulk = {
    people: [],
    errors: [],
    unique: skips === false ? undefined : DUPLICATE_FIELDS[field ?? 'phone'],
  };
  for (const [index, sent] of contacts.entries()) {
    try {
      bulk.people.push({ index, fields: parseContact(sent, complete) });
    } catch (error) {
      const [first] = (error as { issues?: Issue[] }).issues ?? [];
      if (!first) throw error;
      bulk.errors.push({ index, error: `${first.path} ${first.message}`.trim() });
    }
  }
  return bulk;
}

/** The first of those who share a value, and nobody who shares one with somebody who is there already. */
export function distinct({ people, unique }: Bulk, taken: ReadonlySet<string>): ContactInput[] {
  const seen = new Set(taken);
  return people.flatMap(({ fields }) => {
    const value = unique && fields[unique];
    if (!value) return fields;
    if (seen.has(value)) return [];
    seen.add(value);
    return fields;
  });
}
