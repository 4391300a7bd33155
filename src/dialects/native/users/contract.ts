/** Schemas of users. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';

export const UserInput = s.object(
  {
    workspaceId: s.optional(text.uuid()),
    email: s.string({ format: 'email', maxLength: 254 }),
    password: s.string({ minLength: 10, maxLength: 1000 }),
    name: s.optional(s.nullable(s.string({ maxLength: 255 }))),
  },
  closed,
);
export type UserInput = s.Static<typeof UserInput>;

export const User = s.object({
  id: text.uuid(),
  workspaceId: text.uuid(),
  number: s.integer(),
  email: s.string(),
  name: s.nullable(s.string()),
  createdAt: text.dateTime(),
});
