/** Agntix's call campaigns. Bodies accept the fields of the reference, the guide and the gateway. */

import { MAX_IMPORT_SIZE } from '../../../calling/campaign.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish } from '../shared.ts';

export const STATUSES = ['DRAFT', 'SCHEDULED', 'RUNNING', 'COMPLETED', 'PAUSED'] as const;
export const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;

const name = (description: string) => s.optional(s.string({ minLength: 1, maxLength: 255, description }));
const dateAndTime = (description: string) => nullish(s.string({ maxLength: 64, description }));

const Hours = s.object({
  intervals: s.array(s.object({ start: text.timeOfDay(), end: text.endOfDay() }), {
    minItems: 1,
    maxItems: 1,
    description: 'One interval, in the local time of the contact.',
  }),
});
const Days = s.object({
  days: s.array(s.string({ description: 'The English name of a day, ignoring case.' }), { minItems: 1, maxItems: 7 }),
});
const Retries = s.object({
  enabled: s.boolean(),
  maxRetries: s.optional(s.integer({ minimum: 0, maximum: 50 })),
  retryDelay: s.optional(
    s.integer({ minimum: 1, maximum: 31_536_000, description: 'Seconds, rounded up to whole minutes.' }),
  ),
});

export const UpdateCampaign = s.object({
  name: name('Required, unless the body has `campaignName`.'),
  campaignName: name('Another name for `name`.'),
  agentId: nullish(text.uuid()),
  phoneNumberId: nullish(s.string({ minLength: 1 })),
  outboundNumber: s.optional(
    s.object({ phoneNumberId: s.string({ minLength: 1 }), phoneNumber: s.optional(s.string()) }),
  ),
  scheduledAt: dateAndTime('A date and time. Without an offset it is in `timezone`.'),
  scheduledTime: dateAndTime('Another name for `scheduledAt`.'),
  schedule: s.optional(s.object({ start: dateAndTime('Another name for `scheduledAt`.') })),
  timezone: nullish(s.string({ maxLength: 64, description: 'An IANA time zone. Default: UTC.' })),
  isImmediate: s.optional(s.boolean({ description: 'Whether the campaign starts with this request.' })),
  contactIds: s.optional(s.array(s.string({ minLength: 1 }), { maxItems: MAX_IMPORT_SIZE })),
  contactsList: s.optional(
    s.array(s.object({ phoneNumber: text.phoneNumber(), metadata: s.optional(s.json()) }), {
      maxItems: MAX_IMPORT_SIZE,
    }),
  ),
  operationHours: nullish(Hours),
  operationDays: nullish(Days),
  maxConcurrentCalls: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  retryConfig: nullish(Retries),
});
export type UpdateCampaign = s.Static<typeof UpdateCampaign>;
/** Name and number have two fields each; the mapping checks that one of them is there. */
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
    queued: count('Contacts that wait for their first or next call.'),
    inFlight: count('Calls that are ringing or connected.'),
    completed: count('Contacts that the agent spoke with.'),
    failed: count('Contacts whose calls ended without a conversation.'),
  }),
  operationHours: s.nullable(Hours),
  operationDays: s.nullable(Days),
  maxConcurrentCalls: s.integer(),
  retryConfig: s.nullable(Retries),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
