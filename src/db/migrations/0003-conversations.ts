/** Conversations with their state, their snapshots and their messages. */
import type { Migration } from './index.ts';

export const conversations: Migration = {
  number: 3,
  name: 'conversations',
  statements: ({ counter, key }) => [
    `create table conversations (
      workspace_id text not null, id text not null, number ${counter}, agent_id text not null,
      revision integer not null, dialect text not null, by text not null, channel text not null, locale text not null,
      contact_id text, status text not null, state text not null, metadata text not null, extras text not null,
      usage text not null, analysis text, started_at text not null, last_activity_at text not null, ended_at text,
      end_reason text, version integer not null, ${key} (workspace_id, id))`,
    'create index conversations_id on conversations (id)',
    'create unique index conversations_number on conversations (workspace_id, number)',
    'create index conversations_of on conversations (workspace_id, agent_id, number)',
    "create index conversations_open on conversations (workspace_id, agent_id, revision) where status = 'open'",
    "create index conversations_idle on conversations (last_activity_at) where status = 'open'",

    // A table of its own: the conversation is written with every turn, and its snapshot never changes.
    `create table snapshots (
      workspace_id text not null, conversation_id text not null, document text not null,
      primary key (workspace_id, conversation_id))`,

    `create table messages (
      workspace_id text not null, conversation_id text not null, seq integer not null, id text not null,
      role text not null, at text not null, data text not null, primary key (workspace_id, conversation_id, seq))`,
  ],
};
