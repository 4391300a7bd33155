/**
 * The voice catalogue. A canonical voice id is the id that the provider of the voice uses. The voices below are known
 * by name; InstaView knows some of them by another name.
 */
export interface Voice {
  id: string;
  name: string;
  provider: string;
  language: string;
  gender: 'male' | 'female' | 'neutral';
  /** The name in InstaView's closed list; voices without one are not in it. */
  instaview?: string;
}

const preset = (id: string, gender: Voice['gender']): Voice => ({
  id,
  name: id.charAt(0).toUpperCase() + id.slice(1),
  provider: 'parlance',
  language: 'en',
  gender,
  instaview: id.toUpperCase(),
});

export const VOICES: readonly Voice[] = [
  preset('alex', 'male'),
  preset('peter', 'male'),
  preset('miriam', 'female'),
  preset('sue', 'female'),
  preset('viera', 'female'),
  preset('casandra', 'female'),
  preset('silvia', 'female'),
  preset('michael', 'male'),
  preset('luke', 'male'),
  preset('emma', 'female'),
  preset('sarah', 'female'),
  preset('eva', 'female'),
  {
    id: 'voice_professional_female_1',
    name: 'Professional female 1',
    provider: 'vapi',
    language: 'en',
    gender: 'female',
  },
  { id: 'voice_professional_male_1', name: 'Professional male 1', provider: 'vapi', language: 'en', gender: 'male' },
];

const byId = new Map(VOICES.map((voice) => [voice.id, voice]));

export const voiceById = (id: string): Voice | undefined => byId.get(id);
