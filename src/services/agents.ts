/** What may be done with agents. One write path for everybody: read, think, one guarded write, again if it lost. */
import { apply } from '../change/apply.ts';
import { forgetting } from '../change/forget.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { type Agent, type AgentDocument, newDocument } from '../model/agent.ts';
import type { Edit } from '../model/edit.ts';
import { checkAgent } from '../model/rules.ts';
import { mentions, type View, type Wanted } from '../model/view.ts';
import type { AgentFilter, AgentOrder, AgentPage } from '../store/agents.ts';
import type { Caller } from './caller.ts';
import type { House } from './house.ts';
import { relatedTo } from './related.ts';
import { createTurns } from './turns.ts';

/** An agent by the house's id or by its number. */
export type AgentRef = { id: string } | { number: number };

/** What a caller means to change, told by a dialect's mapping. */
export interface Intent {
  /** What the mapping needs looked up before it can understand the request; asked anew at each attempt. */
  wants?: (agent: Agent) => Wanted;
  edits: (view: View) => Edit[];
  /** Names that this tongue keeps unique. */
  uniqueName?: boolean;
}

export interface Draft extends Intent {
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

const ATTEMPTS = 100;
const MAX_HAND_OFF_DEPTH = 8;

export type AgentService = ReturnType<typeof agentService>;

export function agentService(house: House) {
  const { store, now, newId } = house;

  const find = (workspaceId: string, ref: AgentRef) =>
    'id' in ref ? store.agents.get(workspaceId, ref.id) : store.agents.getByNumber(workspaceId, ref.number);

  const head = async (workspaceId: string, ref: AgentRef): Promise<Agent> => {
    const agent = await find(workspaceId, ref);
    if (agent) return agent;
    const foreign = 'id' in ref && (await store.agents.exists(ref.id));
    throw new Fault(foreign ? 'agent_foreign' : 'agent_missing', { id: String('id' in ref ? ref.id : ref.number) });
  };

  const viewOf = async (agent: Agent, wants?: Intent['wants']): Promise<View> => ({
    agent,
    related: await relatedTo(house, agent.workspaceId, [agent], wants?.(agent)),
  });

  const authorship = (caller: Caller, at: string) => ({ at, by: caller.author, via: caller.dialect });

  /** Refuses what the model does not allow, and references to what is not there. */
  const judge = async (workspaceId: string, id: string, before: AgentDocument, after: AgentDocument): Promise<void> => {
    const issues = checkAgent(after);
    if (issues.length > 0) throw invalid(issues);
    const missing = await missingReferences(workspaceId, before, after);
    if (missing.length > 0) throw new Fault('unknown_reference', { issues: missing });
    if (before.subAgents !== after.subAgents) await refuseCycles(workspaceId, id, after);
  };

  const missingReferences = async (workspaceId: string, before: AgentDocument, after: AgentDocument) => {
    const [old, fresh] = [mentions(before), mentions(after)];
    const added = <T>(from: readonly T[], to: readonly T[]): T[] => to.filter((item) => !from.includes(item));
    const wanted = {
      avatarIds: added([old.avatarId], [fresh.avatarId]).filter((id) => id !== undefined),
      phoneNumberIds: added([old.callerNumberId], [fresh.callerNumberId]).filter((id) => id !== undefined),
      toolIds: added(old.toolIds, fresh.toolIds),
      agentIds: added(old.agentIds, fresh.agentIds),
    };
    const found = await relatedTo(house, workspaceId, [], wanted);
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
    return issues;
  };

  /** Nobody may be handed over to itself, however long the way round. One question a level. */
  const refuseCycles = async (workspaceId: string, id: string, document: AgentDocument): Promise<void> => {
    let level = mentions(document).agentIds;
    for (let depth = 0; level.length > 0; depth += 1) {
      if (level.includes(id) || depth >= MAX_HAND_OFF_DEPTH) {
        const message = level.includes(id) ? 'must not lead back to the agent itself' : 'is too deep';
        throw invalid([{ path: 'subAgents', message, rule: 'cycle' }]);
      }
      const { agents } = await relatedTo(house, workspaceId, [], { agentIds: level });
      level = [...agents.values()].flatMap((agent) => mentions(agent.document).agentIds);
    }
  };

  const refuseTakenName = async (workspaceId: string, name: string, exceptId?: string): Promise<void> => {
    if (await store.agents.nameTaken(workspaceId, name, exceptId))
      throw new Fault('name_taken', { issues: [{ path: 'name', message: 'is already taken', rule: 'unique' }] });
  };

  const turns = createTurns();
  const change = (caller: Caller, ref: AgentRef, intent: Intent): Promise<Updated> => {
    const who = 'id' in ref ? ref.id : `number ${ref.number}`;
    return turns(`${caller.workspaceId} ${who}`, () => race(caller, ref, intent));
  };

  const race = async (caller: Caller, ref: AgentRef, intent: Intent): Promise<Updated> => {
    const { workspaceId } = caller;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const agent = await head(workspaceId, ref);
      const view = await viewOf(agent, intent.wants);
      const at = now().toISOString();
      const { document, edits } = apply(agent.document, intent.edits(view), { at, newId });
      if (edits.length === 0) return { view, edits };
      await judge(workspaceId, agent.id, agent.document, document);
      if (intent.uniqueName && document.name !== agent.document.name)
        await refuseTakenName(workspaceId, document.name, agent.id);
      if (!(await store.agents.revise(agent, { document, edits }, authorship(caller, at)))) continue;
      const next = { ...agent, document, revision: agent.revision + 1, updatedAt: at };
      return { view: await viewOf(next, intent.wants), edits };
    }
    throw new Fault('write_conflict');
  };

