/** All migrations in order. They only go forward; a migration that has been released is never changed. */
import type { EngineFacts } from '../engine.ts';
import { firstTables } from './0001-first-tables.ts';
import { history } from './0002-history.ts';
import { conversations } from './0003-conversations.ts';
import { knowledge } from './0004-knowledge.ts';
import { analysis } from './0005-analysis.ts';
import { calls } from './0006-calls.ts';
import { outboundAgents } from './0007-outbound-agents.ts';
import { externalIds } from './0008-external-ids.ts';
import { callEndpoints } from './0009-call-endpoints.ts';
import { deliveryOrder } from './0010-delivery-order.ts';
import { endedSessions } from './0011-ended-sessions.ts';

export interface Migration {
  number: number;
  name: string;
  statements(facts: EngineFacts): string[];
}

export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  history,
  conversations,
  knowledge,
  analysis,
  calls,
  outboundAgents,
  externalIds,
  callEndpoints,
  deliveryOrder,
  endedSessions,
];

export const MIGRATIONS_TABLE =
  'create table if not exists migrations (number integer primary key, name text not null, at text not null)';
