/** Updates a record without a transaction: read, change, and write only if no other request has written meanwhile. */
import { Fault } from '../faults.ts';
import { same } from './values.ts';

const MAX_ATTEMPTS = 50;

/**
 * Writes the changed record. When another request was faster, it reads again and changes the new state, so both writes
 * succeed. `updatedAt` always increases, so it identifies one state. A change that changes nothing is not written.
 * @param write returns false when the record's `updatedAt` is no longer `since`.
 * @throws Fault `write_conflict` after 50 attempts.
 */
export async function updateGuarded<T extends { updatedAt: string }>(
  now: () => Date,
  get: () => Promise<T>,
  change: (before: T) => T,
  write: (after: T, since: string) => Promise<boolean>,
): Promise<T> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const before = await get();
    const changed = change(before);
    if (same(before, changed)) return before;
    const time = Math.max(now().getTime(), Date.parse(before.updatedAt) + 1);
    const after = { ...changed, updatedAt: new Date(time).toISOString() };
    if (await write(after, before.updatedAt)) return after;
  }
  throw new Fault('write_conflict');
}
