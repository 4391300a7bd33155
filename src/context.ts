/** What services act with: the stores, a clock and a source of ids, all handed in. */
import type { Store } from './stores.ts';

export interface Context {
  store: Store;
  now: () => Date;
  newId: () => string;
}
