/** A row of `conversations` as the conversation that it holds. */

import type { ResultRow } from '../db/engine.ts';
import type { ConversationsTable } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Analysis, Channel, ConversationFacts, ConversationState, Usage } from './conversation.ts';

export function factsOf(found: ResultRow): ConversationFacts {
  const row = found as unknown as Omit<ConversationsTable, 'number' | 'analysis_attempts'> & { number: number };
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    number: Number(row.number),
    agentId: row.agent_id,
    revision: Number(row.revision),
    dialect: row.dialect,
    by: row.by,
    channel: row.channel as Channel,
    locale: row.locale,
    contactId: row.contact_id,
    state: JSON.parse(row.state) as ConversationState,
    metadata: JSON.parse(row.metadata) as JsonObject,
    extras: JSON.parse(row.extras) as JsonObject,
    usage: JSON.parse(row.usage) as Usage,
    analysis: row.analysis === null ? null : (JSON.parse(row.analysis) as Analysis),
    startedAt: row.started_at,
    lastActivityAt: row.last_activity_at,
    endedAt: row.ended_at,
    version: Number(row.version),
  };
}
