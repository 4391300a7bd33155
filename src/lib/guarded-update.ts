/** Read, change, write if nobody wrote meanwhile; else again. */
import { Fault } from '../faults.ts';
import { same } from './values.ts';

const ATTEMPTS = 50;

/**
 * Two writers of one record both succeed: the slower one reads again. `updatedAt` only moves forward, so that it tells
 * one state from another. `keep` answers false when the record has changed since `since`. A change that changes
 * nothing is not written.
 */
export async function updateGuarded<T extends { updatedAt: string }>(
  now: () => Date,
  get: () => Promise<T>,
  change: (before: T) => T,
  keep: (after: T, since: string) => Promise<boolean>,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await get();
    const changed = change(before);
    if (same(before, changed)) return before;
    const time = Math.max(now().getTime(), Date.parse(before.updatedAt) + 1);
    const after = { ...changed, updatedAt: new Date(time).toISOString() };
    if (await keep(after, before.updatedAt)) return after;
  }
  throw new Fault('write_conflict');
}
