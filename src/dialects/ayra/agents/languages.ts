/** Ayra's language codes: ISO 639-1 in lower case. */
import { isLanguageCode, languageOf } from '../../../lib/locale.ts';

/** ISO 639-1 has no code for Filipino. Ayra's clients send the code of Tagalog, the nearest language. */
const FILIPINO = 'fil';
const TAGALOG = 'tl';

export const NOT_A_CODE = 'must be a language code of ISO 639-1, like en';

export const isCode = (sent: unknown): sent is string =>
  typeof sent === 'string' && /^[a-z]{2}$/.test(sent) && isLanguageCode(sent);

/** Null for a language without a code in ISO 639-1. */
export function formatLanguage(locale: string): string | null {
  const code = languageOf(locale);
  if (code === FILIPINO) return TAGALOG;
  return code.length === 2 ? code : null;
}

export const localeOf = (code: string): string => (code === TAGALOG ? FILIPINO : code);

/** The languages that are shown as `code`. */
export const languagesShownAs = (code: string): string[] => (code === TAGALOG ? [FILIPINO, TAGALOG] : [code]);
