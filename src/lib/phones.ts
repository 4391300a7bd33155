/** Telephone numbers as people write them, as E.164. */
import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js';
import { countriesOf } from './places.ts';

export type ReadPhone = { phone: string; extension?: string } | { problem: string };

/**
 * A number that begins with + says its country itself; any other is read as one that is dialled within `country`. A
 * number that can be read in two ways is refused: it would be a stranger whose telephone rings.
 */
export function readPhone(text: string, country?: string): ReadPhone {
  const written = plain(text);
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  if (/^\+/.test(written)) return found(read(written));
  if (home === undefined) {
    if (/^00/.test(written)) return found(read(written.replace(/^00/, '+')));
    return { problem: 'must begin with + and the country code, because the country is not known' };
  }
  const domestic = read(written, home);
  // Spreadsheets take a + at the beginning for arithmetic and drop it.
  const abroad = /^[1-9]/.test(written) ? read(`+${written}`) : undefined;
  if (abroad === undefined || !abroad.isPossible() || !countriesOf(abroad.number).includes(home))
    return found(domestic);
  if (!domestic?.isPossible()) return found(abroad);
  if (abroad.number === domestic.number) return found(domestic);
  return { problem: `can be read as ${domestic.number} and as ${abroad.number}: write it with +` };
}

const read = (text: string, defaultCountry?: PhoneNumber['country']): PhoneNumber | undefined =>
  parsePhoneNumberFromString(text, { ...(defaultCountry && { defaultCountry }), extract: false });

function found(number: PhoneNumber | undefined): ReadPhone {
  if (!number?.isPossible() || !/^\+[1-9]\d{1,14}$/.test(number.number))
    return { problem: 'must be a phone number that can be dialled' };
  return { phone: number.number, ...(number.ext && { extension: number.ext }) };
}

/** Without what address books and spreadsheets put around it: signs of direction, an apostrophe, a formula, a scheme. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim()
    .replace(/^="(.*)"$/, '$1')
    .replace(/^'/, '')
    .replace(/^tel:/i, '')
    .trim();
