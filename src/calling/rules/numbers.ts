/**
 * Chooses the caller number among a workspace's numbers, and says why. A preference never prevents a call; only the
 * daily limits do, when every number has reached its own.
 */

import { countriesOf, withinCountry } from '../../lib/places.ts';
import type { CallPolicy } from '../call.ts';

export interface OwnNumber {
  id: string;
  /** E.164. */
  number: string;
  /** Calls per day; null: the workspace's limit. */
  dailyCap?: number | null;
}

/** A number that the call, the campaign or the agent prefers. */
export interface PinnedNumber {
  id: string;
  /** A noun phrase: "the number pinned for this call". */
  because: string;
}

export interface NumberRequest {
  /** All numbers of the workspace. */
  numbers: readonly OwnNumber[];
  mode: CallPolicy['phoneAssignmentMode'];
  /** The called number, E.164. */
  to: string;
  /** The contact's ISO country code; default: the possible countries of the called number. */
  country?: string | null | undefined;
  /** Strongest preference first. */
  pins: readonly PinnedNumber[];
  /** Calls today by number id. */
  usedToday: ReadonlyMap<string, number>;
  /** Calls per day for numbers without `dailyCap`; null: unlimited. */
  cap?: number | null;
}

export type NumberChoice =
  | {
      capped: false;
      number: OwnNumber | null;
      /** A sentence: why this number. */
      why: string;
      /** Sentences: which preferences could not be met. */
      fallback?: string;
    }
  /** Every number has reached its daily limit. */
  | { capped: true; why: string };

export function chooseNumber(request: NumberRequest): NumberChoice {
  const { numbers, pins } = request;
  if (numbers.length === 0) return { capped: false, number: null, why: NO_NUMBER };
  const free = numbers.filter((one) => !isCapped(one, request));
  if (free.length === 0) return { capped: true, why: allCapped(numbers.length) };

  const fallbacks: string[] = [];
  const chosen = (number: OwnNumber, why: string): NumberChoice => ({
    capped: false,
    number,
    why,
    ...(fallbacks.length > 0 && { fallback: fallbacks.join(' ') }),
  });
  for (const { id, because } of pins) {
    const pinned = numbers.find((one) => one.id === id);
    if (pinned && free.includes(pinned)) return chosen(pinned, `${pinned.number} is ${because}.`);
    fallbacks.push(
      pinned
        ? `${capitalized(because)}, ${pinned.number}, has reached its daily limit.`
        : `${capitalized(because)} no longer belongs to the workspace.`,
    );
  }

  const { candidates, fallback } = byMode(free, request);
  if (fallback) fallbacks.push(fallback);
  const best = nearest(candidates, request);
  return chosen(best.one, reason(best, candidates.length, fallback === undefined, request));
}

const NO_NUMBER = 'The workspace has no phone number, so none is shown.';
const RAISE_LIMIT = 'raise the limit of the number or of the workspace';

const allCapped = (count: number): string =>
  count === 1
    ? `The only number of the workspace has reached its daily limit; ${RAISE_LIMIT}.`
    : `All ${count} numbers of the workspace have reached their daily limit; ${RAISE_LIMIT}.`;

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function isCapped(one: OwnNumber, { cap, usedToday }: NumberRequest): boolean {
  const limit = one.dailyCap ?? cap ?? undefined;
  return limit !== undefined && usesOf(one, usedToday) >= limit;
}

const usesOf = ({ id }: OwnNumber, usedToday: NumberRequest['usedToday']): number => usedToday.get(id) ?? 0;

const unknownCountry = (mode: string): string => `The contact’s country is unknown, so the mode ${mode} has no effect.`;

/** The numbers that fit the mode; where none does, all numbers and a sentence that says so. */
function byMode(
  free: readonly OwnNumber[],
  { mode, country, to, numbers }: NumberRequest,
): { candidates: readonly OwnNumber[]; fallback?: string } {
  if (mode === 'all') return { candidates: free };
  const homes = country ? [country] : countriesOf(to);
  if (homes.length === 0) return { candidates: free, fallback: unknownCountry(mode) };
  const fits = ({ number }: OwnNumber) => countriesOf(number).some((one) => homes.includes(one)) === (mode === 'local');
  const candidates = free.filter(fits);
  if (candidates.length > 0) return { candidates };
  const where = `${PLACES[mode]} (${homes.join(' or ')})`;
  return {
    candidates: free,
    fallback: numbers.some(fits)
      ? `Every number ${where} has reached its daily limit.`
      : `The workspace has no number ${where}.`,
  };
}

interface Ranked {
  one: OwnNumber;
  shared: number;
  uses: number;
}

/** Contacts answer numbers that look like their own. Among equals the least used wins, which spreads the use. */
function nearest(candidates: readonly OwnNumber[], { to, usedToday }: NumberRequest): Ranked {
  const called = withinCountry(to);
  return candidates
    .map((one) => ({ one, shared: sharedDigits(one.number, called), uses: usesOf(one, usedToday) }))
    .reduce((best, other) => (isBetter(other, best) ? other : best));
}

function isBetter(a: Ranked, b: Ranked): boolean {
  if (a.shared !== b.shared) return a.shared > b.shared;
  if (a.uses !== b.uses) return a.uses < b.uses;
  return a.one.id < b.one.id;
}

/** How many digits after the country code are the same. No country code is the beginning of another. */
function sharedDigits(number: string, called: ReturnType<typeof withinCountry>): number {
  if (!called || !number.startsWith(`+${called.code}`)) return 0;
  const national = number.slice(1 + called.code.length);
  let shared = 0;
  while (shared < national.length && national[shared] === called.national[shared]) shared += 1;
  return shared;
}

function reason({ one, shared, uses }: Ranked, candidates: number, isMet: boolean, { mode }: NumberRequest): string {
  const place = mode === 'all' || !isMet ? 'of the workspace' : PLACES[mode];
  if (candidates === 1) return `${one.number} is the only number ${place} below its daily limit.`;
  if (shared === 0) return `${one.number} is the least used number ${place}: it ${usage(uses)}.`;
  const digits = shared === 1 ? 'the first digit' : `the first ${shared} digits`;
  const likeness = `it shares ${digits} after the country code with the called number`;
  return `${one.number} is the nearest number ${place}: ${likeness}, and it ${usage(uses)}.`;
}

const PLACES = { local: 'in the contact’s country', foreign: 'outside the contact’s country' } as const;

function usage(uses: number): string {
  if (uses === 0) return 'has not been used today';
  return uses === 1 ? 'has been used once today' : `has been used ${uses} times today`;
}
