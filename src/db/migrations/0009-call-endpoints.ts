/** A call may bring endpoints of its own, which hear of it and of nothing else. */
import type { Migration } from './index.ts';

export const callEndpoints: Migration = {
  number: 9,
  name: 'endpoints of calls',
  statements: () => [
    'alter table webhooks add column call_id text',
    'create index webhooks_call on webhooks (workspace_id, call_id) where call_id is not null',
    // Those of the workspace are few, and are looked for at every turn.
    'create index webhooks_workspace on webhooks (workspace_id) where call_id is null',
  ],
};
