/** The events of one record are delivered in order. */
import type { Migration } from './index.ts';

export const deliveryOrder: Migration = {
  number: 10,
  name: 'order of deliveries',
  statements: () => [
    // The record that the event is about, and the place of its audit entry. Null when there is no order to keep.
    'alter table deliveries add column subject text',
    'alter table deliveries add column seq integer',
    "create index deliveries_order on deliveries (webhook_id, subject, seq) where state = 'waiting'",
  ],
};
