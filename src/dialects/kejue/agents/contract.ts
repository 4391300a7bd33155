/** Kejue's shapes, in the order its documents print them. Seed: "Update Agent"; the rest: docs.kejue.co. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { HTTP_METHODS } from '../../../tools/tool.ts';

const nullable = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

/** "Unified call settings": null fields inherit from the parent level. */
export const CallSettings = s.object({
  allowed_days: nullable(
    s.array(s.integer({ minimum: 0, maximum: 6 }), {
      minItems: 1,
      maxItems: 7,
      uniqueItems: true,
      description: '0 is Monday.',
    }),
  ),
  auto_retry: nullable(s.boolean()),
  call_end_hour: nullable(s.integer({ minimum: 0, maximum: 24 })),
  call_end_minute: nullable(s.integer({ minimum: 0, maximum: 59 })),
  call_start_hour: nullable(s.integer({ minimum: 0, maximum: 23 })),
  call_start_minute: nullable(s.integer({ minimum: 0, maximum: 59 })),
  phone_assignment_mode: nullable(s.oneOf(['all', 'local', 'foreign'])),
  retry_schedule: nullable(
    s.array(s.integer({ minimum: 1, maximum: 525_600 }), { maxItems: 50, description: 'Minutes.' }),
  ),
  scoring_criteria: nullable(s.string({ maxLength: 20_000 })),
  structured_data_schema: nullable(
    s.array(
      s.object({
        key: s.string({ minLength: 1, maxLength: 255 }),
        description: nullable(s.string({ maxLength: 2000 })),
        // Not Kejue's, but shown where another tongue said them, and so they may come back.
        type: nullable(s.oneOf(['string', 'number', 'boolean', 'enum'])),
        choices: nullable(s.array(s.string({ maxLength: 255 }), { maxItems: 100 })),
        examples: nullable(s.array(s.string({ maxLength: 2000 }), { maxItems: 20 })),
      }),
      { maxItems: 200 },
    ),
  ),
  tags: nullable(
    s.array(
      s.object({
        name: s.string({ minLength: 1, maxLength: 255 }),
        description: nullable(s.string({ maxLength: 2000 })),
      }),
      { maxItems: 200 },
    ),
  ),
});

const agentName = text.words(255);

const agentFields = {
  name: nullable(agentName),
  description: nullable(s.string({ maxLength: 10_000 })),
  avatar: nullable(s.string({ maxLength: 2083 })),
  is_active: nullable(s.boolean()),
  memory_enabled: nullable(s.boolean()),
};

export const UpdateAgent = s.object({ ...agentFields, call_settings: nullable(CallSettings) });

export const MODELS = ['KJUE-v0', 'KJUE-v0-mini', 'KJUE-v0-large', 'KJUE-v1.0'] as const;
export const END_BEHAVIORS = [
  'END_BEHAVIOR_UNSPECIFIED',
  'END_BEHAVIOR_HANG_UP_SOFT',
  'END_BEHAVIOR_HANG_UP_STRICT',
] as const;

export const InactivityMessage = s.object({
  delay_seconds: s.number({ exclusiveMinimum: 0, maximum: 7200 }),
  message: s.string({ minLength: 1, maxLength: 2000 }),
  end_behavior: nullable(s.oneOf(END_BEHAVIORS)),
});

export const UpdateVoiceConfig = s.object({
  name: nullable(s.string({ minLength: 1, maxLength: 255 })),
  language_locale: nullable(text.localeTag()),
  prompt: nullable(s.string({ maxLength: 100_000 })),
  first_speaker: nullable(s.oneOf(['agent', 'user'])),
  recording_enabled: nullable(s.boolean()),
  silence_timeout: nullable(s.integer({ minimum: 5, maximum: 120, description: 'Seconds.' })),
  max_duration: nullable(s.integer({ minimum: 30, maximum: 7200, description: 'Seconds.' })),
  is_default: nullable(s.boolean()),
  is_active: nullable(s.boolean()),
  first_message: nullable(s.string({ maxLength: 10_000 })),
  first_message_uninterruptible: nullable(s.boolean()),
  first_message_delay_ms: nullable(s.integer({ minimum: 0, maximum: 600_000 })),
  voice_id: nullable(s.string({ minLength: 1, maxLength: 255 })),
  model: nullable(s.oneOf(MODELS)),
  temperature: nullable(s.number({ minimum: 0, maximum: 2 })),
  inactivity_messages: nullable(s.array(InactivityMessage, { maxItems: 20 })),
});

