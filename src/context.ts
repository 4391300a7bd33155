/** What the services are made of: the store, a clock and a source of ids, all handed in. */
import type { Entry } from './audit/entry.ts';
import type { JsonObject } from './lib/values.ts';
import type { Store, Verbs } from './stores.ts';
import type { Caller } from './workspaces/caller.ts';

export interface House {
  store: Store;
  now: () => Date;
  newId: () => string;
}

/** Where this caller's writes go: into the store, or through it and back. */
export const keeping = ({ store }: House, { terms }: Pick<Caller, 'terms'>): Verbs =>
  terms.dryRun ? store.rehearsal : store;

/** The journal's row for what this caller does. */
export function entryOf(
  { now, newId }: House,
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