  /** The agent that a draft stands for, judged and not yet kept. */
  const conceive = async (caller: Caller, draft: Draft): Promise<Agent> => {
    const { workspaceId } = caller;
    const at = now().toISOString();
    const moment = { at, newId };
    const blank = apply(newDocument(''), draft.defaults ?? [], moment).document;
    const unborn: Agent = {
      workspaceId,
      id: newId(),
      number: 0,
      ownerId: caller.userId,
      revision: 0,
      createdAt: at,
      updatedAt: at,
      document: blank,
    };
    const view = await viewOf(unborn, draft.wants);
    const { document } = apply(blank, draft.edits(view), moment);
    await judge(workspaceId, unborn.id, newDocument(''), document);
    if (draft.uniqueName) await refuseTakenName(workspaceId, document.name);
    return { ...unborn, document };
  };

  return {
    async create(caller: Caller, draft: Draft): Promise<View> {
      const unborn = await conceive(caller, draft);
      const agent = await store.agents.create(unborn, authorship(caller, unborn.createdAt));
      return viewOf(agent, draft.wants);
    },

    /** Refuses what creating would refuse; nothing is kept. */
    async check(caller: Caller, draft: Draft): Promise<void> {
      await conceive(caller, draft);
    },

    async get(caller: Caller, ref: AgentRef, wants?: Intent['wants']): Promise<View> {
      return viewOf(await head(caller.workspaceId, ref), wants);
    },

    async list(
      caller: Caller,
      filter: AgentFilter,
      order: AgentOrder,
      page: AgentPage,
      wants?: (agents: Agent[]) => Wanted,
    ): Promise<View[]> {
      const agents = await store.agents.list(caller.workspaceId, filter, order, page);
      const related = await relatedTo(house, caller.workspaceId, agents, wants?.(agents));
      return agents.map((agent) => ({ agent, related }));
    },

    count: (caller: Caller, filter: AgentFilter): Promise<number> => store.agents.count(caller.workspaceId, filter),

    update: change,

    /** Gone for every tongue; its revisions stay. Agents that would hand over to it forget it. */
    async remove(caller: Caller, ref: AgentRef): Promise<void> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const agent = await head(caller.workspaceId, ref);
        const author = authorship(caller, now().toISOString());
        const gone = { document: agent.document, edits: [], deleted: true };
        if (!(await store.agents.revise(agent, gone, author))) continue;
        await this.forget(caller, agent.id);
        return;
      }
      throw new Fault('write_conflict');
    },

    /** Takes something that is gone out of every agent of the workspace that pointed at it. */
    async forget(caller: Caller, id: string): Promise<void> {
      for (const agent of await store.agents.mentioning(caller.workspaceId, id)) {
        if (agent.id === id) continue;
        await change(caller, { id: agent.id }, { edits: (view) => forgetting(view.agent.document, id) });
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
