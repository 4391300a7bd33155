/**
 * When a contact may be called. Every moment that goes in or comes out is in epoch milliseconds; what a zone's clock
 * shows at it decides. A zone's time line is cut where its offset changes: between two cuts a clock is plain
 * arithmetic, and what a change of clocks skips or shows twice comes out by itself.
 */
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS } from '../../agents/agent.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far ahead an opening is looked for. More than a year, so that an hour on one day of the year is found. */
const HORIZON = 400 * DAY;
/** How much of a zone's time line is learnt at once. */
const SPAN = 400 * DAY;
const MAX_ZONES = 1000;
const MAX_SPANS = 50;

/** The hours of a week, by the clock on the wall. */
export interface Hours {
  /** The days on which a window may begin; 0 is Monday. */
  days: readonly number[];
  /** `HH` or `HH:MM`. The window is open from here, */
  start: string;
  /**
   * until just before here: `HH`, `HH:MM`, or `24` or `24:00`. Before the start it is a time of the next day; equal to
   * it, the window is the whole calendar day.
   */
  end: string;
  /**
   * Calendar dates `YYYY-MM-DD` that are closed altogether. No window begins on one, and one that began the evening
   * before ends at its midnight.
   */
  holidays: readonly string[];
}

/** A stretch of time, until just before `until`, in which a zone's clock is so many milliseconds ahead of UTC. */
interface Stretch {
  until: number;
  offset: number;
}

/** What is known of each zone's offsets; nobody looks inside. It forgets all before it grows without end. */
export interface Zones {
  readonly learnt: Map<string, Map<number, readonly Stretch[]>>;
}

export function createZones(): Zones {
  return { learnt: new Map() };
}

/**
 * Whether the hours are open at a moment (epoch milliseconds) by the clock of every one of the zones. By no clock at
 * all nothing is ever open: whoever knows of no zone does not know that it is not night.
 */
export function isOpen(zones: Zones, hours: Hours, names: readonly string[], at: number): boolean {
  const window = windowOf(hours);
  return names.length > 0 && names.every((name) => isOpenAt(window, at + stretchAt(zones, name, at).offset));
}

/**
 * The first moment at or after `from` (both epoch milliseconds) at which the hours are open in all the zones; undefined
 * where there is none in the next 400 days.
 */
export function nextOpen(zones: Zones, hours: Hours, names: readonly string[], from: number): number | undefined {
  if (names.length === 0) return undefined;
  const window = windowOf(hours);
  const limit = from + HORIZON;
  let at = from;
  // Each zone in turn puts the moment off until it suits it, until all of them agree to the same one.
  for (let turn = 0, agreed = 0; agreed < names.length; turn = (turn + 1) % names.length) {
    const next = nextInZone(zones, window, names[turn]!, at, limit);
    if (next === undefined) return undefined;
    agreed = next === at ? agreed + 1 : 1;
    at = next;
  }
  return at;
}

/**
 * The first moment (epoch milliseconds) at which the clocks of all the zones have reached a local time
 * `YYYY-MM-DDTHH:MM`. A time that the spring change skips is reached with the change; one that autumn shows twice, the
 * first time. Where no zone is named it is never: infinity.
 */
export function momentOf(zones: Zones, local: string, names: readonly string[]): number {
  const wall = Temporal.PlainDateTime.from(local).toZonedDateTime('UTC').epochMilliseconds;
  const moments = names.map((name) => firstReached(zones, wall, name));
  return names.length > 0 ? Math.max(...moments) : Number.POSITIVE_INFINITY;
}

/** What a zone's clock shows at a moment (epoch milliseconds): `YYYY-MM-DDTHH:MM`. */
export function clockOf(zones: Zones, name: string, at: number): string {
  return new Date(at + stretchAt(zones, name, at).offset).toISOString().slice(0, 16);
}

/**
 * Whether an agent's business hours are open at a moment (epoch milliseconds). They are windows like those of calls,
 * any number on a day: closing before opening runs past midnight, closing when it opens is the whole day. A day that is
 * not listed is closed, and an empty schedule always.
 */
export function isOpenForBusiness(
  zones: Zones,
  hours: { timezone: string; schedule: readonly { day: string; open: string; close: string }[] },
  at: number,
): boolean {
  const wall = at + stretchAt(zones, hours.timezone, at).offset;
  return hours.schedule.some(({ day, open, close }) => {
    const days = [(WEEKDAYS as readonly string[]).indexOf(day)];
    return isOpenAt(windowOf({ days, start: open, end: close, holidays: [] }), wall);
  });
}

