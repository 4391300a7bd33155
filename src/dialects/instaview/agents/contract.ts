/** InstaView's agents, in the order of its documents. Seed: "Update Agent"; the rest: docs.instaview.sk. */
import { CEFR_LEVELS } from '../../../agents/agent.ts';
import { VOICES } from '../../../agents/voices.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { PageQuery } from '../shared.ts';

export const TYPES = ['UNDEFINED', 'ONLINE', 'PHONE'] as const;
export const FOCUSES = ['GENERIC', 'SCREENING', 'OUTREACH', 'LANGUAGE_TEST'] as const;
export const LANGUAGES =
  'UNDEFINED EN JA ZH DE HI FR KO PT IT ES ID NL TR FIL PL SV BG RO AR CS EL FI HR MS SK DA TA UK RU HU NO VI'.split(
    ' ',
  );
export const VOICE_IDS = VOICES.flatMap((voice) => voice.instaview ?? []);
export const SOUNDS = ['OFF', 'OFFICE'] as const;

/** Limits of the merged metadata: 10 KB of JSON, 5 levels including the object itself, 50 keys at all levels. */
export const METADATA_LIMITS = { bytes: 10_240, depth: 5, keys: 50 };

const fields = {
  name: s.string({ minLength: 2, maxLength: 100 }),
  type: s.oneOf(TYPES, { description: 'A change to PHONE needs companyPhoneNumberId in the same request.' }),
  focus: s.oneOf(FOCUSES),
  questions: s.array(text.nonBlank(2000), { maxItems: 50 }),
  instructions: s.nullable(s.string({ maxLength: 2000 })),
  language: s.oneOf(LANGUAGES),
  duration: s.integer({ minimum: 1, maximum: 180, description: 'Minutes.' }),
  voiceId: s.nullable(s.oneOf(VOICE_IDS)),
  cefrLevel: s.nullable(s.oneOf(CEFR_LEVELS)),
  companyPhoneNumberId: s.nullable(text.uuid()),
  metadata: s.json({
    description: 'Merged at every level; a null inside removes that key. At most 10 KB, 5 levels, 50 keys.',
  }),
  backgroundSound: s.nullable(s.oneOf(SOUNDS)),
};

export const UpdateAgent = s.partial(s.object(fields));

export const CreateAgent = s.object({
  ...UpdateAgent.properties,
  name: fields.name,
  type: fields.type,
  focus: fields.focus,
  language: fields.language,
  duration: fields.duration,
});

export const Agent = s.object({
  id: text.uuid(),
  name: s.string(),
  type: s.oneOf(TYPES),
  focus: s.oneOf(FOCUSES),
  language: s.oneOf(LANGUAGES),
  duration: s.integer(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
  questions: s.array(s.string()),
  instructions: s.nullable(s.string()),
  voiceId: s.nullable(s.oneOf(VOICE_IDS)),
  companyId: text.uuid(),
  metadata: s.json(),
  cefrLevel: s.nullable(s.oneOf(CEFR_LEVELS)),
  backgroundSound: s.nullable(s.oneOf(SOUNDS)),
  companyPhoneNumberId: s.nullable(text.uuid()),
});

export const AgentQuery = s.object({
  ...PageQuery.properties,
  type: s.optional(s.oneOf(TYPES)),
  focus: s.optional(s.oneOf(FOCUSES)),
  search: s.optional(s.string({ maxLength: 100, description: 'Part of the name, in any case.' })),
});
export type AgentQuery = s.Static<typeof AgentQuery>;
