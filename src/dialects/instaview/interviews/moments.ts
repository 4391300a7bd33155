/** When something is to happen, as InstaView's callers write it. Pure. */
import { invalidAt } from '../../../faults.ts';

const ISO = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$/;
const DAY_MS = 24 * 3_600_000;
const FURTHEST_MS = 30 * DAY_MS;
/** So much may a clock be behind ours for "now" not to be the past. */
const TOLERANCE_MS = 60_000;

/** A moment, or a time on the clock of whoever is called: what is written without an offset. */
export type Moment = { notBefore: string } | { localStart: string };

/** A moment that everybody understands alike; undefined for anything else. */
export function instantIn(text: string): Date | undefined {
  const [, day, , , , , offset] = ISO.exec(text) ?? [];
  if (day === undefined || offset === undefined || !isDay(day)) return undefined;
  return new Date(text);
}

/** With an offset it is that moment; without one it is a time where the candidate is. */
export function momentIn(sent: string, path: string, now: Date): Moment {
  const [, day, hour, minute, , , offset] = ISO.exec(sent) ?? [];
  if (day === undefined || !isDay(day))
    throw wrong(path, 'must be a date and time like 2026-05-01T09:30:00Z', 'format');
  // Where the candidate is, it may be up to half a day earlier or later: that much is let pass.
  const slack = offset === undefined ? DAY_MS / 2 : TOLERANCE_MS;
  const at = new Date(offset === undefined ? `${sent}Z` : sent);
  if (at.getTime() < now.getTime() - slack) throw wrong(path, 'must not be in the past', 'minimum');
  if (at.getTime() > now.getTime() + FURTHEST_MS + (offset === undefined ? slack : 0))
    throw wrong(path, 'must be at most 30 days ahead', 'maximum');
  return offset === undefined ? { localStart: `${day}T${hour}:${minute}` } : { notBefore: at.toISOString() };
}

/** Of an attempt: a moment to come, with its offset. */
export function futureIn(sent: string, path: string, now: Date): string {
  const at = instantIn(sent);
  if (!at) throw wrong(path, 'must be a date and time with its offset, like 2026-05-01T09:30:00Z', 'format');
  if (at.getTime() <= now.getTime()) throw wrong(path, 'must be in the future', 'minimum');
  if (at.getTime() > now.getTime() + FURTHEST_MS) throw wrong(path, 'must be at most 30 days ahead', 'maximum');
  return at.toISOString();
}

/** Not the 30th of February, which would quietly be a day in March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function wrong(path: string, message: string, rule: string) {
  return invalidAt(path, message, rule);
}
