/** UUIDs of version 7 (RFC 9562): 48 bits of time, a counter within the millisecond, then random bits. */
import { randomUUID } from 'node:crypto';

const MAX_COUNT = 0x1000;

/** Returns a function whose ids sort in the order in which it created them, also within one millisecond. */
export function idSource(): (now: Date) => string {
  let last = Number.NaN;
  let count = 0;
  return (now) => {
    const time = now.getTime();
    count = time === last ? (count + 1) % MAX_COUNT : 0;
    last = time;
    return idOf(time, count.toString(16).padStart(3, '0'));
  };
}

function idOf(time: number, count: string): string {
  const timestamp = time.toString(16).padStart(12, '0');
  // The random bits come from a version 4 UUID: Node draws them for many UUIDs at once, and the variant is already set.
  return `${timestamp.slice(0, 8)}-${timestamp.slice(8)}-7${count}${randomUUID().slice(18)}`;
}

/** One id. Ids of the same millisecond are in random order. */
export const newId = (now: Date): string => idOf(now.getTime(), randomUUID().slice(15, 18));
