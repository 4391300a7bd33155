/** How a conversation begins: who may begin one, and everything that it will run on, looked up once. */

import { type Agent, CallSettings } from '../agents/agent.ts';
import type { HistoryService } from '../agents/history-service.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import type { View } from '../agents/view.ts';
import { ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { Fault, type Issue, invalid, invalidAt } from '../faults.ts';
import { issuesOf, mapIssues } from '../lib/check.ts';
import type { JsonObject } from '../lib/values.ts';
import { layersOf } from '../settings/resolve.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Tool } from '../tools/tool.ts';
import type { Caller } from '../workspaces/caller.ts';
import { type Channel, isSpoken, type Message, type Sampling, type Snapshot } from './conversation.ts';
import { handoffTargets, type ListedTool, wantedTools } from './offer.ts';
import { type AgentOverrides, overruled } from './overrides.ts';
import type { ToolRunner } from './ports.ts';
import { takeSnapshot } from './snapshot.ts';
import type { CallContext } from './variables.ts';

/** What whoever begins a conversation may say. */
export interface StartRequest {
  agent: AgentRef;
  channel: Channel;
  /** One of the workspace's contacts, or facts about somebody who is not kept. */
  contact?: { id: string } | ContactInput;
  variables?: JsonObject;
  /** The head, unless one of these says otherwise. */
  revision?: number;
  label?: string;
  locale?: string;
  profileId?: string;
  overrides?: Overrides;
  /** The call settings of the campaign that it belongs to: a level of their own, below the overrides. */
  campaign?: JsonObject;
  metadata?: JsonObject;
  extras?: JsonObject;
  /** What is said first, in the language it is held in, where nobody gave the agent words to begin with. */
  firstWords?: (locale: string) => string;
  /** What was said before, somewhere else: it stands in the place of the greeting. */
  earlier?: readonly Pick<Message, 'role' | 'text'>[];
  /** It was arranged with an agent that may be deleted meanwhile, before it or while it lasts. */
  outlivesAgent?: true;
  /** The call that it is held in. */
  telephone?: CallContext;
  /** What a tongue wants to keep of the agent as it is now, besides its extras. */
  remember?: (view: View) => JsonObject;
}

export interface Overrides extends AgentOverrides, Sampling {
  model?: string;
  instructions?: string;
  greeting?: string;
  context?: string;
  callSettings?: JsonObject;
}

export interface Started {
  agent: Agent;
  contactId: string | null;
  snapshot: Snapshot;
  extras: JsonObject;
}

export interface StartOptions {
  agents: Pick<AgentService, 'get' | 'asItWas'>;
  history: Pick<HistoryService, 'at' | 'label'>;
  settings: Pick<SettingsService, 'current'>;
  tools: Pick<ToolRunner, 'list'>;
  /** What an agent knows of a contact. */
  recall?: (workspaceId: string, contactId: string, agentId: string) => Promise<JsonObject>;
}

const VARIABLES = { keys: 2000, depth: 20, bytes: 65_536 };
const MAX_HAND_OFF_DEPTH = 8;

export function conversationStarter(ctx: Context, { agents, history, settings, tools, recall }: StartOptions) {
  const { store, now } = ctx;

  /** The agent as its head has it, and as the revision has it that was asked for. */
  const chosen = async (caller: Caller, draft: StartRequest) => {
    // They are looked up, not shown: the answer is about something else.
    const { agent: wanted, outlivesAgent } = draft;
    const view =
      outlivesAgent && 'id' in wanted
        ? await agents.asItWas(caller, wanted.id)
        : await agents.get({ ...caller }, wanted);
    const { agent: head } = view;
    refuseUnavailable(caller, head, draft.channel);
    const ref = { id: head.id };
    const label = draft.label === undefined ? undefined : await history.label(caller, ref, draft.label);
    const revision = label?.revision ?? draft.revision ?? head.revision;
    const agent = revision === head.revision ? head : (await history.at({ ...caller }, ref, revision)).agent;
    return { agent, label, extras: { ...draft.extras, ...draft.remember?.(view) } };
  };

  /** Everybody it may be handed over to, one question a level; who is not active is not asked. */
  const family = async (first: Agent) => {
    const others = new Map<string, Agent>();
    const profileIds = new Map<string, string>();
    let level = [first];
    for (let depth = 0; level.length > 0 && depth < MAX_HAND_OFF_DEPTH; depth += 1) {
      const targets = level.flatMap(({ document }) => handoffTargets(document));
      const fresh = targets.filter(({ agentId }) => agentId !== first.id && !others.has(agentId));
      for (const { agentId, profileId } of fresh)
        if (profileId && !profileIds.has(agentId)) profileIds.set(agentId, profileId);
      const ids = [...new Set(fresh.map(({ agentId }) => agentId))];
      if (ids.length === 0) break;
      const order = { by: 'createdAt', direction: 'asc' } as const;
      level = await store.agents.list(first.workspaceId, { ids, status: ['active'] }, order, { limit: ids.length });
      for (const agent of level) others.set(agent.id, agent);
    }
    return { others, profileIds };
  };

  const toolsOf = async (workspaceId: string, family: readonly Agent[]) => {
    const wanted = family.map(({ document }) => wantedTools(document));
    const ids = [...new Set(wanted.flatMap((one) => one.ids))];
    const names = [...new Set(wanted.flatMap((one) => one.names))];
    const [byId, byName] = await Promise.all([
      ids.length > 0 ? store.tools.getMany(workspaceId, ids) : [],
      names.length > 0 ? store.tools.findByNames(workspaceId, names) : [],
    ]);
    const found = [...new Map([...byId, ...byName].map((tool) => [tool.id, tool])).values()];
    return { tools: found, ...(await listedBy(found)) };
  };

  /** A server that does not answer is missing in this conversation, which goes on without it. */
  const listedBy = async (found: readonly Tool[]) => {
    const servers = found.filter(({ spec }) => spec.kind === 'mcp');
    const answers = await Promise.all(servers.map((server) => tools.list?.(server)));
    const listed = new Map<string, readonly ListedTool[]>();
    const notes: string[] = [];
    for (const [i, { id, spec }] of servers.entries()) {
      const answer = answers[i];
      if (answer) listed.set(id, answer);
      else notes.push(`The server ${spec.name} did not say which tools it has.`);
    }
    return { listed, notes };
  };

  /**
   * Somebody whom the caller's own system knows may be one of the workspace's contacts; what is said of them here
   * counts. A stranger may say anybody's name, and is told nothing of them.
   */
  const acquainted = async ({ kind, workspaceId }: Caller, said: ContactInput) => {
    const { externalId } = said;
    const known =
      externalId && kind !== 'stranger' ? await store.contacts.getByExternalId(workspaceId, externalId) : undefined;
    return known ? { id: known.id, fields: { ...known.fields, ...said } } : { id: null, fields: said };
  };

  const contactOf = async (caller: Caller, contact: StartRequest['contact']) => {
    if (contact === undefined) return null;
    if (!('id' in contact)) return acquainted(caller, contact);
    const found = await store.contacts.get(caller.workspaceId, contact.id);
    if (found) return { id: found.id, fields: found.fields };
    const issues = [{ path: 'contact.id', message: 'refers to a contact that does not exist', rule: 'reference' }];
    throw new Fault('unknown_reference', { issues });
  };

  return async (caller: Caller, conversationId: string, draft: StartRequest): Promise<Started> => {
    const { workspaceId } = caller;
    const { agent: own, label, extras } = await chosen(caller, draft);
    judge(draft);
    demandProfile(own, draft);
    const agent = overruled(own, draft.overrides ?? {}, now().toISOString());
    const contact = await contactOf(caller, draft.contact);
    const { others, profileIds } = await family(agent);
    if (draft.profileId) profileIds.set(agent.id, draft.profileId);
    const known = agent.document.memory.enabled ? contact?.id : undefined;
    const [equipment, { document: workspaceSettings }, workspace, recalled] = await Promise.all([
      toolsOf(workspaceId, [agent, ...others.values()]),
      settings.current(workspaceId),
      store.accounts.workspace(workspaceId),
      known && recall ? recall(workspaceId, known, agent.id) : {},
    ]);
    const { callSettings, profile: _profile, tools: _tools, ...overrides } = draft.overrides ?? {};
    const snapshot = takeSnapshot({
      conversationId,
      at: now().toISOString(),
      channel: draft.channel,
      ...(draft.locale !== undefined && { locale: draft.locale }),
      first: agent,
      others,
      profileIds,
      ...equipment,
      contact,
      memory: recalled,
      ...(draft.telephone && { telephone: draft.telephone }),
      ...(draft.outlivesAgent && { outlivesAgent: true }),
      layers: layersOf({ workspace: workspaceSettings, campaign: draft.campaign, override: callSettings }),
      variables: { ...label?.variables, ...draft.variables },
      company: workspace?.name ?? '',
      overrides,
      label: label?.name ?? null,
      // One tongue documents that unknown placeholders are left standing, one leaves the question open.
      templates: { unresolved: caller.dialect === 'kejue' ? 'empty' : 'literal' },
    });
    return { agent, contactId: contact?.id ?? null, snapshot: spokenFirst(snapshot, draft.firstWords), extras };
  };
}

/** An empty greeting is one too: it says nothing. */
function spokenFirst(snapshot: Snapshot, firstWords: StartRequest['firstWords']): Snapshot {
  const own = snapshot.personas[snapshot.firstAgentId]?.profile?.greeting.text;
  if (!firstWords || own !== undefined) return snapshot;
  return { ...snapshot, overrides: { greeting: firstWords(snapshot.locale), ...snapshot.overrides } };
}

/** Whether this caller may begin something new with the agent on this channel. */
export function refuseUnavailable({ kind }: Caller, { id, document }: Agent, channel: Channel): void {
  const { status, visibility, voiceEnabled, profiles } = document;
  if (kind === 'stranger' && visibility !== 'public') throw new Fault('agent_missing', { id });
  const because = (why: string) => new Fault('agent_unavailable', { id, message: `The agent ${why}.` });
  if (status !== 'active') throw because(`is ${status}`);
  if (isSpoken(channel) && !voiceEnabled) throw because('does not speak: its voice is switched off');
  const all = Object.values(profiles);
  if (all.length > 0 && !all.some(({ active }) => active)) throw because('has no profile that is switched on');
}

/** Whoever begins a chat is there to be told. A call that rings already goes on as one of the profiles that are left. */
function demandProfile({ document }: Agent, { profileId, telephone }: StartRequest): void {
  if (profileId === undefined || telephone || Object.hasOwn(document.profiles, profileId)) return;
  const issues = [{ path: 'profileId', message: 'is not a profile of the agent', rule: 'reference' }];
  throw new Fault('unknown_reference', { issues });
}

export const metadataIssues = (metadata: JsonObject): Issue[] => mapIssues(VARIABLES, metadata, 'metadata');

/** What a tongue's own contract has not judged already. */
function judge({ revision, label, variables = {}, metadata = {}, contact, overrides = {} }: StartRequest): void {
  if (revision !== undefined && label !== undefined)
    throw invalidAt('label', 'must not be given together with a revision', 'kind');
  const layer = overrides.callSettings && { ...overrides.callSettings, window: overrides.callSettings['window'] ?? {} };
  const issues: Issue[] = [
    ...mapIssues(VARIABLES, variables, 'variables'),
    ...metadataIssues(metadata),
    ...(contact && !('id' in contact) ? issuesOf(ContactInput, contact, 'contact') : []),
    ...(layer ? issuesOf(CallSettings, layer, 'overrides.callSettings') : []),
  ];
  if (issues.length > 0) throw invalid(issues);
}
