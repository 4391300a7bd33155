/** Windows and time zones. Tests are named after the known mistakes of dialers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOf, createZones, type Hours, isOpen, isOpenForBusiness, momentOf, nextOpen } from './hours.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const zones = createZones();

const utc = (text: string): number => Date.parse(`${text}Z`);
const hoursOf = (start: string, end: string, more: Partial<Hours> = {}): Hours => ({
  days: EVERY_DAY,
  start,
  end,
  holidays: [],
  ...more,
});
/** The next open moment as ISO 8601. */
const opening = (hours: Hours, names: string[], from: string): string | undefined => {
  const next = nextOpen(zones, hours, names, utc(from));
  return next === undefined ? undefined : new Date(next).toISOString();
};

test('the end is exclusive, to the millisecond', () => {
  const day = hoursOf('09', '17');
  assert.equal(isOpen(zones, day, ['UTC'], utc('2026-06-01T16:59:59.999')), true);
  assert.equal(isOpen(zones, day, ['UTC'], utc('2026-06-01T17:00:00.000')), false);
  assert.equal(isOpen(zones, day, ['UTC'], utc('2026-06-01T08:59:59.999')), false);
  assert.equal(isOpen(zones, day, ['UTC'], utc('2026-06-01T09:00:00.000')), true);
  assert.equal(opening(day, ['UTC'], '2026-06-01T16:59:59.999'), '2026-06-01T16:59:59.999Z');
  assert.equal(opening(day, ['UTC'], '2026-06-01T17:00:00.000'), '2026-06-02T09:00:00.000Z');
});

test("3 a.m. calls from a wrong 'not after'", () => {
  // In the evening, after the end, the next open time is in the morning.
  const day = hoursOf('09:00', '20:00');
  assert.equal(opening(day, ['Europe/Berlin'], '2026-06-01T18:00'), '2026-06-02T07:00:00.000Z');
  assert.equal(opening(day, ['Europe/Berlin'], '2026-06-02T01:00'), '2026-06-02T07:00:00.000Z');
  for (let hour = 18; hour < 31; hour++)
    assert.equal(isOpen(zones, day, ['Europe/Berlin'], utc('2026-06-01T00:00') + hour * HOUR), false);
});

test('UTC-only windows', () => {
  const day = hoursOf('09:00', '17:00');
  assert.equal(opening(day, ['America/Los_Angeles'], '2026-06-01T09:00'), '2026-06-01T16:00:00.000Z');
  assert.equal(opening(day, ['Asia/Kathmandu'], '2026-06-01T00:00'), '2026-06-01T03:15:00.000Z');
  assert.equal(isOpen(zones, day, ['America/Los_Angeles'], utc('2026-06-01T10:00')), false);
  // The weekday is local too: it is Monday in Auckland while it is Sunday in Greenwich.
  const mondays = hoursOf('09:00', '17:00', { days: [0] });
  assert.equal(isOpen(zones, mondays, ['Pacific/Auckland'], utc('2026-05-31T22:00')), true);
});

test('overnight windows refused', () => {
  const fridayNight = hoursOf('22:00', '06:00', { days: [4] });
  assert.equal(opening(fridayNight, ['UTC'], '2026-06-01T12:00'), '2026-06-05T22:00:00.000Z');
  assert.equal(isOpen(zones, fridayNight, ['UTC'], utc('2026-06-06T05:59:59.999')), true);
  assert.equal(isOpen(zones, fridayNight, ['UTC'], utc('2026-06-06T06:00')), false);
  assert.equal(isOpen(zones, fridayNight, ['UTC'], utc('2026-06-05T03:00')), false, 'that would be Thursday night');
  const untilMidnight = hoursOf('22:00', '00:00', { days: [4] });
  assert.equal(isOpen(zones, untilMidnight, ['UTC'], utc('2026-06-05T23:59')), true);
  assert.equal(isOpen(zones, untilMidnight, ['UTC'], utc('2026-06-06T00:00')), false);
});

