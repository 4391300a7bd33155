/** Laws of the windows, compared with a slow, obvious reference: minute by minute, with the clocks of `Intl`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WEEKDAYS } from '../../agents/agent.ts';
import { clockOf, createZones, type Hours, isOpen, isOpenForBusiness, momentOf, nextOpen } from './hours.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 120);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

// North and south, offsets of half and quarter hours, changes at midnight or by other sizes, and no changes.
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'America/Phoenix',
  'America/St_Johns',
  'America/Havana',
  'America/Nuuk',
  'America/Santiago',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Marquesas',
  'Pacific/Pago_Pago',
];

const zones = createZones();

const clocks = new Map<string, Intl.DateTimeFormat>();
/** The local time by `Intl`, `YYYY-MM-DDTHH:MM`; the only input of the reference. */
function wallOf(name: string, at: number): string {
  let clock = clocks.get(name);
  if (!clock) {
    const [digits, hourCycle] = ['2-digit', 'h23'] as const;
    const time = { hour: digits, minute: digits, hourCycle } as const;
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: name, year: 'numeric', month: digits, day: digits, ...time });
    clocks.set(name, clock);
  }
  return clock.format(at).replace(' ', 'T');
}

const full = (time: string): string => (time.length === 2 ? `${time}:00` : time);
const weekday = (date: string): number => (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
const dayBefore = (date: string): string => new Date(Date.parse(`${date}T00:00Z`) - DAY).toISOString().slice(0, 10);

function openOnWall({ days, start, end, holidays }: Hours, wall: string): boolean {
  const [today = '', time = ''] = wall.split('T');
  const yesterday = dayBefore(today);
  const [opens, closes] = [full(start), full(end)];
  const allows = (date: string): boolean => days.includes(weekday(date)) && !holidays.includes(date);
  if (holidays.includes(today)) return false;
  if (opens === closes) return allows(today);
  if (opens < closes) return allows(today) && opens <= time && time < closes;
  return (allows(today) && opens <= time) || (allows(yesterday) && time < closes);
}
const openByReference = (hours: Hours, names: readonly string[], at: number): boolean =>
  names.every((name) => openOnWall(hours, wallOf(name, at)));

/** The moments when the clocks of a zone change, to the minute. */
function changesOf(name: string): number[] {
  const offset = (at: number): number => Date.parse(`${wallOf(name, at)}Z`) - at;
  const changes: number[] = [];
  for (let day = Date.UTC(2024, 0, 1); day < Date.UTC(2028, 0, 1); day += DAY) {
    if (offset(day) === offset(day + DAY)) continue;
    let at = day;
    while (offset(at) === offset(day)) at += MINUTE;
    changes.push(at);
  }
  return changes;
}
const CHANGES = ZONES.flatMap((name) => changesOf(name).map((at) => ({ name, at })));

const minutesOf = (hours: number) =>
  fc.integer({ min: 0, max: (hours * HOUR) / MINUTE }).map((count) => count * MINUTE);
const anyMoment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 11, 1) });
const aroundChange = fc
  .tuple(fc.constantFrom(...CHANGES), minutesOf(36), fc.integer({ min: -MINUTE, max: MINUTE }))
  .map(([{ name, at }, minutes, odd]) => ({ name, at: at - 30 * HOUR + minutes + odd }));
const namesOf = (least: number) =>
  fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: least, maxLength: least + 2 });
/** A moment and some zones, mostly near a clock change in one of them. */
const places = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(anyMoment, namesOf(1)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(aroundChange, namesOf(0))
      .map(([{ name, at }, others]): [number, string[]] => [at, [...new Set([name, ...others])]]),
  },
);

const two = (count: number): string => String(count).padStart(2, '0');
const times = fc.oneof(
  fc.integer({ min: 0, max: 23 }).map(two),
  fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0, 15, 30, 45)).map((time) => time.map(two).join(':')),
  fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map((time) => time.map(two).join(':')),
);
/** Hours with holidays around a moment. */
const hoursAround = (at: number): fc.Arbitrary<Hours> =>
  fc.record({
    days: fc.oneof(fc.constant(EVERY_DAY), fc.uniqueArray(fc.integer({ min: 0, max: 6 }))),
    start: times,
    end: fc.oneof({ weight: 4, arbitrary: times }, { weight: 1, arbitrary: fc.constantFrom('24', '24:00') }),
    holidays: fc
      .uniqueArray(fc.integer({ min: -2, max: 4 }), { maxLength: 3 })
      .map((days) => days.map((day) => new Date(at + day * DAY).toISOString().slice(0, 10))),
  });
