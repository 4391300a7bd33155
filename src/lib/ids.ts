/** RFC 9562 version 7: 48 bits of time, then a count within the millisecond, then chance. */
import { randomUUID } from 'node:crypto';

const COUNT_LIMIT = 0x1000;

/** Ids that sort in the order in which they were made here, also those of one millisecond. */
export function idSource(): (now: Date) => string {
  let last = Number.NaN;
  let count = 0;
  return (now) => {
    const time = now.getTime();
    count = time === last ? (count + 1) % COUNT_LIMIT : 0;
    last = time;
    return idOf(time, count.toString(16).padStart(3, '0'));
  };
}

function idOf(time: number, count: string): string {
  const moment = time.toString(16).padStart(12, '0');
  // The chance is that of a version 4, which Node draws for many of them at once; its variant is in place already.
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7${count}${randomUUID().slice(18)}`;
}

/** An id by itself, which sorts to the millisecond. */
export const newId = (now: Date): string => idOf(now.getTime(), randomUUID().slice(15, 18));
