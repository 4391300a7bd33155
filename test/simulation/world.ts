/**
 * The world of a simulated week: people and their time zones, the outcome of each dial, and the calling rules. The
 * rules are checked here independently of the dialer, with Intl instead of Temporal.
 */
import type { DialOutcome } from '../../src/providers/carrier/script.ts';

/** Time zones of both hemispheres, with and without daylight saving, with unusual offsets and changes. */
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

export interface CampaignRules {
  name: string;
  /** Percentage of all people. */
  share: number;
  allowedDays: number[];
  start: string;
  end: string;
  retrySchedule: number[];
}

/** A campaign in office hours, one across midnight, and one in the hours in which clocks change. */
export const CAMPAIGNS: readonly CampaignRules[] = [
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

/** A number from 0 to 1, the same for the same text in every process. */
function chance(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export function outcomeFor({ to, attemptId }: { to: string; attemptId: string }): DialOutcome {
  const random = chance(`${to} ${attemptId}`);
  if (random < 0.35) return { answers: 'human', afterSeconds: 2 + Math.floor(random * 60), talksSeconds: 15 };
  if (random < 0.6) return { answers: 'no_answer' };
  if (random < 0.78) return { answers: 'busy' };
  if (random < 0.88) return { answers: 'machine', afterSeconds: 8 };
  if (random < 0.93) return { answers: 'failure', detail: 'no route' };
  if (random < 0.96) return { answers: 'rejection', detail: 'not now' };
  if (random < 0.98) return { answers: 'silence' };
  return { answers: 'silence', rings: { answers: 'human', afterSeconds: 5, talksSeconds: 10 } };
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const MINUTES = { hour: 60, minute: 1 } as const;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Whether the rules allow a call at a moment, by the wall clock of the zone. */
export function mayBeCalled({ allowedDays, start, end }: CampaignRules, timezone: string, at: string): boolean {
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