const situations = places.chain(([at, names]) => fc.tuple(fc.constant(at), fc.constant(names), hoursAround(at)));

const HOLDS = { numRuns: RUNS };

test('law: the hours are open when every clock says so', () => {
  assert.ok(CHANGES.length > 100, 'the changes are found');
  fc.assert(
    fc.property(situations, ([at, names, hours]) => {
      for (let step = 0; step < 36; step++) {
        const moment = at + step * 53 * MINUTE;
        assert.equal(isOpen(zones, hours, names, moment), openByReference(hours, names, moment), wallOf('UTC', moment));
      }
    }),
    HOLDS,
  );
});

test('law: the next open moment is open, not earlier than asked, and nothing before it is open', () => {
  fc.assert(
    fc.property(situations, ([from, names, hours]) => {
      const next = nextOpen(zones, hours, names, from);
      const end = Math.min(next ?? Number.POSITIVE_INFINITY, from + 5 * DAY);
      if (next !== undefined) {
        assert.ok(next >= from && next < from + 400 * DAY);
        assert.ok(openByReference(hours, names, next), 'it is open');
      }
      // A clock changes with each minute, so only the first moment and the full minutes need a check.
      for (let at = from; at < end; at = Math.floor(at / MINUTE + 1) * MINUTE)
        assert.ok(!openByReference(hours, names, at), `open already at ${wallOf('UTC', at)}`);
    }),
    HOLDS,
  );
});

test('law: the answer is its own next open moment, and a later question has no earlier answer', () => {
  fc.assert(
    fc.property(situations, fc.integer({ min: 0, max: 9 * DAY }), ([from, names, hours], later) => {
      const next = nextOpen(zones, hours, names, from);
      const after = nextOpen(zones, hours, names, from + later);
      if (next !== undefined) assert.equal(nextOpen(zones, hours, names, next), next);
      if (next !== undefined && after !== undefined) assert.ok(next <= after);
      if (next === undefined && after !== undefined) assert.ok(after >= from + 400 * DAY);
      assert.equal(isOpen(zones, hours, names, from), next === from);
    }),
    HOLDS,
  );
});

test('law: open in several zones means open in each, in any order', () => {
  fc.assert(
    fc.property(situations, ([at, names, hours]) => {
      assert.equal(
        isOpen(zones, hours, names, at),
        names.every((name) => isOpen(zones, hours, [name], at)),
      );
      const next = nextOpen(zones, hours, names, at);
      assert.equal(nextOpen(zones, hours, names.toReversed(), at), next);
      for (const name of names) assert.ok(next === undefined || nextOpen(zones, hours, [name], at)! <= next);
    }),
    HOLDS,
  );
});

test('law: a local time is reached at the first moment when no clock is before it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHANGES), minutesOf(6), namesOf(0), (change, minutes, others) => {
      const local = wallOf(change.name, change.at - 3 * HOUR + minutes);
      const firsts = [change.name, ...others].map((name) => {
        let at = Date.parse(`${local}Z`) - 15 * HOUR;
        while (wallOf(name, at) < local) at += MINUTE;
        return at;
      });
      assert.equal(momentOf(zones, local, [change.name, ...others]), Math.max(...firsts));
    }),
    HOLDS,
  );
});

test('law: a clock agrees with Intl', () => {
  fc.assert(
    fc.property(places, ([at, names]) => {
      for (const name of names) assert.equal(clockOf(zones, name, at), wallOf(name, at));
    }),
    HOLDS,
  );
});

test('law: business hours are open when one of their windows is open', () => {
  const schedules = fc.array(fc.record({ day: fc.constantFrom(...WEEKDAYS), open: times, close: times }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(places, schedules, ([at, [timezone = 'UTC']], schedule) => {
      for (let step = 0; step < 24; step++) {
        const moment = at + step * 7 * HOUR;
        const open = schedule.some(({ day, open: start, close: end }) =>
          openOnWall({ days: [WEEKDAYS.indexOf(day)], start, end, holidays: [] }, wallOf(timezone, moment)),
        );
        assert.equal(isOpenForBusiness(zones, { timezone, schedule }, moment), open);
      }
    }),
    HOLDS,
  );
});
