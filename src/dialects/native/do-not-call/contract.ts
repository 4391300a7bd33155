/** Schemas of the do-not-call list. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { author, closed } from '../shared.ts';

const MAX_NUMBERS = 10_000;

export const DoNotCallInput = s.object(
  {
    phones: s.array(text.phoneNumber(), { minItems: 1, maxItems: MAX_NUMBERS }),
    reason: s.optional(s.nullable(s.string({ maxLength: 1000 }))),
  },
  closed,
);
export type DoNotCallInput = s.Static<typeof DoNotCallInput>;

export const DoNotCallEntry = s.object({
  phone: s.string(),
  reason: s.nullable(s.string()),
  at: text.dateTime(),
  by: author(),
});
