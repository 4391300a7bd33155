/** Schemas of calls. */
import {
  ATTEMPT_REASONS,
  ATTEMPT_STATUSES,
  CALL_STATUSES,
  DEFAULT_PRIORITY,
  MAX_PRIORITY,
} from '../../../calling/call.ts';
import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { ListQuery } from '../contract.ts';
import { Grounds, Whom } from '../conversations/contract.ts';

const closed = { additionalProperties: false };
const MAX_SECONDS = 86_400;
export const MAX_NUMBERS = 10_000;

/** The priority of a call, or of all calls of a campaign. */
export const priority = () =>
  s.integer({
    minimum: 0,
    maximum: MAX_PRIORITY,
    description: `Greater priorities are called first; ${DEFAULT_PRIORITY} by default.`,
  });
export const localStart = () =>
  s.string({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?$',
    'x-pattern-is': 'a local date and time like 2026-05-01T09:30',
    description: "Not before this time on the contact's own clock.",
  });

export const CallInput = s.object(
  {
    agentId: text.uuid(),
    contact: s.optional(Whom),
    phone: s.optional({ ...text.phoneNumber(), description: "Instead of the contact's number." }),
    ...Grounds,
    numberId: s.optional(s.string({ format: 'uuid', description: 'The number to show, if it can be.' })),
    notBefore: s.optional(s.string({ format: 'date-time', description: 'Not before this moment.' })),
    localStart: s.optional(localStart()),
    priority: s.optional(priority()),
    maxDurationSeconds: s.optional(
      s.integer({ minimum: 1, maximum: MAX_SECONDS, description: 'It is ended then, whatever the profile says.' }),
    ),
    metadata: s.optional(s.json({ description: "The caller's own; shown again with the call and in its events." })),
    externalReference: s.optional(s.string({ minLength: 1, maxLength: 255 })),
  },
  closed,
);
export type CallInput = s.Static<typeof CallInput>;

export const AttemptInput = s.object(
  { at: s.optional(s.string({ format: 'date-time', description: 'Not before this time; now by default.' })) },
  closed,
);
export type AttemptInput = s.Static<typeof AttemptInput>;

export const ContextInput = s.object(
  {
    text: s.string({ minLength: 1, maxLength: 32_000, description: 'Context for the agent from now on.' }),
    urgency: s.optional(
      s.oneOf(['immediate', 'soon', 'later'], {
        description:
          '`immediate`: the agent speaks about it at once; `soon`: when it next speaks; `later`: then, and only where it fits. `soon` by default.',
      }),
    ),
  },
  closed,
);
export type ContextInput = s.Static<typeof ContextInput>;

export const AttemptShape = s.object({
  id: text.uuid(),
  number: s.integer({ description: 'Counted from 1.' }),
  reason: s.oneOf(ATTEMPT_REASONS),
  status: s.oneOf(ATTEMPT_STATUSES, {
    description: '`void`: reserved and never dialed. `unknown`: the server does not know whether it rang.',
  }),
  from: s.nullable(s.string({ description: 'Ours: the number that was shown, or that they called.' })),
  fromNumberId: s.nullable(text.uuid()),
  to: s.string({ description: 'Theirs.' }),
  why: s.object(
    { time: s.string(), number: s.string(), fallback: s.optional(s.string()) },
    { description: 'Why this time and this number were chosen, and which choice was unavailable.' },
  ),
  conversationId: s.nullable(text.uuid()),
  reservedAt: text.dateTime(),
  answeredAt: s.nullable(text.dateTime()),
  endedAt: s.nullable(text.dateTime()),
  endReason: s.nullable(s.string()),
});