/** Required on creation; everything else has a default. */
export const VOICE_CONFIG_REQUIRED = ['name', 'language_locale', 'prompt'] as const;
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

export const CHANNELS = ['voice:in-call', 'voice:post-call', 'whatsapp'] as const;

export const AttachTool = s.object({
  tool_name: s.string({ minLength: 1, maxLength: 100 }),
  tool_id: nullable(s.string({ format: 'uuid' })),
  channels: nullable(s.array(s.oneOf(CHANNELS), { uniqueItems: true })),
  config: nullable(s.json()),
});

export const AgentTool = s.object({
  tool_name: s.string(),
  channels: s.array(s.oneOf(CHANNELS)),
  config: s.json(),
  tool_id: s.nullable(s.string()),
});

export const CreateAgent = s.object({
  ...agentFields,
  name: agentName,
  call_settings: nullable(CallSettings),
  voice_config: nullable(CreateVoiceConfig),
  tools: nullable(s.array(AttachTool, { maxItems: 200 })),
});

export const Agent = s.object({
  id: s.string(),
  name: s.string(),
  is_active: s.boolean(),
  memory_enabled: s.boolean(),
  description: s.nullable(s.string()),
  avatar: s.nullable(s.string()),
  call_settings: CallSettings,
  voice_configs: s.array(VoiceConfig),
  tools: s.array(AgentTool),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});

export const ListQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export const AgentList = s.object({ agents: s.array(Agent), total: s.integer() });
export const VoiceConfigList = s.array(VoiceConfig);
export const Voices = s.object({
  voices: s.array(s.object({ voice_id: s.string(), name: s.string(), language: s.string() })),
});

const LOCATIONS = ['body', 'query', 'path', 'header'] as const;
export const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const;
const parameterName = s.string({ minLength: 1, maxLength: 100 });
const DynamicParameter = s.object({
  name: parameterName,
  description: nullable(s.string({ maxLength: 2000 })),
  param_type: nullable(s.oneOf(PARAMETER_TYPES)),
  location: nullable(s.oneOf(LOCATIONS)),
  required: nullable(s.boolean()),
  source: nullable(s.string({ minLength: 1, maxLength: 50, description: '`ai`: filled in by the model.' })),
});
const StaticParameter = s.object({
  name: parameterName,
  value: s.unknown(),
  location: nullable(s.oneOf(LOCATIONS)),
});
const milliseconds = s.integer({ minimum: 1000, maximum: 60_000 });
const url = s.string({ minLength: 1, maxLength: 4096 });
const httpFields = {
  method: nullable(s.oneOf(HTTP_METHODS)),
  headers: nullable(s.record(s.string({ maxLength: 8192 }))),
  auth_config: nullable(
    s.json({ description: 'Shown with its values masked; a mask that comes back keeps the value.' }),
  ),
  timeout_ms: nullable(milliseconds),
};

export const UpdateTool = s.object({
  name: nullable(s.string({ minLength: 1, maxLength: 100 })),
  http_config: nullable(s.object({ url: s.optional(url), ...httpFields })),
  display_name: nullable(s.string({ maxLength: 255 })),
  description: nullable(s.string({ maxLength: 10_000 })),
  dynamic_parameters: nullable(s.array(DynamicParameter, { maxItems: 100 })),
  static_parameters: nullable(s.array(StaticParameter, { maxItems: 100 })),
  response_schema: nullable(s.json()),
  timeout: nullable(milliseconds),
  retry_count: nullable(s.integer({ minimum: 0, maximum: 5 })),
  precomputable: nullable(s.boolean()),
  agent_reaction: nullable(s.oneOf(['speaks', 'silent', 'speaks-once'])),
});
export const CreateTool = s.object({
  ...UpdateTool.properties,
  name: s.string({ minLength: 1, maxLength: 100 }),
  http_config: s.object({ url, ...httpFields }),
});

export const Tool = s.object({
  id: s.string(),
  name: s.string(),
  tool_type: s.string(),
  timeout: s.integer(),
  retry_count: s.integer(),
  display_name: s.nullable(s.string()),
  description: s.nullable(s.string()),
  http_config: s.nullable(s.object({ url, ...httpFields })),
  parameters: s.array(s.json(), { description: 'What the model fills in, then what is always sent.' }),
  response_schema: s.nullable(s.json()),
  precomputable: s.boolean(),
  agent_reaction: s.string(),
  created_at: s.nullable(s.string()),
  updated_at: s.nullable(s.string()),
});
export const ToolListQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 500 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export const ToolList = s.object({ tools: s.array(Tool), total: s.integer() });
