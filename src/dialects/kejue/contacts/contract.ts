/** Kejue's contacts, in the order of its documents. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish, PageQuery, textOrNull } from '../shared.ts';

const shortText = nullish(s.string({ maxLength: 255 }));

export const ContactBody = s.object(
  {
    phone: nullish(
      s.string({ minLength: 1, maxLength: 50, description: 'Stored in E.164 form.', examples: ['+15551234567'] }),
    ),
    whatsapp_number: nullish(s.string({ minLength: 1, maxLength: 50 })),
    email: nullish(s.string({ format: 'email', maxLength: 254 })),
    first_name: shortText,
    last_name: shortText,
    company: shortText,
    job_title: shortText,
    country: nullish(
      s.string({ pattern: '^[A-Za-z]{2}$', 'x-pattern-is': 'an ISO country code like US', examples: ['US'] }),
    ),
    timezone: nullish(s.string({ maxLength: 64, description: 'IANA.', examples: ['America/New_York'] })),
    language: nullish(text.localeTag()),
    tags: nullish(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    metadata: nullish(s.json()),
  },
  {
    description: 'An omitted country, time zone or language is taken from the phone number where it leaves no doubt.',
  },
);

export const Contact = s.object({
  id: s.string(),
  phone: textOrNull,
  whatsapp_number: textOrNull,
  email: textOrNull,
  first_name: textOrNull,
  last_name: textOrNull,
  company: textOrNull,
  job_title: textOrNull,
  country: textOrNull,
  timezone: textOrNull,
  language: textOrNull,
  tags: s.array(s.string()),
  metadata: s.json(),
  source: textOrNull,
  is_active: s.boolean({ default: true }),
  created_at: textOrNull,
  updated_at: textOrNull,
});
export type Contact = s.Static<typeof Contact>;

export const ContactQuery = s.object({
  ...PageQuery.properties,
  search: s.optional(s.string({ description: 'Part of a name, phone, e-mail address or company.' })),
  tags: s.optional(s.string({ description: 'Comma-separated; finds contacts with at least one of these tags.' })),
  country: s.optional(s.string()),
  language: s.optional(s.string()),
  has_phone: s.optional(s.boolean()),
});
export type ContactQuery = s.Static<typeof ContactQuery>;
export const ContactList = s.object({
  contacts: s.array(Contact),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

export const BulkBody = s.object({
  contacts: s.array(ContactBody, { maxItems: 1000 }),
  skip_duplicates: nullish(s.boolean()),
  duplicate_field: nullish(s.oneOf(['phone', 'email', 'whatsapp_number'])),
});
/** The bulk body without the shape of its items, which the mapping checks one by one. */
export const BulkFrame = s.object({ ...BulkBody.properties, contacts: s.array(s.unknown(), { maxItems: 1000 }) });
export type BulkFrame = s.Static<typeof BulkFrame>;

export const ItemError = s.object({ index: s.integer(), error: s.string() });
export type ItemError = s.Static<typeof ItemError>;
export const BulkAnswer = s.object({ created: s.integer(), skipped: s.integer(), errors: s.array(ItemError) });
