/** The schema of a voice. */
import * as s from '../../../lib/schema.ts';

export const Voice = s.object({
  id: s.string(),
  name: s.string(),
  provider: s.string(),
  language: s.string(),
  gender: s.oneOf(['male', 'female', 'neutral']),
});
