/** Parses the times that InstaView's clients send. Pure. */
import { invalidAt } from '../../../faults.ts';

const ISO = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$/;
const DAY_MS = 24 * 3_600_000;
const MAX_AHEAD_MS = 30 * DAY_MS;
/** A client's clock may be this much behind the server's. */
const TOLERANCE_MS = 60_000;

/** A moment, or a time on the contact's own clock. */
export type Moment = { notBefore: string } | { localStart: string };

/** A date and time with an offset; `undefined` for any other text. */
export function instantIn(text: string): Date | undefined {
  const [, day, , , , , offset] = ISO.exec(text) ?? [];
  if (day === undefined || offset === undefined || !isDay(day)) return undefined;
  return new Date(text);
}

/** A time without an offset is on the candidate's clock. */
export function momentIn(sent: string, path: string, now: Date): Moment {
  const [, day, hour, minute, , , offset] = ISO.exec(sent) ?? [];
  if (day === undefined || !isDay(day))
    throw invalidAt(path, 'must be a date and time like 2026-05-01T09:30:00Z', 'format');
  // The candidate's clock may be half a day ahead of UTC or behind it.
  const slack = offset === undefined ? DAY_MS / 2 : TOLERANCE_MS;
  const at = new Date(offset === undefined ? `${sent}Z` : sent);
  if (at.getTime() < now.getTime() - slack) throw invalidAt(path, 'must not be in the past', 'minimum');
  if (at.getTime() > now.getTime() + MAX_AHEAD_MS + (offset === undefined ? slack : 0))
    throw invalidAt(path, 'must be at most 30 days ahead', 'maximum');
  return offset === undefined ? { localStart: `${day}T${hour}:${minute}` } : { notBefore: at.toISOString() };
}

/** The time of a call attempt: a future moment with its offset. */
export function futureIn(sent: string, path: string, now: Date): string {
  const at = instantIn(sent);
  if (!at) throw invalidAt(path, 'must be a date and time with its offset, like 2026-05-01T09:30:00Z', 'format');
  if (at.getTime() <= now.getTime()) throw invalidAt(path, 'must be in the future', 'minimum');
  if (at.getTime() > now.getTime() + MAX_AHEAD_MS) throw invalidAt(path, 'must be at most 30 days ahead', 'maximum');
  return at.toISOString();
}

/** The latest possible instant of a moment. A local time is last reached in the time zone UTC-12. */
export const latestOf = (moment: Moment): Date =>
  new Date('notBefore' in moment ? moment.notBefore : `${moment.localStart}-12:00`);

/** A JavaScript date would silently turn 30 February into a day in March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
