/** Ayra's contacts. The documents show only their creation, and without the usual envelope. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish } from '../shared.ts';

export const CreateContact = s.object({
  name: text.nonBlank(255),
  email: nullish(s.string({ format: 'email', maxLength: 254 })),
  phone: nullish(text.phoneNumber()),
  company: nullish(s.string({ maxLength: 255 })),
  tags: nullish(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
});
export type CreateContact = s.Static<typeof CreateContact>;
export const Contact = s.object({
  id: s.string(),
  name: s.string(),
  email: s.nullable(s.string()),
  created_at: s.string(),
});
export type Contact = s.Static<typeof Contact>;
