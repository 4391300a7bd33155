/** Agntix's calls and their statistics. "Outbound call": docs.agntix.ai. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const DEFAULT_TTL_SECONDS = 100;
const MAX_TTL_SECONDS = 86_400;

const variables = s.optional(
  s.nullable(s.json({ description: 'Values for the {{placeholders}}; answers repeat them unchanged.' })),
);
const ttl = s.optional(
  s.nullable(
    s.integer({
      minimum: 1,
      maximum: MAX_TTL_SECONDS,
      description: `Seconds after the answer until the call ends. Default: ${DEFAULT_TTL_SECONDS}.`,
    }),
  ),
);

export const StartCall = s.object({
  to_phone_number: text.phoneNumber(),
  agent_id: text.uuid(),
  ttl,
  session_variables: variables,
});

/** Without an `agent_id`, the number's agent makes the call. */
export const StartVoiceCall = s.object({
  to_phone_number: text.phoneNumber(),
  agent_id: s.optional(s.nullable(text.uuid())),
  ttl,
  session_variables: variables,
});
export type StartCall = s.Static<typeof StartVoiceCall>;

export const StartedCall = s.object({ sessionId: text.uuid() });

export const OutboundCall = s.object({
  phoneNumberId: s.string({ minLength: 1 }),
  to: text.phoneNumber(),
  agentId: text.uuid(),
  metadata: s.optional(s.nullable(s.json())),
});
export type OutboundCall = s.Static<typeof OutboundCall>;

export const InitiatedCall = s.object({ callId: text.uuid(), status: s.oneOf(['INITIATED']) });

const day = (description: string) =>
  s.string({
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T.+)?$',
    'x-pattern-is': 'a date like 2026-05-01',
    description,
    examples: ['2026-05-01'],
  });
export const StatsQuery = s.object({
  startDate: day('The first day, in UTC.'),
  endDate: day('The last day, included.'),
  agentId: s.optional(text.uuid()),
});
export type StatsQuery = s.Static<typeof StatsQuery>;
export const Stats = s.object({
  totalCalls: s.integer(),
  completedCalls: s.integer(),
  avgDurationSeconds: s.number(),
  successRate: s.number({ description: 'From 0 to 1.' }),
});
