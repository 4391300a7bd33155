/** What may be done with agents. Updates take the write path of `update.ts`. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { type Agent, newDocument } from './agent.ts';
import { apply } from './change/apply.ts';
import type { Edit } from './change/edit.ts';
import { editsRemovingReferences } from './change/remove-references.ts';
import { findAgent, refuseMissing } from './find.ts';
import { requireFresh } from './precondition.ts';
import { loadReferences, viewOf } from './references.ts';
import type { Retention } from './retention.ts';
import type { AgentFilter, AgentOrder, AgentPage, AgentRef } from './store.ts';
import { type AgentChange, MAX_WRITE_ATTEMPTS, type UpdateContext, type Updated, updateAgent } from './update.ts';
import type { ReferenceIds, View } from './view.ts';
import { nameTaken, refuseTakenName, requireValid } from './write-checks.ts';

export type { AgentRef } from './store.ts';
export type { AgentChange, Updated } from './update.ts';

export interface Draft extends AgentChange {
  /** The values that a new agent of this dialect has before those of the request. */
  defaults?: Edit[];
}

export interface ListOf<T> {
  items: T[];
  total: number;
}

/** Every method throws `agent_missing` or `agent_foreign` for an agent that the workspace does not have. */
export interface AgentService {
  /** Creates an agent with its first revision. Throws `invalid_value`, `unknown_reference` or `name_taken`. */
  create(caller: Caller, draft: Draft): Promise<View>;
  /** Throws what `create` would throw, and stores nothing. */
  check(caller: Caller, draft: Draft): Promise<void>;
  /** The head, with the references that the answer needs. Notes its revision in the caller, for the answer's ETag. */
  get(caller: Caller, ref: AgentRef, lookups?: AgentChange['lookups']): Promise<View>;
  /** The head, also of a deleted agent: for calls and conversations that were arranged before. */
  getIncludingDeleted(caller: Caller, id: string): Promise<View>;
  /** A page of agents. */
  list(
    caller: Caller,
    filter: AgentFilter,
    order: AgentOrder,
    page: AgentPage,
    lookups?: (agents: Agent[]) => ReferenceIds,
  ): Promise<View[]>;
  /** The number of agents that a list without a page would have. */
  count(caller: Caller, filter: AgentFilter): Promise<number>;
  /** The agent that has a profile, for dialects in which profiles have ids of their own. */
  findByProfile(caller: Caller, profileId: string): Promise<Agent | undefined>;
  /** Applies a change. Updates of one agent on one node take turns. Throws also `precondition_failed`. */
  update(caller: Caller, ref: AgentRef, change: AgentChange): Promise<Updated>;
  /** Deletes an agent and removes the references to it. Its revisions stay. */
  remove(caller: Caller, ref: AgentRef): Promise<void>;
  /** Removes the references to a deleted record from every agent of the workspace. */
  removeReferences(caller: Caller, id: string): Promise<void>;
  /** A public agent of any workspace, for requests without a key. */
  getPublic(id: string): Promise<View>;
}

