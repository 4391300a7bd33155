/** Schemas of the sessions of users. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';
import { User } from '../users/contract.ts';

export const LoginInput = s.object(
  { email: s.string({ maxLength: 254 }), password: s.string({ maxLength: 1000 }) },
  closed,
);
export type LoginInput = s.Static<typeof LoginInput>;

export const Session = s.object({ token: s.string(), expiresAt: text.dateTime(), user: User });
