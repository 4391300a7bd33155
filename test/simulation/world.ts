/**
 * The world of a simulated week: who lives where, what becomes of their telephones, and under which rules they may be
 * called. The rules are judged here again, slowly and by other means than the dialer's own.
 */
import type { Play } from '../../src/providers/carrier/script.ts';

/** Twenty-four zones of both hemispheres, with and without summer time, with odd offsets and odd changes. */
export const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'America/Anchorage',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Mexico_City',
  'Europe/London',
  'Europe/Berlin',
  'Europe/Athens',
  'Africa/Johannesburg',
  'Africa/Cairo',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Asia/Jerusalem',
  'Australia/Sydney',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
] as const;

export interface Rules {
  name: string;
  /** Of all people, this many in a hundred. */
  share: number;
  allowedDays: number[];
  start: string;
  end: string;
  retrySchedule: number[];
}

/** An ordinary campaign, one that calls across midnight, and one whose hours are those that the clocks change in. */
export const CAMPAIGNS: readonly Rules[] = [
  { name: 'Office', share: 60, allowedDays: [0, 1, 2, 3, 4], start: '09:00', end: '17:00', retrySchedule: [60, 240] },
  { name: 'Night', share: 20, allowedDays: [0, 1, 2, 3, 4, 5, 6], start: '21:30', end: '04:15', retrySchedule: [30] },
  { name: 'Change', share: 20, allowedDays: [5, 6], start: '00:30', end: '03:30', retrySchedule: [15, 15, 1440] },
];

export interface Person {
  phone: string;
  timezone: string;
  campaign: number;
}

export function people(count: number): Person[] {
  return Array.from({ length: count }, (_, i) => {
    const campaign = i % 10 < 6 ? 0 : i % 10 < 8 ? 1 : 2;
    return { phone: `+4420${String(10_000_000 + i)}`, timezone: ZONES[Math.floor(i / 10) % ZONES.length]!, campaign };
  });
}

/** The same for the same number and turn, whichever process asks. */
function chance(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export function playFor({ to, attemptId }: { to: string; attemptId: string }): Play {
  const dice = chance(`${to} ${attemptId}`);
  if (dice < 0.35) return { answers: 'human', afterSeconds: 2 + Math.floor(dice * 60), talksSeconds: 15 };
  if (dice < 0.6) return { answers: 'nobody' };
  if (dice < 0.78) return { answers: 'busy' };
  if (dice < 0.88) return { answers: 'machine', afterSeconds: 8 };
  if (dice < 0.93) return { answers: 'failure', detail: 'no route' };
  if (dice < 0.96) return { answers: 'refusal', detail: 'not now' };
  if (dice < 0.98) return { answers: 'silence' };
  return { answers: 'silence', rings: { answers: 'human', afterSeconds: 5, talksSeconds: 10 } };
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const MINUTES = { hour: 60, minute: 1 } as const;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Whether the wall clock of a zone shows a time at which these rules allow a call: looked at, not calculated. */
export function mayBeCalled({ allowedDays, start, end }: Rules, timezone: string, at: string): boolean {
  let clock = clocks.get(timezone);
  if (!clock) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    clock = new Intl.DateTimeFormat('en', { ...parts, timeZone: timezone });
    clocks.set(timezone, clock);
  }
  const shown = Object.fromEntries(clock.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const minute = Number(shown['hour']) * MINUTES.hour + Number(shown['minute']) * MINUTES.minute;
  const today = WEEKDAYS.indexOf(shown['weekday']!);
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const [from, to] = [minuteOf(start), minuteOf(end)];
  if (from < to) return allowedDays.includes(today) && minute >= from && minute < to;
  const yesterday = (today + 6) % 7;
  return (allowedDays.includes(today) && minute >= from) || (allowedDays.includes(yesterday) && minute < to);
}
