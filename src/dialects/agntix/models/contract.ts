/** Agntix's language models and voice models. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const ChatModel = s.object({
  id: text.uuid(),
  name: s.string(),
  provider: s.string(),
  contextWindow: s.nullable(s.integer()),
  isActive: s.boolean(),
});
export const VOICE_MODEL_TYPES = ['TTS', 'STT', 'STS'] as const;
export const VoiceModelQuery = s.object({ type: s.optional(s.oneOf(VOICE_MODEL_TYPES)) });
export type VoiceModelQuery = s.Static<typeof VoiceModelQuery>;
export const VoiceModel = s.object({
  id: text.uuid(),
  name: s.string(),
  provider: s.string(),
  type: s.oneOf(VOICE_MODEL_TYPES),
  isActive: s.boolean(),
});
