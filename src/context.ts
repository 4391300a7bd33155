/** What the services are made of: the store, a clock and a source of ids, all handed in. */
import type { Entry } from './audit/entry.ts';
import type { JsonObject } from './lib/values.ts';
import type { Store, StoreSet } from './stores.ts';
import type { Caller } from './workspaces/caller.ts';

export interface Context {
  store: Store;
  now: () => Date;
  newId: () => string;
}

/** Where this caller's writes go: into the store, or through it and back. */
export const storesFor = ({ store }: Context, { writeOptions }: Pick<Caller, 'writeOptions'>): StoreSet =>
  writeOptions.dryRun ? store.dryRun : store;

/** The journal's row for what this caller does. */
export function auditEntry(
  { now, newId }: Context,
  caller: Pick<Caller, 'author' | 'dialect'>,
  action: string,
  target: string,
  detail: JsonObject = {},
  revision: number | null = null,
): Entry {
  return {
    id: newId(),
    at: now().toISOString(),
    by: caller.author,
    via: caller.dialect,
    action,
    target,
    revision,
    detail,
  };
}