export function agentService(
  ctx: Context,
  settings: UpdateContext['settings'],
  pruneRevisions: Retention,
): AgentService {
  const { store } = ctx;
  const queue = createSerialQueue();
  const context: UpdateContext = { ctx, settings, pruneRevisions };
  const update: AgentService['update'] = (caller, ref, change) => {
    const name = 'id' in ref ? ref.id : `number ${ref.number}`;
    return queue(`${caller.workspaceId} ${name}`, () => updateAgent(context, caller, ref, change));
  };
  const removeReferences: AgentService['removeReferences'] = async (caller, id) => {
    const consequence = callerOfConsequence(caller);
    const edits = (view: View) => editsRemovingReferences(view.agent.document, id);
    for (const agent of await store.agents.findReferring(caller.workspaceId, id))
      if (agent.id !== id) await update(consequence, { id: agent.id }, { edits });
  };

  return {
    update,
    removeReferences,
    create: (caller, draft) => createAgent(ctx, caller, draft),
    async check(caller, draft) {
      await draftAgent(ctx, caller, draft);
    },
    async get(caller, ref, lookups) {
      const agent = await findAgent(ctx, caller.workspaceId, ref);
      caller.shownRevision = agent.revision;
      return viewOf(ctx, agent, lookups);
    },
    async getIncludingDeleted({ workspaceId }, id) {
      const order = { by: 'createdAt', direction: 'asc' } as const;
      const [agent] = await store.agents.list(workspaceId, { ids: [id], includeDeleted: true }, order, { limit: 1 });
      return viewOf(ctx, agent ?? (await refuseMissing(ctx, { id })));
    },
    async list({ workspaceId }, filter, order, page, lookups) {
      const agents = await store.agents.list(workspaceId, filter, order, page);
      const references = await loadReferences(ctx, workspaceId, agents, lookups?.(agents));
      return agents.map((agent) => ({ agent, references }));
    },
    count: ({ workspaceId }, filter) => store.agents.count(workspaceId, filter),
    async findByProfile({ workspaceId }, profileId) {
      const found = await store.agents.findReferring(workspaceId, profileId);
      return found.find(({ document }) => Object.hasOwn(document.profiles, profileId));
    },
    async remove(caller, ref) {
      const { id } = await deleteAgent(ctx, caller, ref);
      await removeReferences(caller, id);
    },
    async getPublic(id) {
      const agent = await store.agents.getPublic(id);
      if (!agent) throw new Fault('agent_missing', { id });
      return viewOf(ctx, agent);
    },
  };
}

/** The agent that a draft describes: valid, and not stored. */
async function draftAgent(ctx: Context, caller: Caller, draft: Draft): Promise<Agent> {
  const { workspaceId } = caller;
  const at = ctx.now().toISOString();
  const time = { at, newId: ctx.newId };
  const blank = apply(newDocument(''), draft.defaults ?? [], time).document;
  const blankAgent: Agent = {
    workspaceId,
    id: ctx.newId(),
    number: 0,
    ownerId: caller.userId,
    revision: 0,
    createdAt: at,
    updatedAt: at,
    document: blank,
  };
  const view = await viewOf(ctx, blankAgent, draft.lookups);
  const { document } = apply(blank, draft.edits(view), time);
  await requireValid(ctx, workspaceId, blankAgent.id, undefined, document);
  if (draft.uniqueName) await refuseTakenName(ctx, workspaceId, document.name);
  return { ...blankAgent, document };
}

async function createAgent(ctx: Context, caller: Caller, draft: Draft): Promise<View> {
  const drafted = await draftAgent(ctx, caller, draft);
  const entry = { ...auditEntry(ctx, caller, 'agent.created', drafted.id, {}, 1), at: drafted.createdAt };
  const agent = await storesFor(ctx, caller).agents.create(drafted, entry, draft.uniqueName);
  if (!agent) throw nameTaken();
  caller.receipts.push({ agentId: agent.id, revision: 1, changed: [], unchanged: [], liveConversations: 0 });
  return viewOf(ctx, agent, draft.lookups);
}

async function deleteAgent(ctx: Context, caller: Caller, ref: AgentRef): Promise<Agent> {
  for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt += 1) {
    const agent = await findAgent(ctx, caller.workspaceId, ref);
    await requireFresh(ctx, agent, [], caller.writeOptions);
    const deletion = { document: agent.document, edits: [], deleted: true };
    const entry = auditEntry(ctx, caller, 'agent.deleted', agent.id);
    if (!(await storesFor(ctx, caller).agents.revise(agent, deletion, entry))) continue;
    const revision = agent.revision + 1;
    caller.receipts.push({ agentId: agent.id, revision, changed: [], unchanged: [], liveConversations: 0 });
    return agent;
  }
  throw new Fault('write_conflict');
}

/** The caller of an update that follows from a deletion: the request's If-Match and receipt concern the deletion only. */
const callerOfConsequence = ({ writeOptions, ...rest }: Caller): Caller => ({
  ...rest,
  writeOptions: { ...(writeOptions.dryRun && { dryRun: true }), ifMatch: '*' },
  receipts: [],
});
