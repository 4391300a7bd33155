/** The sample agent that the first start creates. */
import { type Edit, set } from './change/edit.ts';

export const sampleAgent = (): Edit[] => [
  set('name', 'Sample agent'),
  set('description', 'Made at the first start, to be changed or thrown away.'),
  set('extras.ayra.voicePlatform', 'vapi'),
  set('interview.focus', 'generic'),
  set('interview.durationMinutes', 30),
  set('profiles.@default.name', 'Sample agent'),
  set('profiles.@default.locale', 'en'),
  set('profiles.@default.instructions', 'You are a friendly receptionist. Keep your answers short.'),
  set('profiles.@default.greeting.text', 'Hello! How can I help you today?'),
  set('profiles.@default.voice.id', 'emma'),
];
