/** What agents remember about a contact: read when a conversation starts, written after it has ended. */

import { auditEntry } from '../../audit/entry.ts';
import type { Context } from '../../context.ts';
import { Fault } from '../../faults.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { isObject, type JsonObject, same } from '../../lib/values.ts';
import type { Caller } from '../../workspaces/caller.ts';
import { storesFor } from '../../workspaces/caller.ts';
import { type MemoryFacts, mergeFacts } from './memory.ts';
import { type MemoryChange, SHARED, type StoredMemory } from './store.ts';

/** Facts learned in one conversation. */
export interface LearnedFacts {
  /** For every agent. */
  global?: JsonObject;
  /** For the agent of the conversation alone. */
  agent?: JsonObject;
}

/** Everything that is stored about a contact. */
export interface Memory {
  global: MemoryFacts;
  /** By agent id. */
  agents: Record<string, MemoryFacts>;
  updatedAt: string | null;
}

type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;
const SERVER: Author = { author: 'system', dialect: 'native', writeOptions: {} };

const MAX_ATTEMPTS = 20;

/** Methods with a caller throw `contact_missing` where the workspace has no such contact. */
export interface MemoryService {
  /** The facts that an agent knows: those that all agents share, overridden by its own. */
  recall(workspaceId: string, contactId: string, agentId: string): Promise<JsonObject>;
  /** Merges facts: a fact replaces the one with its name, null removes it. */
  remember(
    workspaceId: string,
    contactId: string,
    agentId: string,
    facts: LearnedFacts,
    author?: Author,
  ): Promise<void>;
  get(caller: Caller, contactId: string): Promise<Memory>;
  /** Merges facts that a client sends, for any agents. `parse` is called after the contact is found. */
  patch(
    caller: Caller,
    contactId: string,
    parse: () => { global?: JsonObject; agents?: Record<string, JsonObject> },
  ): Promise<Memory>;
  /** Removes everything stored about the contact; nothing stored is not an error. */
  remove(caller: Caller, contactId: string): Promise<void>;
}

export function memoryService(ctx: Context): MemoryService {
  const { store } = ctx;
  const queue = createSerialQueue();
  const write = (author: Author, workspaceId: string, contactId: string, facts: FactsByAgent): Promise<void> =>
    queue(`${workspaceId} ${contactId}`, () => mergeAndWrite(ctx, author, workspaceId, contactId, facts));

  return {
    async recall(workspaceId, contactId, agentId) {
      const parts = await store.memories.read(workspaceId, contactId, [SHARED, agentId]);
      const factsFor = (id: string) => factsOf(parts.find((part) => part.agentId === id));
      return { ...factsFor(SHARED), ...factsFor(agentId) };
    },

    remember(workspaceId, contactId, agentId, { global, agent }, author = SERVER) {
      return write(author, workspaceId, contactId, {
        ...(global && { [SHARED]: global }),
        ...(agent && { [agentId]: agent }),
      });
    },

    async get(caller, contactId) {
      await requireContact(ctx, caller, contactId);
      return memoryOf(await store.memories.read(caller.workspaceId, contactId));
    },

    async patch(caller, contactId, parse) {
      await requireContact(ctx, caller, contactId);
      const { global, agents = {} } = parse();
      const facts = { ...agents, ...(isObject(global) && { [SHARED]: global }) };
      await write(caller, caller.workspaceId, contactId, facts);
      return memoryOf(await store.memories.read(caller.workspaceId, contactId));
    },

    async remove(caller, contactId) {
      await requireContact(ctx, caller, contactId);
      const entry = auditEntry(ctx, caller, 'memory.deleted', contactId);
      await storesFor(ctx, caller).memories.remove(caller.workspaceId, contactId, entry);
    },
  };
}

/** Facts to merge, by agent id; `SHARED` for those of all agents. */
type FactsByAgent = Readonly<Record<string, JsonObject | undefined>>;

async function mergeAndWrite(
  ctx: Context,
  author: Author,
  workspaceId: string,
  contactId: string,
  facts: FactsByAgent,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const changes = changesOf(await ctx.store.memories.read(workspaceId, contactId, Object.keys(facts)), facts);
    if (changes.length === 0) return;
    // The entry names the parts, not the facts: the audit log is kept after a contact asks to be forgotten.
    const detail = { parts: changes.map(({ agentId }) => agentId || 'global') };
    const entry = auditEntry(ctx, author, 'memory.updated', contactId, detail);
    if (await storesFor(ctx, author).memories.change(workspaceId, contactId, changes, entry)) return;
  }
  throw new Fault('write_conflict', { retryAfterSeconds: 1 });
}

function changesOf(stored: readonly StoredMemory[], facts: FactsByAgent): MemoryChange[] {
  const parts = new Map(stored.map((part) => [part.agentId, part]));
  return Object.entries(facts).flatMap(([agentId, learned = {}]) => {
    const part = parts.get(agentId);
    const before = factsOf(part);
    const after = mergeFacts(before, learned);
    if (same(before, after)) return [];
    return [{ agentId, after, ...(part && { before: part.facts }) }];
  });
}

async function requireContact({ store }: Context, { workspaceId }: Caller, id: string): Promise<void> {
  if (!(await store.contacts.get(workspaceId, id))) throw new Fault('contact_missing', { id });
}

const factsOf = (part: StoredMemory | undefined): MemoryFacts => (part ? (JSON.parse(part.facts) as MemoryFacts) : {});

function memoryOf(parts: readonly StoredMemory[]): Memory {
  const times = parts.map(({ updatedAt }) => updatedAt).sort();
  return {
    global: factsOf(parts.find(({ agentId }) => agentId === SHARED)),
    agents: Object.fromEntries(
      parts.filter(({ agentId }) => agentId !== SHARED).map((part) => [part.agentId, factsOf(part)]),
    ),
    updatedAt: times.at(-1) ?? null,
  };
}
