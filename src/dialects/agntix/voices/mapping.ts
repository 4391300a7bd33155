/** Voices and their providers as Agntix shows them. */

import { VOICES } from '../../../agents/voices.ts';
import { languageOf } from '../../../lib/locale.ts';
import { SPEECH_MODELS } from '../models/mapping.ts';
import type { VoiceQuery } from './contract.ts';

export const formatVoices = ({ provider, language }: VoiceQuery) =>
  VOICES.filter(
    (voice) =>
      (provider === undefined || voice.provider === provider) &&
      (language === undefined || languageOf(voice.language) === languageOf(language)),
  ).map(({ id, name, provider, language, gender }) => ({ id, name, provider, language, gender, previewUrl: null }));

export function formatProviders() {
  const slugs = new Set([...VOICES, ...SPEECH_MODELS].map(({ provider }) => provider));
  return [...slugs].map((slug) => ({ id: slug, name: capitalize(slug), slug, isActive: true }));
}

const capitalize = (slug: string): string => slug.charAt(0).toUpperCase() + slug.slice(1);