/**
 * Hours with their times counted in milliseconds from the midnight of the day on which a window begins; the end of one
 * that crosses midnight is greater than a day. Times that are none make a window that never opens.
 */
interface Window {
  days: readonly number[];
  start: number;
  end: number;
  holidays: readonly string[];
}

function windowOf({ days, start, end, holidays }: Hours): Window {
  const from = timeOf(start);
  const until = timeOf(end);
  if (from === until) return { days, start: 0, end: DAY, holidays };
  return { days, start: from, end: until < from ? until + DAY : until, holidays };
}

function timeOf(text: string): number {
  const [, hours, minutes = '0'] = /^(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * MINUTE;
}

// Local days are counted from 1 January 1970, which was a Thursday.
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;
const isHoliday = ({ holidays }: Window, day: number): boolean =>
  holidays.length > 0 && holidays.includes(new Date(day * DAY).toISOString().slice(0, 10));
const beginsOn = (window: Window, day: number): boolean =>
  window.days.includes(weekdayOf(day)) && !isHoliday(window, day);

const isOpenAt = (window: Window, wall: number): boolean => nextOnClock(window, wall, wall + 1) === wall;

/**
 * The first open time at or after `from` and before `until`, on a clock that runs from the one to the other without a
 * change. Such times are written as the milliseconds at which a clock in UTC would show them.
 */
function nextOnClock(window: Window, from: number, until: number): number | undefined {
  for (let day = Math.floor(from / DAY); day * DAY < until; day++) {
    const midnight = day * DAY;
    // What is left of yesterday's window comes before today's begins: none is longer than a day.
    if (window.end > DAY && from < midnight + window.end - DAY && beginsOn(window, day - 1) && !isHoliday(window, day))
      return Math.max(from, midnight);
    const open = Math.max(from, midnight + window.start);
    if (open < Math.min(until, midnight + window.end) && beginsOn(window, day)) return open;
  }
  return undefined;
}

/** The first moment at or after `from` and before `limit` at which the window is open in one zone. */
function nextInZone(zones: Zones, window: Window, name: string, from: number, limit: number): number | undefined {
  for (let at = from; at < limit; ) {
    const { until, offset } = stretchAt(zones, name, at);
    const wall = nextOnClock(window, at + offset, Math.min(until, limit) + offset);
    if (wall !== undefined) return wall - offset;
    at = until;
  }
  return undefined;
}

/** The first moment at which a zone's clock shows a time or a later one. */
function firstReached(zones: Zones, wall: number, name: string): number {
  // No clock is a whole day from UTC, so two days before it none has reached it.
  for (let at = wall - 2 * DAY; ; ) {
    const { until, offset } = stretchAt(zones, name, at);
    const moment = Math.max(at, wall - offset);
    if (moment < until) return moment;
    at = until;
  }
}

function stretchAt(zones: Zones, name: string, at: number): Stretch {
  const span = Math.floor(at / SPAN);
  const stretches = zones.learnt.get(name)?.get(span) ?? learn(zones, name, span);
  for (const stretch of stretches) if (at < stretch.until) return stretch;
  throw new RangeError(`${at} is no moment`);
}

function learn({ learnt }: Zones, name: string, span: number): readonly Stretch[] {
  const stretches = stretchesOf(name, span * SPAN, (span + 1) * SPAN);
  if (learnt.size >= MAX_ZONES) learnt.clear();
  const known = learnt.get(name) ?? new Map<number, readonly Stretch[]>();
  if (known.size >= MAX_SPANS) known.clear();
  learnt.set(name, known.set(span, stretches));
  return stretches;
}

/** Cut also where a span ends, which changes nothing: the clock goes on with the same offset. */
function stretchesOf(name: string, from: number, end: number): Stretch[] {
  const stretches: Stretch[] = [];
  let clock: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(name);
  while (clock && clock.epochMilliseconds < end) {
    const next: Temporal.ZonedDateTime | null = clock.getTimeZoneTransition('next');
    stretches.push({
      until: Math.min(next?.epochMilliseconds ?? end, end),
      offset: clock.offsetNanoseconds / 1e6,
    });
    clock = next;
  }
  return stretches;
}
