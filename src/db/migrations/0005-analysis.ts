/** Conversations that have ended wait to be looked back at; a lease says who is at it. */
import type { Migration } from './index.ts';

export const analysis: Migration = {
  number: 5,
  name: 'analysis',
  statements: () => [
    // When it is due; whoever takes it on moves that to the end of the lease. Null: there is nothing left to do.
    'alter table conversations add column analysis_due text',
    'alter table conversations add column analysis_attempts integer not null default 0',
    'create index conversations_unanalysed on conversations (analysis_due) where analysis_due is not null',
  ],
};
