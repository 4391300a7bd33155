/** Schemas of simulated incoming calls. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';

export const IncomingCallInput = s.object(
  {
    from: text.phoneNumber(),
    to: { ...text.phoneNumber(), description: 'A number of the workspace that an agent answers.' },
    says: s.optional(
      s.array(s.string({ minLength: 1, maxLength: 2000 }), {
        maxItems: 50,
        description: 'The turns of the caller, in order.',
      }),
    ),
    staysOnLine: s.optional(s.boolean({ description: 'The caller does not hang up.' })),
  },
  closed,
);
export type IncomingCallInput = s.Static<typeof IncomingCallInput>;

export const IncomingCall = s.object({
  attemptId: text.uuid(),
  from: s.string(),
  to: s.string(),
});
