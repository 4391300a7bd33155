/** Knowledge (corpora, documents, chunks) and what agents remember about contacts. */
import type { Migration } from './index.ts';

export const knowledge: Migration = {
  number: 4,
  name: 'knowledge',
  statements: ({ counter, key, wordIndex }) => [
    `create table corpora (
      workspace_id text not null, id text not null, name text not null, description text,
      created_at text not null, updated_at text not null, primary key (workspace_id, id))`,
    'create index corpora_created on corpora (workspace_id, created_at, id)',

    // `source` is kept until it has been read. `next_at` is the end of the lease of the node that reads it.
    `create table documents (
      workspace_id text not null, id text not null, corpus_id text not null, title text not null,
      media_type text not null, bytes integer not null, state text not null, error text, chunks integer not null,
      version integer not null, attempts integer not null, next_at text, source text, embedded_by text,
      created_at text not null, updated_at text not null, primary key (workspace_id, id))`,
    'create unique index documents_title on documents (workspace_id, corpus_id, title)',
    "create index documents_due on documents (next_at) where state = 'processing'",

    `create table chunks (
      workspace_id text not null, corpus_id text not null, document_id text not null, position integer not null,
      number ${counter}, text text not null, words text not null,
      ${key} (workspace_id, document_id, position))`,
    ...wordIndex,

    // A table of its own: embeddings are added after the chunks, and adding them must not write the chunk again.
    `create table directions (
      workspace_id text not null, document_id text not null, position integer not null, vector text not null,
      primary key (workspace_id, document_id, position))`,

    // The memory with an empty agent id is shared by all agents.
    `create table memories (
      workspace_id text not null, contact_id text not null, agent_id text not null, facts text not null,
      updated_at text not null, primary key (workspace_id, contact_id, agent_id))`,
  ],
};
