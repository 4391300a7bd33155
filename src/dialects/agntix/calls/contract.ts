/** The shapes of calls, of the numbers they are made from, and of what they come to. "Outbound call": docs.agntix.ai. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const DEFAULT_TTL_SECONDS = 100;
const MAX_TTL_SECONDS = 86_400;

const variables = s.optional(
  s.nullable(s.json({ description: 'Values for the {{placeholders}}; told back word for word.' })),
);
const ttl = s.optional(
  s.nullable(
    s.integer({
      minimum: 1,
      maximum: MAX_TTL_SECONDS,
      description: `Seconds after the answer until the call is ended; ${DEFAULT_TTL_SECONDS} unless said.`,
    }),
  ),
);

export const StartCall = s.object({
  to_phone_number: text.phoneNumber(),
  agent_id: text.uuid(),
  ttl,
  session_variables: variables,
});

/** Whom the number belongs to speaks where nobody is named. */
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

const agent = () => s.nullable(text.uuid());
const label = s.optional(s.nullable(s.string({ maxLength: 255 })));

export const CreateNumber = s.object({
  provider: s.oneOf(['twilio', 'telnyx', 'simulated']),
  number: text.phoneNumber(),
  agentId: s.optional(agent()),
  label,
});
export type CreateNumber = s.Static<typeof CreateNumber>;

export const UpdateNumber = s.object({
  inBoundAgentId: s.optional(agent()),
  outBoundAgentId: s.optional(agent()),
  agentId: s.optional(s.nullable(text.uuid())),
  label,
});
export type UpdateNumber = s.Static<typeof UpdateNumber>;

export const PhoneNumber = s.object({
  id: text.uuid(),
  number: s.string(),
  provider: s.string(),
  label: s.nullable(s.string()),
  agentId: agent(),
  inBoundAgentId: agent(),
  outBoundAgentId: agent(),
  orgId: s.string(),
  createdAt: text.dateTime(),
});

export const NumberQuery = s.object({
  page: s.optional(s.unknown({ description: 'A whole number from 1; 1 if not given.' })),
  size: s.optional(s.unknown({ description: 'A whole number from 1 to 100; 50 if not given.' })),
});
export const Numbers = s.object({
  items: s.array(
    s.object({
      id: text.uuid(),
      phone_number: s.string(),
      provider: s.string(),
      label: s.nullable(s.string()),
    }),
  ),
});

const day = (description: string) =>
  s.string({
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T.+)?$',
    'x-pattern-is': 'a date like 2026-05-01',
    description,
    examples: ['2026-05-01'],
  });
export const StatsQuery = s.object({
  startDate: day('The first day, by UTC.'),
  endDate: day('The last day, which counts too.'),
  agentId: s.optional(text.uuid()),
});
export type StatsQuery = s.Static<typeof StatsQuery>;
export const Stats = s.object({
  totalCalls: s.integer(),
  completedCalls: s.integer(),
  avgDurationSeconds: s.number(),
  successRate: s.number({ description: 'From 0 to 1.' }),
});
