/** Agntix's voices and their providers. */

import * as s from '../../../lib/schema.ts';
import { textOrNull } from '../shared.ts';

export const VoiceQuery = s.object({ provider: s.optional(s.string()), language: s.optional(s.string()) });
export type VoiceQuery = s.Static<typeof VoiceQuery>;
export const Voice = s.object({
  id: s.string(),
  name: s.string(),
  provider: s.string(),
  language: s.string(),
  gender: s.oneOf(['male', 'female', 'neutral']),
  previewUrl: textOrNull,
});
export const VoiceProvider = s.object({
  id: s.string(),
  name: s.string(),
  slug: s.string(),
  isActive: s.boolean(),
});
