/** The first tables. Every key begins with the workspace, so that a distributed PostgreSQL can shard on it. */
import type { Migration } from './index.ts';

export const firstTables: Migration = {
  number: 1,
  // Stored in existing databases, so it does not change.
  name: 'house',
  statements: ({ counter, key, sorted }) => [
    'create table secrets (name text primary key, value text not null)',

    `create table workspaces (
      id text not null, number ${counter}, name text not null, created_at text not null, ${key} (id))`,

    `create table users (
      workspace_id text not null, id text not null, number ${counter}, email text not null, name text,
      password_hash text not null, created_at text not null, ${key} (workspace_id, id))`,
    'create unique index users_email on users (email)',

    `create table keys (
      workspace_id text not null, id text not null, hash text not null, prefix text not null, name text,
      dialect text not null, kind text not null, scopes text, workspace_ids text not null,
      created_at text not null, expires_at text, revoked_at text, primary key (workspace_id, id))`,
    'create unique index keys_hash on keys (hash)',

    `create table agents (
      workspace_id text not null, id text not null, number ${counter}, owner_id text, revision integer not null,
      name text not null, folded_name ${sorted} not null, status text not null, visibility text not null,
      language text, voice_platform text, interview_type text, interview_focus text, document text not null,
      created_at text not null, updated_at text not null, deleted_at text, ${key} (workspace_id, id))`,
    'create index agents_id on agents (id)',
    'create unique index agents_number on agents (workspace_id, number)',
    'create index agents_created on agents (workspace_id, created_at, id) where deleted_at is null',
    'create index agents_name on agents (workspace_id, name) where deleted_at is null',

    `create table revisions (
      workspace_id text not null, agent_id text not null, number integer not null, at text not null, by text not null,
      via text not null, edits text not null, document text not null,
      primary key (workspace_id, agent_id, number))`,

    `create table avatars (
      workspace_id text not null, id text not null, number ${counter}, name text not null, url text not null,
      voice_id text, favorite integer not null, public integer not null,
      created_at text not null, updated_at text not null, ${key} (workspace_id, id))`,
    'create index avatars_id on avatars (id)',
    'create index avatars_number on avatars (number)',
    'create index avatars_public on avatars (created_at, number) where public = 1',

    `create table tools (
      workspace_id text not null, id text not null, name text not null, folded_name ${sorted} not null, kind text,
      spec text not null, created_at text not null, updated_at text not null, primary key (workspace_id, id))`,
    'create unique index tools_name on tools (workspace_id, name)',

    `create table phone_numbers (
      workspace_id text not null, id text not null, number text not null, provider text not null, label text,
      agent_id text, created_at text not null, updated_at text not null, primary key (workspace_id, id))`,
    'create unique index phone_numbers_number on phone_numbers (workspace_id, number)',

    `create table contacts (
      workspace_id text not null, id text not null, phone text, search text not null, fields text not null,
      created_at text not null, updated_at text not null, primary key (workspace_id, id))`,
    'create index contacts_created on contacts (workspace_id, created_at, id)',
  ],
};