test('equal times, and from 00 to 24, are the whole calendar day', () => {
  for (const [start, end] of [
    ['09:00', '09:00'],
    ['09', '09:00'],
    ['00:00', '24:00'],
    ['00', '24'],
    ['00:00', '00:00'],
  ] as const) {
    const monday = hoursOf(start, end, { days: [0] });
    assert.equal(opening(monday, ['UTC'], '2026-06-05T12:00'), '2026-06-08T00:00:00.000Z');
    assert.equal(isOpen(zones, monday, ['UTC'], utc('2026-06-08T23:59:59.999')), true);
    assert.equal(isOpen(zones, monday, ['UTC'], utc('2026-06-09T00:00')), false);
  }
});

test('a holiday closes its date: the rest of the night before, and the window that starts on it', () => {
  const night = hoursOf('22:00', '06:00', { holidays: ['2026-12-25'] });
  assert.equal(isOpen(zones, night, ['UTC'], utc('2026-12-24T23:59')), true);
  assert.equal(isOpen(zones, night, ['UTC'], utc('2026-12-25T00:00')), false);
  assert.equal(isOpen(zones, night, ['UTC'], utc('2026-12-25T23:00')), false);
  assert.equal(isOpen(zones, night, ['UTC'], utc('2026-12-26T03:00')), false, 'it would have started on the holiday');
  assert.equal(opening(night, ['UTC'], '2026-12-25T00:00'), '2026-12-26T22:00:00.000Z');
  // The contact's calendar counts, not UTC.
  const day = hoursOf('09:00', '17:00', { holidays: ['2026-12-25'] });
  assert.equal(isOpen(zones, day, ['Pacific/Auckland'], utc('2026-12-24T22:00')), false);
  assert.equal(isOpen(zones, day, ['Pacific/Auckland'], utc('2026-12-25T22:00')), true);
});

test('spring: the hour that is skipped does not exist', () => {
  // Berlin, 29 March 2026: from 02:00 to 03:00 at 01:00 UTC.
  const berlin = ['Europe/Berlin'];
  assert.equal(opening(hoursOf('02:00', '03:00'), berlin, '2026-03-28T12:00'), '2026-03-30T00:00:00.000Z');
  assert.equal(opening(hoursOf('02:30', '04:00'), berlin, '2026-03-28T12:00'), '2026-03-29T01:00:00.000Z');
  assert.equal(isOpen(zones, hoursOf('01:00', '02:30'), berlin, utc('2026-03-29T00:59:59.999')), true);
  assert.equal(isOpen(zones, hoursOf('01:00', '02:30'), berlin, utc('2026-03-29T01:00')), false);
});

test('autumn: a repeated hour counts twice', () => {
  // London, 25 October 2026: from 02:00 back to 01:00 at 01:00 UTC.
  const hours = hoursOf('01:30', '03:00');
  const open = (at: string) => isOpen(zones, hours, ['Europe/London'], utc(at));
  assert.equal(open('2026-10-25T00:29:59.999'), false);
  assert.equal(open('2026-10-25T00:30'), true, '01:30, the first time');
  assert.equal(open('2026-10-25T00:59:59.999'), true);
  assert.equal(open('2026-10-25T01:00'), false, '01:00, the second time');
  assert.equal(opening(hours, ['Europe/London'], '2026-10-25T01:00'), '2026-10-25T01:30:00.000Z');
  assert.equal(open('2026-10-25T02:59:59.999'), true);
  assert.equal(open('2026-10-25T03:00'), false);
});

