/** InstaView's call attempts. */
import * as s from '../../../lib/schema.ts';

const time = s.string({
  description: 'With its offset; at most 30 days ahead.',
  examples: ['2026-05-01T09:30:00Z'],
});
export const CreateCallAttempt = s.object({ scheduledAt: s.optional(s.nullable(time)) });
export const UpdateCallAttempt = s.object({ scheduledAt: time });
export const CallAttemptCreated = s.object({ success: s.boolean(), message: s.string() });
export type CallAttemptCreated = s.Static<typeof CallAttemptCreated>;
