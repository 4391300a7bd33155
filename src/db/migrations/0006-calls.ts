/** Calls with their attempts, campaigns, and the do-not-call list. */
import type { EngineFacts } from '../engine.ts';
import type { Migration } from './index.ts';

export const calls: Migration = {
  number: 6,
  name: 'calls',
  statements: (facts) => [...callTables(facts), ...campaignTables(facts), ...limitTables(facts)],
};

const callTables = ({ counter, key }: EngineFacts): string[] => [
  `create table calls (
      workspace_id text not null, id text not null, counter ${counter}, agent_id text not null,
      direction text not null, dialect text not null, by text not null, campaign_id text, contact_id text,
      phone text not null, contact text, status text not null, why text not null, priority integer not null,
      not_before text, local_start text, due_at text, progress text not null,
      attempts integer not null, wishes text not null, metadata text not null, extras text not null,
      external_reference text, conversation_id text, transferred_to text, outcome text, sentiment text,
      has_transcript integer not null, answered_at text, ended_at text, duration_seconds real,
      created_at text not null, updated_at text not null, version integer not null, ${key} (workspace_id, id))`,
  'create unique index calls_counter on calls (workspace_id, counter)',
  'create index calls_of on calls (workspace_id, agent_id, counter)',
  // By the time of their start, as the list of calls sorts them.
  `create index calls_begun on calls (workspace_id,
      (coalesce(answered_at, case direction when 'inbound' then created_at end, ended_at, created_at)), counter)`,
  'create index calls_campaign on calls (workspace_id, campaign_id, status)',
  'create index calls_contact on calls (workspace_id, contact_id)',
  'create index calls_conversation on calls (workspace_id, conversation_id) where conversation_id is not null',
  'create index calls_due on calls (due_at) where due_at is not null',
  // In the order in which they are claimed: calls of a campaign, calls of none, and calls whose node has died.
  `create index calls_next on calls (workspace_id, campaign_id, priority desc, due_at, id)
      where status = 'waiting' and due_at is not null`,
  `create index calls_next_alone on calls (priority desc, due_at, id)
      where status = 'waiting' and due_at is not null and campaign_id is null`,
  "create index calls_lapsing on calls (due_at) where status in ('dialing', 'in_progress')",
  // At most one attempt at a time may call a number.
  `create unique index calls_ringing on calls (workspace_id, phone)
      where direction = 'outbound' and status in ('dialing', 'in_progress')`,

  `create table call_attempts (
      workspace_id text not null, id text not null, call_id text not null, campaign_id text, number integer not null,
      reason text not null, status text not null, shown text, shown_id text, called text not null, why text not null,
      conversation_id text, reserved_at text not null, answered_at text, ended_at text, end_reason text,
      primary key (workspace_id, call_id, number))`,
  'create unique index call_attempts_id on call_attempts (workspace_id, id)',
];

const campaignTables = ({ counter, key }: EngineFacts): string[] => [
  `create table campaigns (
      workspace_id text not null, id text not null, counter ${counter}, name text not null, folded_name text not null,
      description text, agent_id text not null, profile_id text, number_id text, status text not null,
      why text not null, call_settings text not null, variables text not null, metadata text not null,
      extras text not null, priority integer not null, starts_at text, local_start text,
      max_concurrent integer not null, in_flight integer not null, pre_dial text, dialect text not null,
      by text not null, created_at text not null, updated_at text not null, started_at text, ended_at text,
      version integer not null, ${key} (workspace_id, id))`,
  'create unique index campaigns_counter on campaigns (workspace_id, counter)',
  "create index campaigns_running on campaigns (workspace_id, id) where status = 'running'",
];

/** Calls in flight, calls of a day, numbers that must not be called, and numbers that agents answer. */
const limitTables = ({ sorted }: EngineFacts): string[] => [
  // The calls in flight of a workspace, and the limit when the last call started.
  `create table lines (
      workspace_id text not null primary key, in_flight integer not null, capacity integer not null)`,

  `create table number_days (
      workspace_id text not null, number_id text not null, day text not null, used integer not null,
      primary key (workspace_id, number_id, day))`,

  `create table do_not_call (
      workspace_id text not null, phone ${sorted} not null, reason text, at text not null, by text not null,
      primary key (workspace_id, phone))`,

  // The agent whose document names a number, and since when. Updated from the audit log.
  `create table agent_numbers (
      workspace_id text not null, agent_id text not null, phone text not null, since text not null,
      primary key (workspace_id, agent_id))`,
  'create index agent_numbers_phone on agent_numbers (phone)',
  'create index contacts_phone on contacts (workspace_id, phone)',

  'alter table phone_numbers add column daily_cap integer',
  'alter table phone_numbers add column profile_id text',
  'create index phone_numbers_anywhere on phone_numbers (number)',
];
