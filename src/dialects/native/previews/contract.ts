/** Schemas of the preview of a campaign. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';

export const PreviewInput = s.object(
  {
    from: s.optional({ ...text.dateTime(), description: 'When the campaign starts; now by default.' }),
    days: s.optional(s.integer({ minimum: 1, maximum: 366, description: 'Days to simulate; 60 by default.' })),
    assume: s.optional(
      s.oneOf(['no_answer', 'completed'], {
        description: 'How every attempt ends; by default without an answer, so that every retry is shown.',
      }),
    ),
    talkSeconds: s.optional(
      s.integer({ minimum: 1, maximum: 7200, description: 'Seconds that a connected call takes; 60 by default.' }),
    ),
    limit: s.optional(s.integer({ minimum: 0, maximum: 10_000, description: 'Calls to list; 1000 by default.' })),
  },
  closed,
);
export type PreviewInput = s.Static<typeof PreviewInput>;

export const Preview = s.object({
  from: text.dateTime(),
  until: text.dateTime(),
  total: s.integer({ description: 'Attempts that the campaign would make.' }),
  people: s.integer({ description: 'Contacts whose calls are waiting.' }),
  notCalled: s.integer({ description: 'Those of them that would not be called; `uncalled` lists the first ones.' }),
  firstAt: s.nullable(text.dateTime()),
  lastAt: s.nullable(text.dateTime()),
  concurrent: s.integer({ description: 'The most calls at the same time that the campaign allows.' }),
  peak: s.integer({ description: 'The most calls at the same time in the simulation.' }),
  heat: s.array(s.array(s.integer()), {
    description: 'Attempts per hour in the time zones of the contacts: seven days from Monday, each with 24 hours.',
  }),
  calls: s.array(
    s.object({
      callId: text.uuid(),
      contactId: s.nullable(text.uuid()),
      phone: s.string(),
      at: text.dateTime(),
      local: s.string({ description: 'The local time of the contact.' }),
      timezone: s.string(),
      attempt: s.integer(),
      reason: s.string(),
      why: s.string(),
    }),
  ),
  uncalled: s.array(
    s.object({ callId: text.uuid(), contactId: s.nullable(text.uuid()), phone: s.string(), why: s.string() }),
    { description: 'Contacts that would not be called in this time, with the reason.' },
  ),
});
