/** Sessions that have been ended by a logout: their tokens would otherwise stay valid until they expire. */
import type { Migration } from './index.ts';

export const endedSessions: Migration = {
  number: 11,
  name: 'ended sessions',
  statements: () => ['create table ended_sessions (id text primary key, expires_at text not null)'],
};
