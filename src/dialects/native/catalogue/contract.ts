/** Schemas of the catalogues of voices and models. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const Voice = s.object({
  id: s.string(),
  name: s.string(),
  provider: s.string(),
  language: s.string(),
  gender: s.oneOf(['male', 'female', 'neutral']),
});
export const Model = s.object({
  id: s.string(),
  uuid: text.uuid(),
  name: s.string(),
  provider: s.string(),
  kind: s.oneOf(['chat', 'stt', 'tts', 'sts']),
  contextWindow: s.optional(s.integer()),
  usable: s.boolean(),
});
