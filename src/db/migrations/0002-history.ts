/** The audit log with its hash chains, labels, workspace settings, unique names, idempotency keys, and webhooks. */
import type { Migration } from './index.ts';

export const history: Migration = {
  number: 2,
  name: 'history',
  statements: () => [
    // The audit log: one row for every accepted write. `seq` and `hash` are set when the row is chained.
    `create table journal (
      workspace_id text not null, id text not null, at text not null, by text not null, via text not null,
      action text not null, target text not null, revision integer, detail text not null,
      seq integer, hash text, primary key (workspace_id, id))`,
    'create index journal_open on journal (workspace_id, at) where seq is null',
    'create unique index journal_sealed on journal (workspace_id, seq) where seq is not null',
    'create table chains (workspace_id text primary key, seq integer not null, hash text not null)',

    `create table labels (
      workspace_id text not null, agent_id text not null, name text not null, revision integer not null,
      variables text not null, at text not null, by text not null, primary key (workspace_id, agent_id, name))`,

    `create table workspace_settings (
      workspace_id text not null, number integer not null, at text not null, by text not null, via text not null,
      document text not null, primary key (workspace_id, number))`,

    // Names that a dialect keeps unique, with the agent that has each.
    `create table name_claims (
      workspace_id text not null, name text not null, agent_id text not null, primary key (workspace_id, name))`,

    `create table idempotency (
      workspace_id text not null, key text not null, request text not null, at text not null,
      status integer, headers text, body text, primary key (workspace_id, key))`,
    'create index idempotency_at on idempotency (at)',

    `create table webhooks (
      workspace_id text not null, id text not null, dialect text not null, url text not null, events text not null,
      secret text not null, options text not null, enabled integer not null, failing_since text,
      failures integer not null, last_delivery_at text, last_error text, deliveries integer not null,
      failed_deliveries integer not null, disabled_reason text, disabled_at text,
      created_at text not null, updated_at text not null, primary key (workspace_id, id))`,

    // `next_at` is when a waiting delivery is due. The node that claims it moves it to the end of its lease.
    `create table deliveries (
      workspace_id text not null, id text not null, webhook_id text not null, event_id text not null,
      type text not null, payload text not null, at text not null, state text not null, attempts integer not null,
      next_at text not null, status integer, error text, done_at text, primary key (workspace_id, id))`,
    "create index deliveries_due on deliveries (next_at, webhook_id) where state = 'waiting'",
    'create index deliveries_of on deliveries (workspace_id, webhook_id, at, id)',
    'create index deliveries_done on deliveries (done_at) where done_at is not null',
  ],
};
