/** What may be done with agents. One write path for everybody: read, think, one guarded write, again if it lost. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller, Receipt } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { type Agent, type AgentDocument, defaultProfile, newDocument, type ToolAttachment } from './agent.ts';
import { apply } from './change/apply.ts';
import { changedPaths, overlaps } from './change/diff.ts';
import { DEFAULT_PROFILE, type Edit } from './change/edit.ts';
import { spokenPaths } from './change/origins.ts';
import { withoutReferences } from './change/remove-references.ts';
import { loadReferences } from './references.ts';
import type { Retention } from './retention.ts';
import { checkAgent } from './rules.ts';
import type { AgentFilter, AgentOrder, AgentPage, AgentRef } from './store.ts';
import { transferTargets } from './transfers.ts';
import { mentionedIds, type ReferenceIds, type View } from './view.ts';

/** What a caller means to change, told by a dialect's mapping. */
export interface AgentChange {
  /** What the mapping needs looked up before it can understand the request; asked anew at each attempt. */
  wants?: (agent: Agent) => ReferenceIds;
  edits: (view: View) => Edit[];
  /** The document that it must become to the letter: the edits lead there, and nothing follows from them. */
  becomes?: AgentDocument;
  /** Names that this tongue keeps unique. */
  uniqueName?: boolean;
  /** What the journal calls it; an update, unless said. */
  action?: string;
}

export interface Draft extends AgentChange {
  /** What a new agent of this tongue is before its caller says anything. */
  defaults?: Edit[];
}

export interface Updated {
  view: View;
  /** What moved; empty when nothing did, and then nothing was written. */
  edits: Edit[];
}

export interface ListOf<T> {
  items: T[];
  total: number;
}

export type { AgentRef };

const ATTEMPTS = 100;
const MAX_HAND_OFF_DEPTH = 8;
/** The parts of a document that `mentions` looks into. */
const POINTING = ['avatar', 'telephony', 'tools', 'subAgents'] as const;

export type AgentService = ReturnType<typeof agentService>;

