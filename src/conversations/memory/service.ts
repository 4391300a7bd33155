/** What agents remember of a contact: read when a conversation begins, written when it has ended. */

import { auditEntry } from '../../audit/entry.ts';
import type { Context } from '../../context.ts';
import { Fault } from '../../faults.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { isObject, type JsonObject, same } from '../../lib/values.ts';
import type { Caller } from '../../workspaces/caller.ts';
import { storesFor } from '../../workspaces/caller.ts';
import { type MemoryFacts, mergeFacts } from './memory.ts';
import { type KeptMemory, SHARED } from './store.ts';

/** What a conversation, or a person, has to add. */
export interface Lesson {
  /** For every agent. */
  global?: JsonObject;
  /** For this agent alone. */
  agent?: JsonObject;
}

/** All that is kept of a contact. */
export interface Memory {
  global: MemoryFacts;
  agents: Record<string, MemoryFacts>;
  updatedAt: string | null;
}

/** Who writes, and on what terms. */
type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;
const SERVER: Author = { author: 'system', dialect: 'native', writeOptions: {} };

const TRIES = 20;

export type MemoryService = ReturnType<typeof memoryService>;

export function memoryService(ctx: Context) {
  const { store } = ctx;
  const takeTurns = createSerialQueue();

  const write = (
    author: Author,
    workspaceId: string,
    contactId: string,
    said: Readonly<Record<string, JsonObject | undefined>>,
  ): Promise<void> =>
    takeTurns(`${workspaceId} ${contactId}`, async () => {
      const agentIds = Object.keys(said);
      for (let i = 0; i < TRIES; i += 1) {
        const parts = new Map((await store.memories.read(workspaceId, contactId, agentIds)).map((p) => [p.agentId, p]));
        const changes = agentIds.flatMap((agentId) => {
          const facts = parts.get(agentId)?.facts;
          const before = facts === undefined ? {} : (JSON.parse(facts) as MemoryFacts);
          const after = mergeFacts(before, said[agentId] ?? {});
          if (same(before, after)) return [];
          return [{ agentId, after, ...(facts !== undefined && { before: facts }) }];
        });
        if (changes.length === 0) return;
        // Never the facts: a journal is kept longer than anybody may want to be remembered.
        const detail = { parts: changes.map(({ agentId }) => agentId || 'global') };
        const entry = auditEntry(ctx, author, 'memory.updated', contactId, detail);
        if (await storesFor(ctx, author).memories.change(workspaceId, contactId, changes, entry)) return;
      }
      throw new Fault('write_conflict', { retryAfterSeconds: 1 });
    });

  return {
    /** What this agent knows of the contact: what all know, and over it what it has learnt itself. */
    async recall(workspaceId: string, contactId: string, agentId: string): Promise<JsonObject> {
      const parts = await store.memories.read(workspaceId, contactId, [SHARED, agentId]);
      const facts = (id: string) => factsOf(parts.find((part) => part.agentId === id));
      return { ...facts(SHARED), ...facts(agentId) };
    },

    /** Facts replace those of the same name; null forgets one. */
    remember(
      workspaceId: string,
      contactId: string,
      agentId: string,
      { global, agent }: Lesson,
      author: Author = SERVER,
    ): Promise<void> {
      return write(author, workspaceId, contactId, {
        ...(global && { [SHARED]: global }),
        ...(agent && { [agentId]: agent }),
      });
    },

    async get(caller: Caller, contactId: string): Promise<Memory> {
      await contact(caller, contactId);
      return memoryOf(await store.memories.read(caller.workspaceId, contactId));
    },

    /** A person's word: the same as what is learnt, for any agent. */
    async patch(
      caller: Caller,
      contactId: string,
      parse: () => { global?: JsonObject; agents?: Record<string, JsonObject> },
    ): Promise<Memory> {
      await contact(caller, contactId);
      const { global, agents = {} } = parse();
      const said = { ...agents, ...(isObject(global) && { [SHARED]: global }) };
      await write(caller, caller.workspaceId, contactId, said);
      return memoryOf(await store.memories.read(caller.workspaceId, contactId));
    },

    /** Forgets the contact; what is not there is forgotten already. */
    async remove(caller: Caller, contactId: string): Promise<void> {
      await contact(caller, contactId);
      const entry = auditEntry(ctx, caller, 'memory.deleted', contactId);
      await storesFor(ctx, caller).memories.remove(caller.workspaceId, contactId, entry);
    },
  };

  async function contact({ workspaceId }: Caller, id: string): Promise<void> {
    if (!(await store.contacts.get(workspaceId, id))) throw new Fault('contact_missing', { id });
  }
}

const factsOf = (part: KeptMemory | undefined): MemoryFacts => (part ? (JSON.parse(part.facts) as MemoryFacts) : {});

function memoryOf(parts: readonly KeptMemory[]): Memory {
  const times = parts.map(({ updatedAt }) => updatedAt).sort();
  return {
    global: factsOf(parts.find(({ agentId }) => agentId === SHARED)),
    agents: Object.fromEntries(
      parts.filter(({ agentId }) => agentId !== SHARED).map((part) => [part.agentId, factsOf(part)]),
    ),
    updatedAt: times.at(-1) ?? null,
  };
}
