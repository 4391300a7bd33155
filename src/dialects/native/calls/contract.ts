/** Schemas of calls and their attempts. */
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
import { ContactRef, StartOptions } from '../conversations/contract.ts';
import { ListQuery } from '../paging.ts';
import { author, closed, commaSeparated } from '../shared.ts';

const MAX_SECONDS = 86_400;

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
    description: 'Not before this time in the time zone of the contact.',
  });

export const CallInput = s.object(
  {
    agentId: text.uuid(),
    contact: s.optional(ContactRef),
    phone: s.optional({ ...text.phoneNumber(), description: 'Replaces the number of the contact.' }),
    ...StartOptions.properties,
    numberId: s.optional(
      s.string({ format: 'uuid', description: 'The phone number to call from, if it can be used.' }),
    ),
    notBefore: s.optional(s.string({ format: 'date-time', description: 'Not before this time.' })),
    localStart: s.optional(localStart()),
    priority: s.optional(priority()),
    maxDurationSeconds: s.optional(
      s.integer({
        minimum: 1,
        maximum: MAX_SECONDS,
        description: 'Ends the call, instead of the limit of the profile.',
      }),
    ),
    metadata: s.optional(s.json({ description: 'Your own keys and values, which the call and its events show.' })),
    externalReference: s.optional(s.string({ minLength: 1, maxLength: 255 })),
  },
  closed,
);
export type CallInput = s.Static<typeof CallInput>;

export const AttemptInput = s.object(
  { at: s.optional(s.string({ format: 'date-time', description: 'Not before this time; now by default.' })) },
  closed,
);

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

export const Attempt = s.object({
  id: text.uuid(),
  number: s.integer({ description: 'Counted from 1.' }),
  reason: s.oneOf(ATTEMPT_REASONS),
  status: s.oneOf(ATTEMPT_STATUSES, {
    description: '`void`: reserved and never dialed. `unknown`: the server does not know whether it rang.',
  }),
  from: s.nullable(
    s.string({ description: 'The phone number of the workspace: it makes the attempt, or the caller dialed it.' }),
  ),
  fromNumberId: s.nullable(text.uuid()),
  to: s.string({ description: 'The phone number of the other side.' }),
  why: s.object(
    { time: s.string(), number: s.string(), fallback: s.optional(s.string()) },
    { description: 'The reasons for the time and the number, and for a fallback if there was one.' },
  ),
  conversationId: s.nullable(text.uuid()),
  reservedAt: text.dateTime(),
  answeredAt: s.nullable(text.dateTime()),
  endedAt: s.nullable(text.dateTime()),
  endReason: s.nullable(s.string()),
});

const { variables, revision, label, locale, profileId, overrides } = StartOptions.properties;
export const Call = s.object({
  id: text.uuid(),
  number: s.integer(),
  agentId: text.uuid(),
  direction: s.oneOf(['outbound', 'inbound']),
  status: s.oneOf(CALL_STATUSES),
  why: s.string({ description: 'The reason for the status.' }),
  dueAt: s.nullable(
    s.string({ format: 'date-time', description: 'When the server checks the call next; null after its end.' }),
  ),
  again: s.nullable(
    s.object(
      { at: text.dateTime(), reason: s.oneOf(['callback', 'asked']) },
      { description: 'A pending attempt besides the retries, for a callback or because a client requested it.' },
    ),
  ),
  attempts: s.array(Attempt, { description: 'In the order of their start.' }),
  campaignId: s.nullable(text.uuid()),
  contactId: s.nullable(text.uuid()),
  contact: s.nullable({ ...ContactInput, description: 'Facts about a person who is not a contact.' }),
  phone: s.string({ description: 'The phone number of the other side.' }),
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
  durationSeconds: s.nullable(s.number({ description: 'The time between answer and end.' })),
  transferredTo: s.nullable(s.string()),
  outcome: s.nullable(s.string({ description: 'A tag of the analysis, `transferred`, `after_hours` …' })),
  sentiment: s.nullable(s.string()),
  hasTranscript: s.boolean(),
  metadata: s.json(),
  externalReference: s.nullable(s.string()),
  dialect: s.string({ description: 'The API that created the call.' }),
  by: author(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const Eligibility = s.object({
  status: s.oneOf(CALL_STATUSES),
  next: s.nullable(
    s.object(
      { do: s.oneOf(['dial', 'wait', 'end']), at: s.nullable(text.dateTime()), why: s.string() },
      {
        description:
          'The next step by the current rules: `dial` at once, `wait` until `at`, or `end`. null after the end of the call.',
      },
    ),
  ),
  zones: s.array(s.string(), {
    description: 'The possible time zones of the contact. A call needs the permission of all of them.',
  }),
});

/** Filters of the calls of a campaign. */
export const CampaignCallQuery = s.object({
  ...ListQuery.properties,
  status: commaSeparated(CALL_STATUSES),
  contactId: s.optional(text.uuid()),
  phone: s.optional(text.phoneNumber()),
  outcome: s.optional(s.string()),
  since: s.optional(s.string({ format: 'date-time', description: 'Created at this time or later.' })),
  until: s.optional(s.string({ format: 'date-time', description: 'Created before this time.' })),
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
