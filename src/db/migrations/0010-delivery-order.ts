/** What is told about one thing is told in the order in which it happened. */
import type { Migration } from './index.ts';

export const deliveryOrder: Migration = {
  number: 10,
  name: 'order of deliveries',
  statements: () => [
    // What a delivery is about, and where its entry stands in the journal; null where it waits for no other.
    'alter table deliveries add column subject text',
    'alter table deliveries add column seq integer',
    "create index deliveries_order on deliveries (webhook_id, subject, seq) where state = 'waiting'",
  ],
};
