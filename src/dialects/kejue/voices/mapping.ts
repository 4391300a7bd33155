/** The voices of the catalogue as Kejue lists them. */
import type { VOICES } from '../../../agents/voices.ts';
import type * as s from '../../../lib/schema.ts';
import type * as contract from './contract.ts';

export const formatVoice = ({ id, name, language }: (typeof VOICES)[number]): s.Static<typeof contract.Voice> => ({
  voice_id: id,
  name,
  language,
});
