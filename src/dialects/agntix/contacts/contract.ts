/** Agntix's contacts. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish, PageQuery, textOrNull } from '../shared.ts';

export const WriteContact = s.object({
  externalId: nullish(s.string({ maxLength: 255 })),
  name: nullish(s.string({ maxLength: 255 })),
  phone: nullish(text.phoneNumber()),
  email: nullish(s.string({ format: 'email', maxLength: 254 })),
  metadata: nullish(s.json()),
  tags: nullish(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
});
export type WriteContact = s.Static<typeof WriteContact>;

export const Contact = s.object({
  id: text.uuid(),
  externalId: textOrNull,
  name: textOrNull,
  phone: textOrNull,
  email: textOrNull,
  metadata: s.json(),
  tags: s.array(s.string()),
  orgId: s.string(),
  createdAt: text.dateTime(),
});

export const ContactQuery = s.object({ ...PageQuery.properties, search: s.optional(s.string()) });
export type ContactQuery = s.Static<typeof ContactQuery>;
