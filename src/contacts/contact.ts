/** A contact: a person whom a workspace's agents talk to. */
import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';

export const Consent = s.object(
  {
    calls: s.boolean(),
    /** How the consent was given. */
    source: s.optional(s.string({ maxLength: 2000 })),
    /** When the consent was given. */
    at: s.optional(text.dateTime()),
    /** The consent ends at this moment. */
    until: s.optional(text.dateTime()),
  },
  { additionalProperties: false },
);

export const ContactInput = s.object(
  {
    externalId: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    phone: s.optional(s.nullable(text.phoneNumber())),
    whatsappNumber: s.optional(s.nullable(text.phoneNumber())),
    email: s.optional(s.nullable(s.string({ format: 'email', maxLength: 254 }))),
    firstName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    lastName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    company: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    jobTitle: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    country: s.optional(s.nullable(s.string({ pattern: '^[A-Z]{2}$', 'x-pattern-is': 'an ISO country code like US' }))),
    timezone: s.optional(s.nullable(s.string({ maxLength: 64 }))),
    language: s.optional(s.nullable(text.localeTag())),
    tags: s.optional(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    /** Whether the contact may be called. Without it, `calling.consentRequired` of the workspace decides. */
    consent: s.optional(s.nullable(Consent)),
    metadata: s.optional(s.json()),
  },
  { additionalProperties: false },
);
export type ContactInput = s.Static<typeof ContactInput>;

export interface Contact {
  workspaceId: string;
  id: string;
  fields: ContactInput;
  createdAt: string;
  updatedAt: string;
}
