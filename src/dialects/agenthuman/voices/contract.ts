/** AgentHuman's voices. */
import * as s from '../../../lib/schema.ts';

export const Voice = s.object({ voice_id: s.string(), name: s.string(), language: s.string() });
export const VoiceList = s.array(Voice);
