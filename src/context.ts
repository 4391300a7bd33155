/** What every service needs: the stores, a clock and a source of ids. */
import type { Store } from './stores.ts';

export interface Context {
  store: Store;
  now: () => Date;
  newId: () => string;
}
