/** Reads many conversations at once: lists, counts, and figures by agent. */

import { ENGINE_FACTS, type Engine, type ResultRow } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { inList, sqlFor } from '../db/sql.ts';
import type { Channel, ConversationFacts } from './conversation.ts';
import { factsOf } from './rows.ts';

export interface ConversationFilter {
  agentId?: string;
  status?: 'open' | 'ended';
  dialect?: string;
  channel?: readonly Channel[];
  contactId?: string;
  /** The JSON text of the extras starts with `begin` or, with `not`, does not. */
  extras?: { begin: string; not?: boolean };
}

export interface ConversationPage {
  limit: number;
  offset?: number;
  /** Only conversations with a smaller number: the cursor of a list. */
  below?: number;
}

/** Figures about the conversations of one agent. */
export interface Tally {
  total: number;
  lastStartedAt: string;
  /** The average length of those that have ended; 0 where none has. */
  averageSeconds: number;
}

export function conversationListStore(engine: Engine) {
  const db = sqlFor(engine);

  const filtered = (workspaceId: string, filter: ConversationFilter) => {
    let query = db.selectFrom('conversations').where('workspace_id', '=', workspaceId);
    if (filter.agentId) query = query.where('agent_id', '=', filter.agentId);
    if (filter.status) query = query.where('status', '=', filter.status);
    if (filter.dialect) query = query.where('dialect', '=', filter.dialect);
    if (filter.channel) query = query.where('channel', 'in', inList(filter.channel));
    if (filter.contactId) query = query.where('contact_id', '=', filter.contactId);
    const { extras } = filter;
    if (extras) query = query.where('extras', extras.not ? 'not like' : 'like', `${extras.begin}%`);
    return query;
  };

  return {
    /** Newest first. The order is by number, since times may be equal. */
    async list(workspaceId: string, filter: ConversationFilter, page: ConversationPage): Promise<ConversationFacts[]> {
      let query = filtered(workspaceId, filter).selectAll().orderBy('number', 'desc').limit(page.limit);
      if (page.offset) query = query.offset(page.offset);
      if (page.below !== undefined) query = query.where('number', '<', page.below);
      return (await engine.read(query.compile())).map(factsOf);
    },

    async count(workspaceId: string, filter: ConversationFilter): Promise<number> {
      const query = filtered(workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /** Open conversations of all workspaces without activity since `time`, the longest idle first. */
    async idleSince(time: string, limit: number): Promise<ConversationFacts[]> {
      const query = db
        .selectFrom('conversations')
        .selectAll()
        .where('status', '=', sql.lit('open'))
        .where('last_activity_at', '<', time)
        .orderBy('last_activity_at')
        .limit(limit);
      return (await engine.read(query.compile())).map(factsOf);
    },

    /** By agent id, over the conversations started through one dialect. Agents without any are left out. */
    async tallies(workspaceId: string, agentIds: readonly string[], dialect: string): Promise<Map<string, Tally>> {
      const query = db
        .selectFrom('conversations')
        .select((eb) => ['agent_id', eb.fn.countAll().as('total'), eb.fn.max('started_at').as('last')])
        .select(sql<number | null>`avg(${sql.raw(ENGINE_FACTS[engine.name].durationSeconds)})`.as('average'))
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', 'in', inList(agentIds))
        .where('dialect', '=', dialect)
        .groupBy('agent_id');
      const rows = await engine.read(query.compile());
      return new Map(rows.map((row) => [String(row['agent_id']), tallyOf(row)]));
    },

    /** How many open conversations run on this revision. */
    async countOpenOnRevision(workspaceId: string, agentId: string, revision: number): Promise<number> {
      const query = db
        .selectFrom('conversations')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .where('revision', '=', revision)
        .where('status', '=', sql.lit('open'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },
  };
}

const tallyOf = (row: ResultRow): Tally => ({
  total: Number(row['total']),
  lastStartedAt: String(row['last']),
  averageSeconds: Number(row['average'] ?? 0),
});
