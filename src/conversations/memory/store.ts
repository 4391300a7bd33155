/** Stores what agents remember about contacts: one part that all agents share, and one for each agent. */
import type { Entry } from '../../audit/entry.ts';
import { recorder } from '../../audit/store.ts';
import { AlreadyThere, type Engine } from '../../db/engine.ts';
import { inList, sqlFor } from '../../db/sql.ts';
import type { JsonObject } from '../../lib/values.ts';

/** The agent id of the part that all agents share. */
export const SHARED = '';

/** One part as it is stored. `facts` is its JSON text, which guards the next change. */
export interface StoredMemory {
  agentId: string;
  facts: string;
  updatedAt: string;
}

export interface MemoryChange {
  agentId: string;
  /** The JSON text that was read; absent where the part did not exist. */
  before?: string;
  after: JsonObject;
}

export type MemoryStore = ReturnType<typeof memoryStore>;

export function memoryStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  return {
    /** The parts of these agents, or all parts of the contact. */
    async read(workspaceId: string, contactId: string, agentIds?: readonly string[]): Promise<StoredMemory[]> {
      let query = db
        .selectFrom('memories')
        .select(['agent_id as agentId', 'facts', 'updated_at as updatedAt'])
        .where('workspace_id', '=', workspaceId)
        .where('contact_id', '=', contactId);
      if (agentIds) query = query.where('agent_id', 'in', agentIds);
      return (await engine.read(query.orderBy('agent_id').compile())) as unknown as StoredMemory[];
    },

    /** Writes all changes, or none and answers false where another request has changed one of the parts. */
    async change(workspaceId: string, contactId: string, changes: readonly MemoryChange[], entry: Entry) {
      const writes = changes.map(({ agentId, before, after }) => {
        const facts = JSON.stringify(after);
        if (before === undefined)
          return db
            .insertInto('memories')
            .values({
              workspace_id: workspaceId,
              contact_id: contactId,
              agent_id: agentId,
              facts,
              updated_at: entry.at,
            })
            .compile();
        return db
          .updateTable('memories')
          .set({ facts, updated_at: entry.at })
          .where('workspace_id', '=', workspaceId)
          .where('contact_id', '=', contactId)
          .where('agent_id', '=', agentId)
          .where('facts', '=', before)
          .compile();
      });
      try {
        const statements = [...writes, record(workspaceId, entry)];
        return (await engine.write({ statements, guards: writes.length })) !== null;
      } catch (error) {
        if (error instanceof AlreadyThere) return false;
        throw error;
      }
    },

    /** Answers whether any part existed. */
    async remove(workspaceId: string, contactId: string, entry: Entry, agentIds?: readonly string[]): Promise<boolean> {
      let remove = db
        .deleteFrom('memories')
        .where('workspace_id', '=', workspaceId)
        .where('contact_id', '=', contactId);
      if (agentIds) remove = remove.where('agent_id', 'in', inList(agentIds));
      return (await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 })) !== null;
    },
  };
}
