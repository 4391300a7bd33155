/**
 * When a contact may be called, by the clocks of its time zones. All moments are epoch milliseconds. A zone's time line
 * is cut into stretches of constant offset, because within one a clock is plain arithmetic. Times that a clock change
 * skips or repeats then need no special case.
 */
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS } from '../../agents/agent.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far ahead an open time is searched. More than a year, so that a window on one day of the year is found. */
const HORIZON = 400 * DAY;
/** How much of a zone's time line is loaded at once. */
const SPAN = 400 * DAY;
const MAX_ZONES = 1000;
const MAX_SPANS = 50;

/** The hours of a week in local time. */
export interface Hours {
  /** The days on which a window may start; 0 is Monday. */
  days: readonly number[];
  /** `HH` or `HH:MM`, inclusive. */
  start: string;
  /**
   * `HH`, `HH:MM`, `24` or `24:00`, exclusive. An end before the start is a time of the next day. An end equal to the
   * start makes the window the whole calendar day.
   */
  end: string;
  /**
   * Closed dates, `YYYY-MM-DD`. No window starts on one, and a window of the evening before ends at its midnight.
   */
  holidays: readonly string[];
}

/** A stretch of time with one offset from UTC in milliseconds; `until` is exclusive. */
interface Stretch {
  until: number;
  offset: number;
}

/** A cache of each zone's offsets, by zone and span. It is cleared when it has grown too large. */
export interface Zones {
  readonly loaded: Map<string, Map<number, readonly Stretch[]>>;
}

export function createZones(): Zones {
  return { loaded: new Map() };
}

/**
 * Whether the hours are open in all of the zones at a moment (epoch milliseconds). Without a zone they never are: it
 * might be night.
 */
export function isOpen(zones: Zones, hours: Hours, names: readonly string[], at: number): boolean {
  const window = windowOf(hours);
  return names.length > 0 && names.every((name) => isOpenAt(window, at + stretchAt(zones, name, at).offset));
}

/**
 * The first moment at or after `from` (both epoch milliseconds) when the hours are open in all the zones. Undefined
 * where the next 400 days have none.
 */
export function nextOpen(zones: Zones, hours: Hours, names: readonly string[], from: number): number | undefined {
  if (names.length === 0) return undefined;
  const window = windowOf(hours);
  const limit = from + HORIZON;
  let at = from;
  // Each zone in turn moves the moment to its next open time, until no zone moves it any more.
  for (let turn = 0, agreed = 0; agreed < names.length; turn = (turn + 1) % names.length) {
    const next = nextInZone(zones, window, names[turn]!, at, limit);
    if (next === undefined) return undefined;
    agreed = next === at ? agreed + 1 : 1;
    at = next;
  }
  return at;
}

/**
 * The first moment (epoch milliseconds) when the clocks of all the zones have reached a local time `YYYY-MM-DDTHH:MM`. A
 * time that a clock change skips is reached at the change; a repeated time is reached the first time. Infinity without
 * a zone.
 */
export function momentOf(zones: Zones, local: string, names: readonly string[]): number {
  const wall = Temporal.PlainDateTime.from(local).toZonedDateTime('UTC').epochMilliseconds;
  const moments = names.map((name) => firstReached(zones, wall, name));
  return names.length > 0 ? Math.max(...moments) : Number.POSITIVE_INFINITY;
}

/** The local time in a zone at a moment (epoch milliseconds), `YYYY-MM-DDTHH:MM`. */
export function clockOf(zones: Zones, name: string, at: number): string {
  return new Date(at + stretchAt(zones, name, at).offset).toISOString().slice(0, 16);
}

/**
 * Whether an agent's business hours are open at a moment (epoch milliseconds). Each entry is a window like those of
 * calls, and a day may have several. Days without an entry are closed.
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
 * Hours in milliseconds from the midnight of the day on which the window starts. The end of a window that crosses
 * midnight is greater than a day. Malformed times make a window that never opens.
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

// Days are counted from 1 January 1970, a Thursday.
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;
const isHoliday = ({ holidays }: Window, day: number): boolean =>
  holidays.length > 0 && holidays.includes(new Date(day * DAY).toISOString().slice(0, 10));
const startsOn = (window: Window, day: number): boolean =>
  window.days.includes(weekdayOf(day)) && !isHoliday(window, day);

const isOpenAt = (window: Window, wall: number): boolean => nextOnClock(window, wall, wall + 1) === wall;

/**
 * The first open local time from `from` until before `until`, on a clock without a change in between. Local times are
 * the milliseconds at which a clock in UTC shows them.
 */
function nextOnClock(window: Window, from: number, until: number): number | undefined {
  for (let day = Math.floor(from / DAY); day * DAY < until; day++) {
    const midnight = day * DAY;
    // The rest of yesterday's window comes before today's window, because no window is longer than a day.
    if (window.end > DAY && from < midnight + window.end - DAY && startsOn(window, day - 1) && !isHoliday(window, day))
      return Math.max(from, midnight);
    const open = Math.max(from, midnight + window.start);
    if (open < Math.min(until, midnight + window.end) && startsOn(window, day)) return open;
  }
  return undefined;
}

/** The first moment from `from` until before `limit` when the window is open in one zone. */
function nextInZone(zones: Zones, window: Window, name: string, from: number, limit: number): number | undefined {
  for (let at = from; at < limit; ) {
    const { until, offset } = stretchAt(zones, name, at);
    const wall = nextOnClock(window, at + offset, Math.min(until, limit) + offset);
    if (wall !== undefined) return wall - offset;
    at = until;
  }
  return undefined;
}

/** The first moment when a zone's clock shows this local time or a later one. */
function firstReached(zones: Zones, wall: number, name: string): number {
  // Offsets are smaller than a day, so two days earlier no clock has reached it.
  for (let at = wall - 2 * DAY; ; ) {
    const { until, offset } = stretchAt(zones, name, at);
    const moment = Math.max(at, wall - offset);
    if (moment < until) return moment;
    at = until;
  }
}

function stretchAt(zones: Zones, name: string, at: number): Stretch {
  const span = Math.floor(at / SPAN);
  const stretches = zones.loaded.get(name)?.get(span) ?? load(zones, name, span);
  for (const stretch of stretches) if (at < stretch.until) return stretch;
  throw new RangeError(`${at} is not a moment in epoch milliseconds`);
}

function load({ loaded }: Zones, name: string, span: number): readonly Stretch[] {
  const stretches = stretchesOf(name, span * SPAN, (span + 1) * SPAN);
  if (loaded.size >= MAX_ZONES) loaded.clear();
  const known = loaded.get(name) ?? new Map<number, readonly Stretch[]>();
  if (known.size >= MAX_SPANS) known.clear();
  loaded.set(name, known.set(span, stretches));
  return stretches;
}

/** The stretches between two moments. The last one ends with the span, whatever the clock does then. */
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
