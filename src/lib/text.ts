/** Schemas and checks of texts with a meaning: ids, times, phone numbers, locales, names. */
import { string } from './schema.ts';

/** `meaning` words the pattern in errors and in the reference: "must be a time of day like 09". */
const pattern = (source: string, meaning: string, options: Record<string, unknown> = {}) =>
  string({ pattern: source, 'x-pattern-is': meaning, ...options });

export const uuid = () => string({ format: 'uuid' });
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Whether a text is a UUID, in upper or lower case. No record has an id in a path that is not a UUID. */
export const isUuid = (text: string): boolean => UUID.test(text);
export const dateTime = () => string({ format: 'date-time' });
/** E.164: a plus sign, a country code that does not begin with zero, at most fifteen digits in all. */
export const phoneNumber = () => pattern('^\\+[1-9]\\d{1,14}$', 'a phone number in E.164 form, like +15551234567');
/** Hours "09", or hours and minutes "09:30". Each is stored as the client wrote it. */
export const timeOfDay = () => pattern('^([01]\\d|2[0-3])(:[0-5]\\d)?$', 'a time of day like 09 or 09:30');
/** Like `timeOfDay`, and 24 for the end of the day. */
export const endOfDay = () =>
  pattern('^(([01]\\d|2[0-3])(:[0-5]\\d)?|24(:00)?)$', 'a time of day like 17 or 17:30, or 24');
/** A BCP 47 tag: language, and optionally script, region and variants. */
export const localeTag = () =>
  pattern(
    '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\\d{3}))?(-[A-Za-z0-9]{4,8})*$',
    'a language code like en or en-US',
  );
/** Text that is not only white space. */
export const nonBlank = (maxLength: number) =>
  string({ minLength: 1, maxLength, pattern: '\\S', 'x-pattern-is': 'not blank' });

/** A name as a slug: "Tier-1 Support" is "tier-1-support". */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'agent';

/** Times are stored as text that sorts by time, which works for years of four digits only. */
const FIRST_YEAR = Date.UTC(1970, 0, 1);
export const MAX_TIME = Date.UTC(9000, 0, 1);
/** Whether the text is a date and time that can be stored, on a day that exists. */
export function isStorableTime(text: string): boolean {
  const ms = Date.parse(text);
  return ms >= FIRST_YEAR && ms < MAX_TIME && !isImpossibleDay(text);
}

/** `Date` reads the 30th of February as the 2nd of March. */
function isImpossibleDay(text: string): boolean {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(text) ?? [];
  return day !== undefined && !new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;
/** Whether the text is a local date and time without an offset, like `2026-05-01T09:30`, on a day that exists. */
export function isLocalTime(text: string): boolean {
  if (!LOCAL_TIME.test(text)) return false;
  return isStorableTime(`${text.slice(0, 16)}Z`);
}

/** The answers so far, because creating a format is slow. */
const zones = new Map<string, boolean>();
const MAX_ZONES = 1000;
/** Whether the name is a time zone of the IANA database. */
export function isTimeZone(name: string): boolean {
  let isKnown = zones.get(name);
  if (isKnown === undefined) {
    isKnown = canFormat(name);
    if (zones.size < MAX_ZONES) zones.set(name, isKnown);
  }
  return isKnown;
}

function canFormat(timeZone: string): boolean {
  if (/^[+-]/.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
