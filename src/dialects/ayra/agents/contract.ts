/** Ayra's agents, in the order of its documents. Seed: "Update Agent"; the rest: docs.ayra.cx. */
import { STATUSES, WEEKDAYS } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { listOf, nullish, one, pageFields } from '../shared.ts';

export const VOICE_PLATFORMS = ['vapi', 'retell'] as const;
export const METADATA_KEYS = 10;
export const METADATA_CHARACTERS = 500;

const TIME = '([01]\\d|2[0-3]):[0-5]\\d';
const opening = s.string({ pattern: `^${TIME}$`, 'x-pattern-is': 'a time of day like 09:30' });
const closing = s.string({ pattern: `^(${TIME}|24:00)$`, 'x-pattern-is': 'a time of day like 17:30' });

export const BusinessHours = s.object({
  timezone: s.string({ description: 'An IANA time zone.' }),
  schedule: s.array(s.object({ day: s.oneOf(WEEKDAYS), open: opening, close: closing })),
});
export type BusinessHours = s.Static<typeof BusinessHours>;

/** The documents show no item of the schedule, so `start` and `end` are accepted too. */
const BusinessHoursInput = s.object({
  timezone: s.string({ description: 'An IANA time zone.' }),
  schedule: s.array(
    s.object({
      day: s.oneOf(WEEKDAYS),
      open: s.optional(opening),
      close: s.optional(closing),
      start: s.optional(opening),
      end: s.optional(closing),
    }),
    { maxItems: 100, description: '`start` and `end` are accepted as `open` and `close`.' },
  ),
});
export type BusinessHoursInput = s.Static<typeof BusinessHoursInput>;

/** The mapping checks the values key by key, because an unchanged value is accepted even above the limits. */
const Metadata = s.json({
  description:
    'Merged by key; null removes a key. Values are text, numbers or booleans: ' +
    `at most ${METADATA_KEYS} keys, ${METADATA_CHARACTERS} characters each.`,
});

export const UpdateAgent = s.object({
  name: s.optional(text.nonBlank(100)),
  voice_id: nullish(s.string({ minLength: 1, maxLength: 255 })),
  language: s.optional(s.string({ description: 'ISO 639-1.' })),
  system_prompt: nullish(s.string({ maxLength: 10_000 })),
  welcome_message: nullish(s.string({ maxLength: 500 })),
  transfer_number: nullish(text.phoneNumber()),
  business_hours: nullish(BusinessHoursInput),
  recording_enabled: s.optional(s.boolean()),
  transcription_enabled: s.optional(s.boolean()),
  status: s.optional(s.oneOf(STATUSES)),
  metadata: s.optional(Metadata),
});

export const REQUIRED = ['name', 'voice_platform'] as const;
export const CreateAgent = s.object({
  ...UpdateAgent.properties,
  name: text.nonBlank(100),
  voice_platform: s.oneOf(VOICE_PLATFORMS),
  phone_number: nullish(text.phoneNumber()),
});

export const Agent = s.object({
  id: s.string(),
  name: s.string(),
  phone_number: s.nullable(s.string()),
  voice_platform: s.nullable(s.oneOf(VOICE_PLATFORMS)),
  voice_id: s.nullable(s.string()),
  language: s.nullable(s.string()),
  system_prompt: s.nullable(s.string()),
  welcome_message: s.nullable(s.string()),
  transfer_number: s.nullable(s.string()),
  business_hours: s.nullable(BusinessHours),
  recording_enabled: s.boolean(),
  transcription_enabled: s.boolean(),
  status: s.oneOf(STATUSES),
  metadata: s.json(),
  created_at: s.string(),
  updated_at: s.string(),
});

export const OneAgent = one(Agent);
export const AgentList = listOf(Agent);

export const SORTS = ['name', 'created_at', 'updated_at'] as const;
export const AgentQuery = s.object({
  ...pageFields,
  status: s.optional(s.oneOf(STATUSES)),
  voice_platform: s.optional(s.oneOf(VOICE_PLATFORMS)),
  language: s.optional(s.string({ description: 'ISO 639-1.' })),
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
  created_after: s.optional(s.string({ description: 'ISO 8601; UTC if it has no offset.' })),
  created_before: s.optional(s.string({ description: 'ISO 8601; UTC if it has no offset.' })),
  sort_by: s.optional(s.oneOf(SORTS)),
  sort_order: s.optional(s.oneOf(['asc', 'desc'])),
});
export type AgentQuery = s.Static<typeof AgentQuery>;
