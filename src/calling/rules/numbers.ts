/**
 * Which of a workspace's numbers is shown to whoever is called, and why that one. A choice never keeps a call from being
 * made, unless every number has been used as often today as it may be.
 */

import { countriesOf, withinCountry } from '../../lib/places.ts';
import type { CallPolicy } from '../call.ts';

export interface OwnNumber {
  id: string;
  /** E.164. */
  number: string;
  /** How often it may be used in a day; null where the workspace's cap holds. */
  dailyCap?: number | null;
}

/** A number that was asked for by name. */
export interface Pin {
  id: string;
  /** What makes it the one, to follow "is": "the number pinned for this call". */
  because: string;
}

export interface NumberQuestion {
  /** Every number of the workspace, in whatever order. */
  numbers: readonly OwnNumber[];
  mode: CallPolicy['phoneAssignmentMode'];
  /** The number that is called. */
  to: string;
  /** The contact's; where it is not known, those that its number may be of. */
  country?: string | null | undefined;
  /** The most binding first. */
  pins: readonly Pin[];
  /** By the number's id. */
  usedToday: ReadonlyMap<string, number>;
  /** How often any number may be used in a day that has no cap of its own; null for no cap. */
  cap?: number | null;
}

export type NumberChoice =
  | {
      capped: false;
      number: OwnNumber | null;
      /** A sentence. */
      why: string;
      /** What it should have been and could not be, in sentences. */
      fallback?: string;
    }
  /** Not today. */
  | { capped: true; why: string };

export function chooseNumber(question: NumberQuestion): NumberChoice {
  const { numbers, pins } = question;
  if (numbers.length === 0) return { capped: false, number: null, why: 'The workspace has no number to show.' };
  const free = numbers.filter((one) => !isCapped(one, question));
  if (free.length === 0)
    return { capped: true, why: `${subject(numbers.length)} been used as often today as allowed.` };

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
        ? `It is not ${because}, ${pinned.number}, because that has been used as often today as allowed.`
        : `It is not ${because}, because that is not among the workspace’s numbers any more.`,
    );
  }

  const { candidates, fallback } = byMode(free, question);
  if (fallback) fallbacks.push(fallback);
  const best = nearest(candidates, question);
  return chosen(best.one, reason(best, candidates.length, fallback === undefined, question));
}

const subject = (count: number): string =>
  count === 1 ? 'The only number of the workspace has' : `All ${count} numbers of the workspace have`;

function isCapped(one: OwnNumber, { cap, usedToday }: NumberQuestion): boolean {
  const most = one.dailyCap ?? cap ?? undefined;
  return most !== undefined && used(one, usedToday) >= most;
}

const used = ({ id }: OwnNumber, usedToday: NumberQuestion['usedToday']): number => usedToday.get(id) ?? 0;

/** Those of the numbers that the mode is for; where there are none, all, with a sentence of why. */
function byMode(
  free: readonly OwnNumber[],
  { mode, country, to, numbers }: NumberQuestion,
): { candidates: readonly OwnNumber[]; fallback?: string } {
  if (mode === 'all') return { candidates: free };
  const homes = country ? [country] : countriesOf(to);
  if (homes.length === 0)
    return { candidates: free, fallback: `No number could be told to be ${mode}: the contact’s country is not known.` };
  const fits = ({ number }: OwnNumber) => countriesOf(number).some((one) => homes.includes(one)) === (mode === 'local');
  const candidates = free.filter(fits);
  if (candidates.length > 0) return { candidates };
  const where = `${mode === 'local' ? 'in' : 'outside'} the contact’s country (${homes.join(' or ')})`;
  return {
    candidates: free,
    fallback: numbers.some(fits)
      ? `Every number ${where} has been used as often today as allowed.`
      : `The workspace has no number ${where}.`,
  };
}

interface Ranked {
  one: OwnNumber;
  shared: number;
  uses: number;
}

/** People answer numbers that look like their own. Among equals the one that was used least, so that none wears out. */
function nearest(candidates: readonly OwnNumber[], { to, usedToday }: NumberQuestion): Ranked {
  const called = withinCountry(to);
  return candidates
    .map((one) => ({ one, shared: sharedDigits(one.number, called), uses: used(one, usedToday) }))
    .reduce((best, other) => (isBetter(other, best) ? other : best));
}

function isBetter(a: Ranked, b: Ranked): boolean {
  if (a.shared !== b.shared) return a.shared > b.shared;
  if (a.uses !== b.uses) return a.uses < b.uses;
  return a.one.id < b.one.id;
}

/** How many digits after the country code the two begin with alike; no country code is the beginning of another. */
function sharedDigits(number: string, called: ReturnType<typeof withinCountry>): number {
  if (!called || !number.startsWith(`+${called.code}`)) return 0;
  const national = number.slice(1 + called.code.length);
  let shared = 0;
  while (shared < national.length && national[shared] === called.national[shared]) shared += 1;
  return shared;
}

function reason({ one, shared, uses }: Ranked, candidates: number, obeyed: boolean, question: NumberQuestion): string {
  const { mode } = question;
  const group = mode === 'all' || !obeyed ? 'the workspace' : `those ${PLACE[mode]}`;
  if (candidates === 1) return `${one.number} is the only number of ${group} that may be used today.`;
  const times = uses === 0 ? 'not used today' : `used ${uses === 1 ? 'once' : `${uses} times`} today`;
  if (shared > 0) {
    const digits = shared === 1 ? 'its first digit' : `its first ${shared} digits`;
    return `${one.number} is the nearest of ${group}: it shares ${digits} with the number called; ${times}.`;
  }
  return `${one.number} is the least used number of ${group}: ${times}.`;
}

const PLACE = { local: 'in the contact’s country', foreign: 'outside the contact’s country' } as const;