const { variables, revision, label, locale, profileId, overrides } = Grounds;
export const CallShape = s.object({
  id: text.uuid(),
  number: s.integer(),
  agentId: text.uuid(),
  direction: s.oneOf(['outbound', 'inbound']),
  status: s.oneOf(CALL_STATUSES),
  why: s.string({ description: 'Why it stands as it does.' }),
  dueAt: s.nullable(s.string({ format: 'date-time', description: 'When it is looked at next; null once it is over.' })),
  again: s.nullable(
    s.object(
      { at: text.dateTime(), reason: s.oneOf(['callback', 'asked']) },
      { description: 'An attempt that the contact or a person has asked for, besides the retries.' },
    ),
  ),
  attempts: s.array(AttemptShape, { description: 'In the order they were made.' }),
  campaignId: s.nullable(text.uuid()),
  contactId: s.nullable(text.uuid()),
  contact: s.nullable({ ...ContactInput, description: 'Facts about a person who is not a contact.' }),
  phone: s.string({ description: "The other side's number." }),
  notBefore: s.nullable(text.dateTime()),
  localStart: s.nullable(s.string()),
  priority: s.integer(),
  ...{ variables, revision, label, locale, profileId, overrides },
  numberId: s.optional(text.uuid()),
  maxDurationSeconds: s.optional(s.integer()),
  conversationId: s.nullable(
    s.string({ format: 'uuid', description: 'The conversation of the call, on the channel `phone`.' }),
  ),
  answeredAt: s.nullable(text.dateTime()),
  endedAt: s.nullable(text.dateTime()),
  durationSeconds: s.nullable(s.number({ description: 'Length of the connected call.' })),
  transferredTo: s.nullable(s.string()),
  outcome: s.nullable(s.string({ description: 'A tag of the analysis, `transferred`, `after_hours` …' })),
  sentiment: s.nullable(s.string()),
  hasTranscript: s.boolean(),
  metadata: s.json(),
  externalReference: s.nullable(s.string()),
  dialect: s.string({ description: 'The API it was made in.' }),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `system`.' }),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const EligibilityShape = s.object({
  status: s.oneOf(CALL_STATUSES),
  next: s.nullable(
    s.object(
      { do: s.oneOf(['dial', 'wait', 'end']), at: s.nullable(text.dateTime()), why: s.string() },
      { description: 'As the rules are now: `dial` at once, `wait` until `at`, or `end`. null once the call is over.' },
    ),
  ),
  zones: s.array(s.string(), { description: 'The time zones they may be in; called only when it is allowed in all.' }),
});

export const status = s.optional(
  s.string({ description: `One or more of ${CALL_STATUSES.join(', ')}, with commas between.` }),
);
/** Filters of the calls of a campaign. */
export const CampaignCallQuery = s.object({
  ...ListQuery.properties,
  status,
  contactId: s.optional(text.uuid()),
  phone: s.optional(text.phoneNumber()),
  outcome: s.optional(s.string()),
  since: s.optional(s.string({ format: 'date-time', description: 'Made at this moment or after it.' })),
  until: s.optional(s.string({ format: 'date-time', description: 'Made before this moment.' })),
  search: s.optional(s.string({ description: 'Words of the transcript.' })),
});
export const CallQuery = s.object({
  ...CampaignCallQuery.properties,
  agentId: s.optional(text.uuid()),
  campaignId: s.optional(text.uuid()),
  direction: s.optional(s.oneOf(['outbound', 'inbound'])),
  externalReference: s.optional(s.string()),
});
export type CallQuery = s.Static<typeof CallQuery>;

export const DoNotCallInput = s.object(
  {
    phones: s.array(text.phoneNumber(), { minItems: 1, maxItems: MAX_NUMBERS }),
    reason: s.optional(s.nullable(s.string({ maxLength: 1000 }))),
  },
  closed,
);
export type DoNotCallInput = s.Static<typeof DoNotCallInput>;
export const DoNotCallShape = s.object({
  phone: s.string(),
  reason: s.nullable(s.string()),
  at: text.dateTime(),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `system`.' }),
});

export const IncomingInput = s.object(
  {
    from: text.phoneNumber(),
    to: { ...text.phoneNumber(), description: 'A number of the workspace that an agent answers.' },
    says: s.optional(
      s.array(s.string({ minLength: 1, maxLength: 2000 }), {
        maxItems: 50,
        description: 'What the caller says, one thing after the other.',
      }),
    ),
    staysOnLine: s.optional(s.boolean({ description: 'The caller does not hang up.' })),
  },
  closed,
);
export type IncomingInput = s.Static<typeof IncomingInput>;
export const IncomingShape = s.object({
  attemptId: text.uuid(),
  from: s.string(),
  to: s.string(),
});
