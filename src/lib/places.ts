/**
 * Where in the world a number may be, and what the clocks may show there. A number seldom says it exactly: a mobile of
 * the United States may be in any of its zones. All of them are given then, and only a time that is allowed in all of
 * them is one at which to call; a contact whose time zone is known is narrowed down to that one.
 */
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import { isTimeZone } from './text.ts';

export interface Place {
  /** ISO codes; several where the number does not say which, none where it belongs to no country. */
  countries: string[];
  /** IANA names of the zones of all those countries. */
  zones: string[];
}

/** What is known of where somebody is. */
export interface PlaceFact {
  timezone?: string | null;
  country?: string | null;
  phone?: string | null;
}

/** The number is in E.164. What is no number is nowhere. */
export function placeOf(phone: string): Place {
  const countries = countriesOf(phone);
  return { countries, zones: zonesOfCountries(countries) };
}

/** Something known of where somebody is, and from what: `given` as it is. */
export interface Known {
  value: string[];
  from: 'given' | 'country' | 'number' | null;
}

/** The zone that was said, else those of the country that was said, else those of the number; none if nothing is known. */
export function knownZones({ timezone, country, phone }: PlaceFact): Known {
  if (timezone && isTimeZone(timezone)) return { value: [timezone], from: 'given' };
  const said = regionOf(country);
  const zones = said === undefined ? [] : zonesOfCountry(said);
  if (zones.length > 0) return { value: zones, from: 'country' };
  return byNumber(phone ? placeOf(phone).zones : []);
}
export const zonesOf = (placeFact: PlaceFact): string[] => knownZones(placeFact).value;

/** The country that was said, else all that the number may be of. */
export function knownCountries({ country, phone }: PlaceFact): Known {
  const said = regionOf(country);
  return said === undefined ? byNumber(phone ? countriesOf(phone) : []) : { value: [said], from: 'given' };
}

const byNumber = (value: string[]): Known => ({ value, from: value.length > 0 ? 'number' : null });

/** The country that was said, else the number's, if the number leaves no doubt. */
export function countryOf(placeFact: PlaceFact): string | undefined {
  const { value } = knownCountries(placeFact);
  return value.length === 1 ? value[0] : undefined;
}

/** Every country that the number may be of, by its code. */
export function countriesOf(phone: string): string[] {
  const parsed = parsePhoneNumberFromString(phone);
  if (!parsed || parsed.isNonGeographic()) return [];
  if (parsed.country) return [parsed.country];
  const possible = parsed.getPossibleCountries();
  // A number of the wrong length is said to be possible nowhere; its country code says where it is all the same.
  const all = possible.length > 0 ? possible : sharing(parsed.countryCallingCode);
  const plan = new Metadata();
  return all.filter((country) => leadsTo(plan, country, parsed.nationalNumber)).sort();
}

const sharing = (code: string): CountryCode[] => getCountries().filter((one) => getCountryCallingCode(one) === code);

/** Small countries that share a country code have area codes of their own: a number without them is not there. */
function leadsTo(plan: Metadata, country: CountryCode, national: string): boolean {
  plan.selectNumberingPlan(country);
  const leading = plan.numberingPlan?.leadingDigits();
  return !leading || new RegExp(`^(?:${leading})`).test(national);
}

/** What follows the country code; undefined where the number has none that is known. */
export function withinCountry(phone: string): { code: string; national: string } | undefined {
  const code = parsePhoneNumberFromString(phone)?.countryCallingCode;
  return code === undefined ? undefined : { code, national: phone.slice(1 + code.length) };
}

/** A country's code as it is written today: `uk` is `GB`. Undefined for what is none. */
export function regionOf(country: string | null | undefined): string | undefined {
  if (!country || !/^[A-Za-z]{2}$/.test(country)) return undefined;
  const region = new Intl.Locale(`und-${country}`).region;
  if (region === undefined) return undefined;
  const isKnown = Object.hasOwn(UNLISTED, region) || isSupportedCountry(region);
  return isKnown || listed(region).length > 0 ? region : undefined;
}

/** Finds countries by their codes, as `regionOf` does, and by their names in English. */
export function regionNamer(): (text: string) => string | undefined {
  let byName: Map<string, string> | undefined;
  return (text) => {
    const wanted = text.trim().toLowerCase();
    const region = regionOf(wanted);
    if (region !== undefined || wanted.length < 3) return region;
    byName ??= regionsByName();
    return byName.get(wanted);
  };
}

function regionsByName(): Map<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return new Map(getCountries().map((code) => [(names.of(code) ?? code).toLowerCase(), code]));
}

const zonesOfCountries = (countries: readonly string[]): string[] => [...new Set(countries.flatMap(zonesOfCountry))];

function zonesOfCountry(country: string): string[] {
  const zones = listed(country);
  return zones.length > 0 ? zones : [...(UNLISTED[country] ?? [])];
}

/** Countries whose numbers are told apart, and which the list of zones does not know. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  AC: ['Atlantic/St_Helena'],
  TA: ['Atlantic/St_Helena'],
  XK: ['Europe/Belgrade'],
};

/** A method in newer engines, a property in older ones. */
interface LocaleWithZones {
  getTimeZones?: () => string[] | undefined;
  timeZones?: string[] | undefined;
}

function listed(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as LocaleWithZones;
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

/**
 * The same answers as `zonesOf`, remembered, and with one zone for all those of a country whose clocks go alike: the
 * United States are eight instead of twenty-nine. To find that out takes some milliseconds, so it is done once.
 */
export function createPlaces() {
  const known = new Map<string, string[]>();
  const most = 1000;

  function distinct(zones: readonly string[]): string[] {
    if (zones.length < 2) return [...zones];
    const key = zones.join();
    const found = known.get(key);
    if (found) return found;
    const byClock = new Map<string, string>();
    for (const zone of zones) {
      const clock = clockOf(zone);
      if (!byClock.has(clock)) byClock.set(clock, zone);
    }
    const kept = [...byClock.values()];
    if (known.size < most) known.set(key, kept);
    return kept;
  }

  return { zonesOf: (contact: PlaceFact): readonly string[] => distinct(zonesOf(contact)) };
}
export type Places = ReturnType<typeof createPlaces>;

const WEEK = 7 * 86_400_000;
const FROM = Date.UTC(2026, 0, 1);
/** As far ahead as engines keep rules that were decided on. */
const UNTIL = Date.UTC(2038, 0, 1);

/** What the clock shows week after week: no two zones of one country differ for less than that. */
function clockOf(timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en', { timeZone, day: 'numeric', hour: 'numeric', minute: 'numeric' });
  const shown: string[] = [];
  for (let at = FROM; at < UNTIL; at += WEEK) shown.push(clock.format(at));
  return shown.join();
}
