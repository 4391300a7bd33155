/** The shapes of call campaigns: what the reference prints, what its guide sends, and what the gateway takes as JSON. */
import { MAX_IMPORT_SIZE } from '../../../calling/campaign.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const STATUSES = ['DRAFT', 'SCHEDULED', 'RUNNING', 'COMPLETED', 'PAUSED'] as const;
export const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const name = (description: string) => s.optional(s.string({ minLength: 1, maxLength: 255, description }));
const moment = (description: string) => maybe(s.string({ maxLength: 64, description }));

const Hours = s.object({
  intervals: s.array(s.object({ start: text.timeOfDay(), end: text.endOfDay() }), {
    minItems: 1,
    maxItems: 1,
    description: 'On the clock of whoever is called. One interval.',
  }),
});
const Days = s.object({
  days: s.array(s.string({ description: 'The English name of a day, in any case.' }), { minItems: 1, maxItems: 7 }),
});
const Retries = s.object({
  enabled: s.boolean(),
  maxRetries: s.optional(s.integer({ minimum: 0, maximum: 50 })),
  retryDelay: s.optional(
    s.integer({ minimum: 1, maximum: 31_536_000, description: 'Seconds; kept in whole minutes.' }),
  ),
});

export const UpdateCampaign = s.object({
  name: name('Or `campaignName`.'),
  campaignName: name('As `name`.'),
  agentId: maybe(text.uuid()),
  phoneNumberId: maybe(s.string({ minLength: 1 })),
  outboundNumber: s.optional(
    s.object({ phoneNumberId: s.string({ minLength: 1 }), phoneNumber: s.optional(s.string()) }),
  ),
  scheduledAt: moment('A date and time; without an offset it is one in `timezone`.'),
  scheduledTime: moment('As `scheduledAt`.'),
  schedule: s.optional(s.object({ start: moment('As `scheduledAt`.') })),
  timezone: maybe(s.string({ maxLength: 64, description: 'An IANA time zone; UTC unless said.' })),
  isImmediate: s.optional(s.boolean({ description: 'It starts with this request.' })),
  contactIds: s.optional(s.array(s.string({ minLength: 1 }), { maxItems: MAX_IMPORT_SIZE })),
  contactsList: s.optional(
    s.array(s.object({ phoneNumber: text.phoneNumber(), metadata: s.optional(s.json()) }), {
      maxItems: MAX_IMPORT_SIZE,
    }),
  ),
  operationHours: maybe(Hours),
  operationDays: maybe(Days),
  maxConcurrentCalls: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  retryConfig: maybe(Retries),
});
export type UpdateCampaign = s.Static<typeof UpdateCampaign>;
/** One of two words is enough for name and number, which is looked at besides. */
export const CreateCampaign = s.object({ ...UpdateCampaign.properties, agentId: text.uuid() });

const count = (description: string) => s.integer({ description });
export const Campaign = s.object({
  id: text.uuid(),
  name: s.string(),
  agentId: s.nullable(text.uuid()),
  phoneNumberId: s.nullable(text.uuid()),
  status: s.oneOf(STATUSES),
  scheduledAt: s.nullable(text.dateTime()),
  timezone: s.nullable(s.string()),
  totalContacts: s.integer(),
  completedCalls: s.integer(),
  counts: s.object({
    queued: count('Waiting to be called, for the first time or again.'),
    inFlight: count('Ringing or talked.'),
    completed: count('Talked.'),
    failed: count('Over without a talk.'),
  }),
  operationHours: s.nullable(Hours),
  operationDays: s.nullable(Days),
  maxConcurrentCalls: s.integer(),
  retryConfig: s.nullable(Retries),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
