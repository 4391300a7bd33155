/** Kejue's voice configurations, in the order of its documents. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish } from '../shared.ts';

export const MODELS = ['KJUE-v0', 'KJUE-v0-mini', 'KJUE-v0-large', 'KJUE-v1.0'] as const;
export const END_BEHAVIORS = [
  'END_BEHAVIOR_UNSPECIFIED',
  'END_BEHAVIOR_HANG_UP_SOFT',
  'END_BEHAVIOR_HANG_UP_STRICT',
] as const;

export const InactivityMessage = s.object({
  delay_seconds: s.number({ exclusiveMinimum: 0, maximum: 7200 }),
  message: s.string({ minLength: 1, maxLength: 2000 }),
  end_behavior: nullish(s.oneOf(END_BEHAVIORS)),
});

export const UpdateVoiceConfig = s.object({
  name: nullish(s.string({ minLength: 1, maxLength: 255 })),
  language_locale: nullish(text.localeTag()),
  prompt: nullish(s.string({ maxLength: 100_000 })),
  first_speaker: nullish(s.oneOf(['agent', 'user'])),
  recording_enabled: nullish(s.boolean()),
  silence_timeout: nullish(s.integer({ minimum: 5, maximum: 120, description: 'Seconds.' })),
  max_duration: nullish(s.integer({ minimum: 30, maximum: 7200, description: 'Seconds.' })),
  is_default: nullish(s.boolean()),
  is_active: nullish(s.boolean()),
  first_message: nullish(s.string({ maxLength: 10_000 })),
  first_message_uninterruptible: nullish(s.boolean()),
  first_message_delay_ms: nullish(s.integer({ minimum: 0, maximum: 600_000 })),
  voice_id: nullish(s.string({ minLength: 1, maxLength: 255 })),
  model: nullish(s.oneOf(MODELS)),
  temperature: nullish(s.number({ minimum: 0, maximum: 2 })),
  inactivity_messages: nullish(s.array(InactivityMessage, { maxItems: 20 })),
});

/** Required on creation; every other field has a default. */
export const REQUIRED = ['name', 'language_locale', 'prompt'] as const;
export const CreateVoiceConfig = s.object({
  ...UpdateVoiceConfig.properties,
  name: s.string({ minLength: 1, maxLength: 255 }),
  language_locale: text.localeTag(),
  prompt: s.string({ maxLength: 100_000 }),
});

export const VoiceConfig = s.object({
  id: s.string(),
  name: s.string(),
  language_locale: s.string(),
  prompt: s.string(),
  first_speaker: s.oneOf(['agent', 'user']),
  recording_enabled: s.boolean(),
  silence_timeout: s.integer(),
  max_duration: s.integer(),
  is_default: s.boolean(),
  is_active: s.boolean(),
  first_message: s.nullable(s.string()),
  first_message_uninterruptible: s.boolean({ default: false }),
  first_message_delay_ms: s.nullable(s.integer()),
  voice_id: s.nullable(s.string()),
  voice_name: s.nullable(s.string()),
  model: s.nullable(s.oneOf(MODELS)),
  temperature: s.nullable(s.number()),
  inactivity_messages: s.array(InactivityMessage),
  corpus_id: s.nullable(s.string()),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});

export const VoiceConfigList = s.array(VoiceConfig);
