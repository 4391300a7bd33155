/** Ayra's shapes, in the order its documents print them. Seed: "Update Agent"; the rest: docs.ayra.cx. */
import { STATUSES, WEEKDAYS } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const VOICE_PLATFORMS = ['vapi', 'retell'] as const;
export const METADATA_KEYS = 10;
export const METADATA_CHARACTERS = 500;

const nullable = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

const TIME = '([01]\\d|2[0-3]):[0-5]\\d';
const opening = s.string({ pattern: `^${TIME}$`, 'x-pattern-is': 'a time of day like 09:30' });
const closing = s.string({ pattern: `^(${TIME}|24:00)$`, 'x-pattern-is': 'a time of day like 17:30' });

export const BusinessHours = s.object({
  timezone: s.string({ description: 'An IANA time zone.' }),
  schedule: s.array(s.object({ day: s.oneOf(WEEKDAYS), open: opening, close: closing })),
});

/** Nobody has printed an item of the schedule, so the other likely pair of words is understood too. */
const BusinessHoursSent = s.object({
  timezone: s.string({ description: 'An IANA time zone.' }),
  schedule: s.array(
    s.object({
      day: s.oneOf(WEEKDAYS),
      open: s.optional(opening),
      close: s.optional(closing),
      start: s.optional(opening),
      end: s.optional(closing),
    }),
    { maxItems: 100, description: '`start` and `end` are understood as `open` and `close`.' },
  ),
});

/** What values may be is judged key by key in the mapping: a value that is only repeated is always fine. */
const Metadata = s.json({
  description:
    'Merged by key; null removes a key. Values are text, numbers or booleans: ' +
    `at most ${METADATA_KEYS} keys, ${METADATA_CHARACTERS} characters each.`,
});

export const UpdateAgent = s.object({
  name: s.optional(text.words(100)),
  voice_id: nullable(s.string({ minLength: 1, maxLength: 255 })),
  language: s.optional(s.string({ description: 'ISO 639-1.' })),
  system_prompt: nullable(s.string({ maxLength: 10_000 })),
  welcome_message: nullable(s.string({ maxLength: 500 })),
  transfer_number: nullable(text.phoneNumber()),
  business_hours: nullable(BusinessHoursSent),
  recording_enabled: s.optional(s.boolean()),
  transcription_enabled: s.optional(s.boolean()),
  status: s.optional(s.oneOf(STATUSES)),
  metadata: s.optional(Metadata),
});

export const CREATE_REQUIRED = ['name', 'voice_platform'] as const;
export const CreateAgent = s.object({
  ...UpdateAgent.properties,
  name: text.words(100),
  voice_platform: s.oneOf(VOICE_PLATFORMS),
  phone_number: nullable(text.phoneNumber()),
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

const meta = { request_id: s.string(), timestamp: s.string() };
export const OneAgent = s.object({ data: Agent, meta: s.object(meta) });

export const Pagination = s.object({
  page: s.integer(),
  per_page: s.integer(),
  total: s.integer(),
  total_pages: s.integer(),
});
export const AgentList = s.object({ data: s.array(Agent), meta: s.object({ ...meta, pagination: Pagination }) });

export const SORTS = ['name', 'created_at', 'updated_at'] as const;
export const ListQuery = s.object({
  page: s.optional(s.integer({ minimum: 1, maximum: 1_000_000, description: '1 unless said.' })),
  per_page: s.optional(s.integer({ minimum: 1, maximum: 100, description: '25 unless said.' })),
  status: s.optional(s.oneOf(STATUSES)),
  voice_platform: s.optional(s.oneOf(VOICE_PLATFORMS)),
  language: s.optional(s.string({ description: 'ISO 639-1.' })),
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
  created_after: s.optional(s.string({ description: 'ISO 8601; UTC where no offset is given.' })),
  created_before: s.optional(s.string({ description: 'ISO 8601; UTC where no offset is given.' })),
  sort_by: s.optional(s.oneOf(SORTS)),
  sort_order: s.optional(s.oneOf(['asc', 'desc'])),
});
export type ListQuery = s.Static<typeof ListQuery>;
