/** Kejue's calls. */

import * as s from '../../../lib/schema.ts';
import { CallSettings } from '../call-settings/contract.ts';
import { ContactBody } from '../contacts/contract.ts';
import { nullish, PageQuery, textOrNull } from '../shared.ts';
import { UpdateVoiceConfig } from '../voice-configs/contract.ts';
import { callEndpointFields } from '../webhooks/contract.ts';

const CallTool = s.object({ id: s.string({ minLength: 1, maxLength: 100 }), config: nullish(s.json()) });
export type CallTool = s.Static<typeof CallTool>;

const voice = UpdateVoiceConfig.properties;
/** Overrides of one call. They rank above the campaign, the agent and the workspace, key by key. */
export const CallConfig = s.object({
  prompt: voice.prompt,
  first_message: voice.first_message,
  first_message_uninterruptible: voice.first_message_uninterruptible,
  voice_id: voice.voice_id,
  temperature: voice.temperature,
  max_duration: voice.max_duration,
  silence_timeout: voice.silence_timeout,
  recording_enabled: voice.recording_enabled,
  language_locale: voice.language_locale,
  inactivity_messages: voice.inactivity_messages,
  ...CallSettings.properties,
  tools: nullish(s.array(CallTool, { maxItems: 50 })),
  ...callEndpointFields,
});
export type CallConfig = s.Static<typeof CallConfig>;

const callFields = {
  contact_id: nullish(s.string()),
  contact: nullish({ ...ContactBody, description: 'A new contact.' }),
  agent_id: nullish(s.string({ description: 'The id of a voice configuration, instead of the default one.' })),
  phone_number_id: nullish(s.string({ description: 'The number to call from, whatever the phone assignment mode.' })),
  schedule_at: nullish(
    s.string({
      pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?([zZ]|[+-]\\d{2}:?\\d{2})?$',
      'x-pattern-is': 'a date and time like 2026-05-01T09:30:00Z',
      description: 'The earliest time of the call; UTC if it has no offset. Default: now.',
      examples: ['2026-05-01T09:30:00Z'],
    }),
  ),
  priority: nullish(
    s.integer({ minimum: 0, maximum: 100, description: 'Calls with a higher priority are placed first. Default: 50.' }),
  ),
  config: nullish(CallConfig),
  external_reference: nullish(s.string({ maxLength: 255 })),
  context: nullish(s.json({ description: 'Values for the templates.' })),
};
export const AgentCall = s.object(callFields);
export type AgentCall = s.Static<typeof AgentCall>;
export const PersonaCall = s.object({ persona_id: s.string(), ...callFields });

const STATUSES = [
  'queued',
  'scheduled',
  'in_progress',
  'completed',
  'no_answer',
  'busy',
  'failed',
  'cancelled',
] as const;
export type Status = (typeof STATUSES)[number];

export const Call = s.object({
  id: s.string(),
  status: s.oneOf(STATUSES),
  status_reason: s.string({ description: 'Why the call has this status.' }),
  direction: s.oneOf(['outbound', 'inbound']),
  persona_id: s.string(),
  agent_id: s.nullable(s.string({ description: 'The voice configuration that the request named.' })),
  contact_id: textOrNull,
  campaign_id: textOrNull,
  phone: s.string(),
  phone_number_id: textOrNull,
  priority: s.integer(),
  schedule_at: textOrNull,
  next_attempt_at: textOrNull,
  attempt_number: s.integer(),
  external_reference: textOrNull,
  context: s.json(),
  conversation_id: textOrNull,
  started_at: textOrNull,
  ended_at: textOrNull,
  duration_seconds: s.nullable(s.integer()),
  ended_reason: textOrNull,
  outcome: textOrNull,
  created_at: s.string(),
  updated_at: s.string(),
});
export type Call = s.Static<typeof Call>;
export const CallDetail = s.object({
  ...Call.properties,
  transcript: textOrNull,
  recording_url: textOrNull,
  summary: textOrNull,
  score: s.nullable(s.number()),
  structured_data: s.nullable(s.json()),
});

export const CallQuery = s.object({
  contact_id: s.optional(s.string()),
  status: s.optional(s.oneOf(STATUSES)),
  persona_id: s.optional(s.string()),
  campaign_id: s.optional(s.string()),
  direction: s.optional(s.oneOf(['outbound', 'inbound'])),
  external_reference: s.optional(s.string()),
  ...PageQuery.properties,
});
export type CallQuery = s.Static<typeof CallQuery>;
export const CallList = s.object({
  calls: s.array(Call),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

export const URGENCIES = ['immediate', 'soon', 'later'] as const;
export const InjectContext = s.object({
  text: s.string({ minLength: 1, maxLength: 32_000 }),
  urgency: nullish(s.oneOf(URGENCIES)),
});
export type InjectContext = s.Static<typeof InjectContext>;
