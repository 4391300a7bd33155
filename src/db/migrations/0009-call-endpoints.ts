/** A call can have webhook endpoints of its own, which receive the events of this call only. */
import type { Migration } from './index.ts';

export const callEndpoints: Migration = {
  number: 9,
  name: 'endpoints of calls',
  statements: () => [
    'alter table webhooks add column call_id text',
    'create index webhooks_call on webhooks (workspace_id, call_id) where call_id is not null',
    // A small index of the webhooks of the workspace, which every fan-out reads.
    'create index webhooks_workspace on webhooks (workspace_id) where call_id is null',
  ],
};