export function agentService(
  ctx: Context,
  settings: Pick<SettingsService, 'demandPrecondition'>,
  forgetOld: Retention,
) {
  const { store, now, newId } = ctx;

  const find = (workspaceId: string, ref: AgentRef) =>
    'id' in ref ? store.agents.get(workspaceId, ref.id) : store.agents.getByNumber(workspaceId, ref.number);

  const head = async (workspaceId: string, ref: AgentRef): Promise<Agent> =>
    (await find(workspaceId, ref)) ?? (await refuse(ref));

  const refuse = async (ref: AgentRef): Promise<never> => {
    const foreign = 'id' in ref && (await store.agents.exists(ref.id));
    throw new Fault(foreign ? 'agent_foreign' : 'agent_missing', { id: String('id' in ref ? ref.id : ref.number) });
  };

  const viewOf = async (agent: Agent, wants?: AgentChange['wants']): Promise<View> => ({
    agent,
    references: await loadReferences(ctx, agent.workspaceId, [agent], wants?.(agent)),
  });

  /** Refuses what the model does not allow, and references to what is not there. */
  const judge = async (
    workspaceId: string,
    id: string,
    known: AgentDocument | undefined,
    after: AgentDocument,
  ): Promise<void> => {
    const issues = checkAgent(after, known);
    if (issues.length > 0) throw invalid(issues);
    const before = known ?? newDocument('');
    // Most changes touch nothing that points anywhere.
    if (POINTING.every((part) => before[part] === after[part])) return;
    const missing = await missingReferences(workspaceId, before, after);
    if (missing.length > 0) throw new Fault('unknown_reference', { issues: missing });
    if (before.subAgents !== after.subAgents) await refuseCycles(workspaceId, id, after);
  };

  const missingReferences = async (workspaceId: string, before: AgentDocument, after: AgentDocument) => {
    const [old, fresh] = [mentionedIds(before), mentionedIds(after)];
    const added = <T>(from: readonly T[], to: readonly T[]): T[] => to.filter((item) => !from.includes(item));
    const wanted = {
      avatarIds: added([old.avatarId], [fresh.avatarId]).filter((id) => id !== undefined),
      phoneNumberIds: added([old.callerNumberId], [fresh.callerNumberId]).filter((id) => id !== undefined),
      toolIds: added(old.toolIds, fresh.toolIds),
      agentIds: added(old.agentIds, fresh.agentIds),
    };
    const transferIds = added(old.transferIds, fresh.transferIds);
    const agentIds = [...wanted.agentIds, ...transferIds];
    const found = await loadReferences(ctx, workspaceId, [], { ...wanted, agentIds });
    const issues: Issue[] = [];
    const report = (path: string, what: string) =>
      issues.push({ path, message: `refers to ${what} that does not exist`, rule: 'reference' });
    for (const id of wanted.avatarIds) if (!found.avatars.has(id)) report('avatar.id', 'an avatar');
    for (const id of wanted.phoneNumberIds)
      if (!found.phoneNumbers.has(id)) report('telephony.callerNumberId', 'a phone number');
    for (const id of wanted.toolIds)
      if (!found.tools.has(id)) report(`tools.${after.tools.findIndex((tool) => tool.toolId === id)}`, 'a tool');
    for (const id of wanted.agentIds)
      if (!found.agents.has(id))
        report(`subAgents.${after.subAgents.findIndex((child) => child.agentId === id)}`, 'an agent');
    const leadsTo = (id: string) => (tool: ToolAttachment) =>
      transferTargets(tool).some(({ agentId }) => agentId === id);
    for (const id of transferIds)
      if (!found.agents.has(id)) report(`tools.${after.tools.findIndex(leadsTo(id))}.config.targets`, 'an agent');
    return issues;
  };

  /** Nobody may be handed over to itself, however long the way round. One question a level. */
  const refuseCycles = async (workspaceId: string, id: string, document: AgentDocument): Promise<void> => {
    let level = mentionedIds(document).agentIds;
    for (let depth = 0; level.length > 0; depth += 1) {
      if (level.includes(id) || depth >= MAX_HAND_OFF_DEPTH) {
        const message = level.includes(id) ? 'must not lead back to the agent itself' : 'is too deep';
        throw invalid([{ path: 'subAgents', message, rule: 'cycle' }]);
      }
      const { agents } = await loadReferences(ctx, workspaceId, [], { agentIds: level });
      level = [...agents.values()].flatMap((agent) => mentionedIds(agent.document).agentIds);
    }
  };

  const refuseTakenName = async (workspaceId: string, name: string, exceptId?: string): Promise<void> => {
    if (await store.agents.nameTaken(workspaceId, name, exceptId)) throw nameTaken();
  };
  const nameTaken = () =>
    new Fault('name_taken', { issues: [{ path: 'name', message: 'is already taken', rule: 'unique' }] });

  /** Refuses a write that was meant for another revision than the head, unless both sides can be had. */
  const refuseStale = async (agent: Agent, edits: readonly Edit[], { writeOptions }: Caller): Promise<void> => {
    const { ifMatch, merge } = writeOptions;
    if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(agent.revision)) return;
    const base = await store.history.document(agent.workspaceId, agent.id, ifMatch[0] ?? 0);
    const theirs = base ? changedPaths(base, agent.document) : [];
    const both = theirs.filter((path) => edits.some((edit) => overlaps(edit.path, path)));
    if (merge && base && both.length === 0) return;
    throw new Fault('precondition_failed', {
      count: agent.revision,
      issues: both.map((path) => ({ path, message: 'was changed on both sides', rule: 'conflict' })),
      message:
        both.length > 0
          ? `Both sides changed ${both.join(', ')}; the head is revision ${agent.revision}.`
          : `The head is revision ${agent.revision}. Prefer: merge lets a change of other fields through.`,
    });
  };

  const queue = createSerialQueue();
  const change = (caller: Caller, ref: AgentRef, intent: AgentChange): Promise<Updated> => {
    const who = 'id' in ref ? ref.id : `number ${ref.number}`;
    return queue(`${caller.workspaceId} ${who}`, () => race(caller, ref, intent));
  };

  const race = async (caller: Caller, ref: AgentRef, intent: AgentChange): Promise<Updated> => {
    const { workspaceId } = caller;
    await settings.demandPrecondition(caller);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await store.agents.head(workspaceId, ref);
      const { agent, openConversations } = found ?? (await refuse(ref));
      const view = await viewOf(agent, intent.wants);
      const at = now().toISOString();
      const meant = intent.edits(view);
      const { document, edits } = intent.becomes
        ? { document: intent.becomes, edits: meant }
        : apply(agent.document, meant, { at, newId });
      await refuseStale(agent, edits, caller);
      const receipt = receiptOf(agent, document, meant, edits);
      if (edits.length === 0) {
        caller.receipts.push(receipt);
        return { view, edits };
      }
      await judge(workspaceId, agent.id, agent.document, document);
      const claimsName = (intent.uniqueName ?? false) && document.name !== agent.document.name;
      if (claimsName) await refuseTakenName(workspaceId, document.name, agent.id);
      const detail = { changed: receipt.changed };
      const entry = { ...auditEntry(ctx, caller, intent.action ?? 'agent.updated', agent.id, detail), at };
      if (!(await storesFor(ctx, caller).agents.revise(agent, { document, edits, claimsName }, entry))) continue;
      caller.receipts.push({ ...receipt, revision: agent.revision + 1, liveConversations: openConversations });
      if (!caller.writeOptions.dryRun) forgetOld(agent, agent.revision + 1);
      const next = { ...agent, document, revision: agent.revision + 1, updatedAt: at };
      return { view: await viewOf(next, intent.wants), edits };
    }
    throw new Fault('write_conflict');
  };

  const receiptOf = (
    agent: Agent,
    after: Agent['document'],
    meant: readonly Edit[],
    edits: readonly Edit[],
  ): Receipt => {
    const changed = spokenPaths(edits);
    // Where there was no default profile, the one that was meant is the one that was made.
    const id = (defaultProfile(agent.document) ?? defaultProfile(after))?.id ?? '*';
    const spoken = spokenPaths(meant).map((path) => path.replace(DEFAULT_PROFILE, id));
    const unchanged = spoken.filter((path) => !changed.some((moved) => overlaps(moved, path)));
    return { agentId: agent.id, revision: agent.revision, changed, unchanged, liveConversations: 0 };
  };

  /** The agent that a draft stands for, judged and not yet kept. */
  const newDraft = async (caller: Caller, draft: Draft): Promise<Agent> => {
    const { workspaceId } = caller;
    const at = now().toISOString();
    const moment = { at, newId };
    const blank = apply(newDocument(''), draft.defaults ?? [], moment).document;
    const blankAgent: Agent = {
      workspaceId,
      id: newId(),
      number: 0,
      ownerId: caller.userId,
      revision: 0,
      createdAt: at,
      updatedAt: at,
      document: blank,
    };
    const view = await viewOf(blankAgent, draft.wants);
    const { document } = apply(blank, draft.edits(view), moment);
    await judge(workspaceId, blankAgent.id, undefined, document);
    if (draft.uniqueName) await refuseTakenName(workspaceId, document.name);
    return { ...blankAgent, document };
  };

  return {
    async create(caller: Caller, draft: Draft): Promise<View> {
      const blankAgent = await newDraft(caller, draft);
      const entry = { ...auditEntry(ctx, caller, 'agent.created', blankAgent.id, {}, 1), at: blankAgent.createdAt };
      const { agents } = storesFor(ctx, caller);
      const agent = await agents.create(blankAgent, entry, draft.uniqueName);
      if (!agent) throw nameTaken();
      caller.receipts.push({ agentId: agent.id, revision: 1, changed: [], unchanged: [], liveConversations: 0 });
      return viewOf(agent, draft.wants);
    },

    /** Refuses what creating would refuse; nothing is kept. */
    async check(caller: Caller, draft: Draft): Promise<void> {
      await newDraft(caller, draft);
    },

    async get(caller: Caller, ref: AgentRef, wants?: AgentChange['wants']): Promise<View> {
      const agent = await head(caller.workspaceId, ref);
      caller.seen = agent.revision;
      return viewOf(agent, wants);
    },

    /** Also one that is deleted, as it was then: for what was arranged with it before. */
    async asItWas({ workspaceId }: Caller, id: string): Promise<View> {
      const order = { by: 'createdAt', direction: 'asc' } as const;
      const [agent] = await store.agents.list(workspaceId, { ids: [id], includeDeleted: true }, order, { limit: 1 });
      return viewOf(agent ?? (await refuse({ id })));
    },

    async list(
      caller: Caller,
      filter: AgentFilter,
      order: AgentOrder,
      page: AgentPage,
      wants?: (agents: Agent[]) => ReferenceIds,
    ): Promise<View[]> {
      const agents = await store.agents.list(caller.workspaceId, filter, order, page);
      const references = await loadReferences(ctx, caller.workspaceId, agents, wants?.(agents));
      return agents.map((agent) => ({ agent, references }));
    },

    /** Whose profile it is, in tongues where a profile has an id of its own. */
    async withProfile({ workspaceId }: Caller, profileId: string): Promise<Agent | undefined> {
      const found = await store.agents.findReferring(workspaceId, profileId);
      return found.find(({ document }) => Object.hasOwn(document.profiles, profileId));
    },

    count: (caller: Caller, filter: AgentFilter): Promise<number> => store.agents.count(caller.workspaceId, filter),

    update: change,

    /** Gone for every tongue; its revisions stay. Agents that would hand over to it forget it. */
    async remove(caller: Caller, ref: AgentRef): Promise<void> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const agent = await head(caller.workspaceId, ref);
        await refuseStale(agent, [], caller);
        const gone = { document: agent.document, edits: [], deleted: true };
        const entry = auditEntry(ctx, caller, 'agent.deleted', agent.id);
        if (!(await storesFor(ctx, caller).agents.revise(agent, gone, entry))) continue;
        const revision = agent.revision + 1;
        caller.receipts.push({ agentId: agent.id, revision, changed: [], unchanged: [], liveConversations: 0 });
        await this.removeReferences(caller, agent.id);
        return;
      }
      throw new Fault('write_conflict');
    },

    /** Takes something that is gone out of every agent of the workspace that pointed at it. */
    async removeReferences({ writeOptions, ...rest }: Caller, id: string): Promise<void> {
      // What was said about the thing that is gone says nothing about those that pointed at it.
      const caller: Caller = {
        ...rest,
        writeOptions: { ...(writeOptions.dryRun && { dryRun: true }), ifMatch: '*' },
        receipts: [],
      };
      for (const agent of await store.agents.findReferring(caller.workspaceId, id)) {
        if (agent.id === id) continue;
        await change(caller, { id: agent.id }, { edits: (view) => withoutReferences(view.agent.document, id) });
      }
    },

    /** A card for strangers: public agents only, whatever their workspace. */
    async publicCard(id: string): Promise<View> {
      const agent = await store.agents.getPublic(id);
      if (!agent) throw new Fault('agent_missing', { id });
      return viewOf(agent);
    },
  };
}