test('a skipped local time is reached at the change; a repeated one, the first time', () => {
  const moment = (local: string, ...names: string[]) => new Date(momentOf(zones, local, names)).toISOString();
  assert.equal(moment('2026-03-29T02:30', 'Europe/Berlin'), '2026-03-29T01:00:00.000Z');
  assert.equal(moment('2026-10-25T02:30', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z');
  assert.equal(moment('2026-06-01T09:00', 'Europe/Berlin', 'America/New_York'), '2026-06-01T13:00:00.000Z');
  assert.throws(() => momentOf(zones, '2026-02-30T09:00', ['UTC']), RangeError);
});

test('a day that a zone skipped does not exist', () => {
  // Samoa went from Thursday, 29 December 2011, to Saturday.
  const friday = hoursOf('09:00', '17:00', { days: [4] });
  assert.equal(clockOf(zones, 'Pacific/Apia', utc('2011-12-30T09:59')), '2011-12-29T23:59');
  assert.equal(clockOf(zones, 'Pacific/Apia', utc('2011-12-30T10:00')), '2011-12-31T00:00');
  assert.equal(opening(friday, ['Pacific/Apia'], '2011-12-28T12:00'), '2012-01-05T19:00:00.000Z');
  assert.equal(momentOf(zones, '2011-12-30T12:00', ['Pacific/Apia']), utc('2011-12-30T10:00'));
});

test('zones without a common time are never open; others are open in their common time', () => {
  const day = hoursOf('09:00', '12:00');
  assert.equal(opening(day, ['Europe/Berlin', 'America/Los_Angeles'], '2026-06-01T00:00'), undefined);
  assert.equal(opening(day, ['America/New_York', 'America/Denver'], '2026-06-01T00:00'), '2026-06-01T15:00:00.000Z');
  assert.equal(isOpen(zones, day, ['America/New_York', 'America/Denver'], utc('2026-06-01T16:00')), false);
});

test('without days, zones or valid times the hours are never open', () => {
  const day = hoursOf('09:00', '17:00');
  assert.equal(opening({ ...day, days: [] }, ['UTC'], '2026-06-01T00:00'), undefined);
  assert.equal(opening(day, [], '2026-06-01T12:00'), undefined);
  assert.equal(isOpen(zones, day, [], utc('2026-06-01T12:00')), false);
  assert.equal(momentOf(zones, '2026-06-01T12:00', []), Number.POSITIVE_INFINITY);
  for (const broken of [hoursOf('nine', '17:00'), hoursOf('09:00', ''), hoursOf('', '')])
    assert.equal(opening(broken, ['UTC'], '2026-06-01T12:00'), undefined);
  assert.throws(() => isOpen(zones, day, ['Mars/Olympus'], 0), RangeError);
});

test('an open time later than 400 days is not found', () => {
  const holidays = (days: number) =>
    Array.from({ length: days }, (_, day) => new Date(utc('2026-01-01T00:00') + day * DAY).toISOString().slice(0, 10));
  const from = '2026-01-01T00:00';
  assert.equal(opening(hoursOf('00', '24', { holidays: holidays(399) }), ['UTC'], from), '2027-02-04T00:00:00.000Z');
  assert.equal(opening(hoursOf('00', '24', { holidays: holidays(400) }), ['UTC'], from), undefined);
});

test('business hours: several windows a day, past midnight, a whole day, and closed days', () => {
  const schedule = [
    { day: 'monday', open: '09:00', close: '12:00' },
    { day: 'monday', open: '13:00', close: '17:00' },
    { day: 'friday', open: '20:00', close: '02:00' },
    { day: 'sunday', open: '00:00', close: '00:00' },
  ];
  const open = (at: string) => isOpenForBusiness(zones, { timezone: 'Europe/Berlin', schedule }, utc(at));
  assert.equal(open('2026-06-01T09:59:59.999'), true);
  assert.equal(open('2026-06-01T10:00'), false, 'closing time is closed');
  assert.equal(open('2026-06-01T11:00'), true);
  assert.equal(open('2026-06-02T11:00'), false, 'Tuesday is not listed');
  assert.equal(open('2026-06-05T23:59'), true, 'Friday night, on Saturday');
  assert.equal(open('2026-06-06T00:00'), false);
  assert.equal(open('2026-06-07T01:00'), true);
  assert.equal(isOpenForBusiness(zones, { timezone: 'UTC', schedule: [] }, utc('2026-06-01T11:00')), false);
});
