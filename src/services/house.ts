/** What the services are made of: the store, a clock and a source of ids, all handed in. */
import type { Store } from '../store/index.ts';

export interface House {
  store: Store;
  now: () => Date;
  newId: () => string;
}
