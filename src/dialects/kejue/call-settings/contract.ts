/** Kejue's "unified call settings", a part of agents, campaigns and calls. */
import * as s from '../../../lib/schema.ts';
import { nullish } from '../shared.ts';

/** A null field inherits its value from the level above. */
export const CallSettings = s.object({
  allowed_days: nullish(
    s.array(s.integer({ minimum: 0, maximum: 6 }), {
      minItems: 1,
      maxItems: 7,
      uniqueItems: true,
      description: '0 is Monday.',
    }),
  ),
  auto_retry: nullish(s.boolean()),
  call_end_hour: nullish(s.integer({ minimum: 0, maximum: 24 })),
  call_end_minute: nullish(s.integer({ minimum: 0, maximum: 59 })),
  call_start_hour: nullish(s.integer({ minimum: 0, maximum: 23 })),
  call_start_minute: nullish(s.integer({ minimum: 0, maximum: 59 })),
  phone_assignment_mode: nullish(s.oneOf(['all', 'local', 'foreign'])),
  retry_schedule: nullish(
    s.array(s.integer({ minimum: 1, maximum: 525_600 }), { maxItems: 50, description: 'Minutes.' }),
  ),
  scoring_criteria: nullish(s.string({ maxLength: 20_000 })),
  structured_data_schema: nullish(
    s.array(
      s.object({
        key: s.string({ minLength: 1, maxLength: 255 }),
        description: nullish(s.string({ maxLength: 2000 })),
        // Not in Kejue's documents. Other dialects set these three; a client may send back what it has read.
        type: nullish(s.oneOf(['string', 'number', 'boolean', 'enum'])),
        choices: nullish(s.array(s.string({ maxLength: 255 }), { maxItems: 100 })),
        examples: nullish(s.array(s.string({ maxLength: 2000 }), { maxItems: 20 })),
      }),
      { maxItems: 200 },
    ),
  ),
  tags: nullish(
    s.array(
      s.object({
        name: s.string({ minLength: 1, maxLength: 255 }),
        description: nullish(s.string({ maxLength: 2000 })),
      }),
      { maxItems: 200 },
    ),
  ),
});
export type CallSettings = s.Static<typeof CallSettings>;
