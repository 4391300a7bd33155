/** RFC 9562 version 7: 48 bits of time, then chance. Ids made later sort later, to the millisecond. */
import { randomUUID } from 'node:crypto';

export function newId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  // The chance is that of a version 4, which Node draws for many of them at once; its variant is in place already.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
