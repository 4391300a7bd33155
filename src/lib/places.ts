/**
 * The possible countries and time zones of a contact. A number seldom determines its zone: a mobile of the United States
 * may be in any of them. All possible zones are answered then, and a call must be allowed in all of them.
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
  /** ISO codes; several where the number is ambiguous, none where it belongs to no country. */
  countries: string[];
  /** IANA names of all zones of these countries. */
  zones: string[];
}

/** What is known about where a contact is. */
export interface PlaceFact {
  timezone?: string | null;
  country?: string | null;
  phone?: string | null;
}

/** The possible places of a number in E.164; none for any other text. */
export function placeOf(phone: string): Place {
  const countries = countriesOf(phone);
  return { countries, zones: zonesOfCountries(countries) };
}

/** Possible countries or zones, and the source of the answer: the field itself, the country, or the number. */
export interface KnownPlace {
  value: string[];
  from: 'given' | 'country' | 'number' | null;
}

/** The contact's time zone; else the zones of its country; else the zones of its number. */
export function knownZones({ timezone, country, phone }: PlaceFact): KnownPlace {
  if (timezone && isTimeZone(timezone)) return { value: [timezone], from: 'given' };
  const region = regionOf(country);
  const zones = region === undefined ? [] : zonesOfCountry(region);
  if (zones.length > 0) return { value: zones, from: 'country' };
  return byNumber(phone ? placeOf(phone).zones : []);
}
export const zonesOf = (placeFact: PlaceFact): string[] => knownZones(placeFact).value;

/** The contact's country; else the possible countries of its number. */
export function knownCountries({ country, phone }: PlaceFact): KnownPlace {
  const region = regionOf(country);
  return region === undefined ? byNumber(phone ? countriesOf(phone) : []) : { value: [region], from: 'given' };
}

const byNumber = (value: string[]): KnownPlace => ({ value, from: value.length > 0 ? 'number' : null });

/** The contact's country; else the country of its number, if there is only one. */
export function countryOf(placeFact: PlaceFact): string | undefined {
  const { value } = knownCountries(placeFact);
  return value.length === 1 ? value[0] : undefined;
}

/** The ISO codes of all possible countries of a number. */
export function countriesOf(phone: string): string[] {
  const parsed = parsePhoneNumberFromString(phone);
  if (!parsed || parsed.isNonGeographic()) return [];
  if (parsed.country) return [parsed.country];
  const possible = parsed.getPossibleCountries();
  // A number of the wrong length is possible nowhere, but its country code still tells where it belongs.
  const all = possible.length > 0 ? possible : sharing(parsed.countryCallingCode);
  const plan = new Metadata();
  return all.filter((country) => leadsTo(plan, country, parsed.nationalNumber)).sort();
}

const sharing = (code: string): CountryCode[] => getCountries().filter((one) => getCountryCallingCode(one) === code);

/** Small countries that share a country code have leading digits of their own; other numbers are not there. */
function leadsTo(plan: Metadata, country: CountryCode, national: string): boolean {
  plan.selectNumberingPlan(country);
  const leading = plan.numberingPlan?.leadingDigits();
  return !leading || new RegExp(`^(?:${leading})`).test(national);
}

/** The country code and the digits after it; undefined without a known country code. */
export function withinCountry(phone: string): { code: string; national: string } | undefined {
  const code = parsePhoneNumberFromString(phone)?.countryCallingCode;
  return code === undefined ? undefined : { code, national: phone.slice(1 + code.length) };
}

/** The current ISO code of a country: `uk` becomes `GB`. Undefined for any other text. */
export function regionOf(country: string | null | undefined): string | undefined {
  if (!country || !/^[A-Za-z]{2}$/.test(country)) return undefined;
  const region = new Intl.Locale(`und-${country}`).region;
  if (region === undefined) return undefined;
  const isKnown = Object.hasOwn(UNLISTED, region) || isSupportedCountry(region);
  return isKnown || listed(region).length > 0 ? region : undefined;
}

/** Finds countries by code, as `regionOf` does, and by English name. */
export function regionNamer(): (text: string) => string | undefined {
  let byName: Map<string, string> | undefined;
  return (text) => {
    const name = text.trim().toLowerCase();
    const region = regionOf(name);
    if (region !== undefined || name.length < 3) return region;
    byName ??= regionsByName();
    return byName.get(name);
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

/** Countries that have numbers of their own but no zones in `Intl.Locale`. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  AC: ['Atlantic/St_Helena'],
  TA: ['Atlantic/St_Helena'],
  XK: ['Europe/Belgrade'],
};

/** Zones are a method in newer JavaScript engines and a property in older ones. */
interface LocaleWithZones {
  getTimeZones?: () => string[] | undefined;
  timeZones?: string[] | undefined;
}

function listed(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as LocaleWithZones;
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

/**
 * Like `zonesOf`, but with one zone for all zones of a country whose clocks agree: eight for the United States instead of
 * twenty-nine. Comparing the clocks takes milliseconds, so the results are cached.
 */
export function createPlaces() {
  const cache = new Map<string, string[]>();

  function distinct(zones: readonly string[]): string[] {
    if (zones.length < 2) return [...zones];
    const key = zones.join();
    const cached = cache.get(key);
    if (cached) return cached;
    const byClock = new Map<string, string>();
    for (const zone of zones) {
      const clock = clockOf(zone);
      if (!byClock.has(clock)) byClock.set(clock, zone);
    }
    const distinctZones = [...byClock.values()];
    if (cache.size < CACHE_SIZE) cache.set(key, distinctZones);
    return distinctZones;
  }

  return { zonesOf: (contact: PlaceFact): readonly string[] => distinct(zonesOf(contact)) };
}
export type Places = ReturnType<typeof createPlaces>;

const CACHE_SIZE = 1000;
const WEEK = 7 * 86_400_000;
const FROM = Date.UTC(2026, 0, 1);
/** JavaScript engines repeat the last known rules after this. */
const UNTIL = Date.UTC(2038, 0, 1);

/** The clock of a zone week after week. No two zones of a country differ for less than a week. */
function clockOf(timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en', { timeZone, day: 'numeric', hour: 'numeric', minute: 'numeric' });
  const shown: string[] = [];
  for (let at = FROM; at < UNTIL; at += WEEK) shown.push(clock.format(at));
  return shown.join();
}
