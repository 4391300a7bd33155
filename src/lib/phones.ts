/** Reads phone numbers as people write them. The result is in E.164. */
import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js';
import { countriesOf } from './places.ts';

export type ReadPhone = { phone: string; extension?: string } | { problem: string };

/**
 * Reads a number. Without a leading + it is read as dialed within `country`, an ISO code. A number with two possible
 * readings is refused, because a wrong guess would call a stranger. `problem` follows the name of a field.
 */
export function readPhone(text: string, country?: string): ReadPhone {
  const written = plain(text);
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  if (/^\+/.test(written)) return result(read(written));
  if (home === undefined) {
    if (/^00/.test(written)) return result(read(written.replace(/^00/, '+')));
    return { problem: 'must begin with + and the country code, because the country is unknown' };
  }
  const domestic = read(written, home);
  // Spreadsheets drop a leading +.
  const abroad = /^[1-9]/.test(written) ? read(`+${written}`) : undefined;
  if (abroad === undefined || !abroad.isPossible() || !countriesOf(abroad.number).includes(home))
    return result(domestic);
  if (!domestic?.isPossible()) return result(abroad);
  if (abroad.number === domestic.number) return result(domestic);
  return { problem: `can be read as ${domestic.number} and as ${abroad.number}; write it with +` };
}

const read = (text: string, defaultCountry?: PhoneNumber['country']): PhoneNumber | undefined =>
  parsePhoneNumberFromString(text, { ...(defaultCountry && { defaultCountry }), extract: false });

function result(number: PhoneNumber | undefined): ReadPhone {
  if (!number?.isPossible() || !/^\+[1-9]\d{1,14}$/.test(number.number))
    return { problem: 'must be a phone number that can be dialed' };
  return { phone: number.number, ...(number.ext && { extension: number.ext }) };
}

/** Without what address books and spreadsheets add: direction marks, an apostrophe, a formula, a scheme. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim()
    .replace(/^="(.*)"$/, '$1')
    .replace(/^'/, '')
    .replace(/^tel:/i, '')
    .trim();
