/** Whoever has logged out is out: their token would speak for them until it ends. */
import type { Migration } from './index.ts';

export const endedSessions: Migration = {
  number: 11,
  name: 'ended sessions',
  statements: () => ['create table ended_sessions (id text primary key, expires_at text not null)'],
};
