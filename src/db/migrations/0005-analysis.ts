/** The analysis of ended conversations, which nodes claim with a lease. */
import type { Migration } from './index.ts';

export const analysis: Migration = {
  number: 5,
  name: 'analysis',
  statements: () => [
    // When the analysis is due. The node that claims it moves it to the end of its lease. Null when nothing is due.
    'alter table conversations add column analysis_due text',
    'alter table conversations add column analysis_attempts integer not null default 0',
    'create index conversations_unanalysed on conversations (analysis_due) where analysis_due is not null',
  ],
};
