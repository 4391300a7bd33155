/** The start of a conversation: what a client may request, who may start one, and the snapshot that it gets. */

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
import type { Caller } from '../workspaces/caller.ts';
import { type Channel, isSpoken, type Message, type Sampling, type Snapshot } from './conversation.ts';
import { type AgentOverrides, applyOverrides } from './overrides.ts';
import type { ToolRunner } from './ports.ts';
import { takeSnapshot } from './snapshot.ts';
import { reachableAgents, startContact, toolsOf } from './start-lookups.ts';
import type { CallContext } from './variables.ts';

/** What a client may say about the conversation that it starts. */
export interface StartRequest {
  agent: AgentRef;
  channel: Channel;
  /** A contact of the workspace by id, or the fields of one that need not be stored. */
  contact?: { id: string } | ContactInput;
  variables?: JsonObject;
  /** The revision to run, by number or by label. By default the head. */
  revision?: number;
  label?: string;
  locale?: string;
  profileId?: string;
  overrides?: Overrides;
  /** The call settings of the campaign: a layer of their own, below the overrides. */
  campaign?: JsonObject;
  metadata?: JsonObject;
  extras?: JsonObject;
  /** The greeting in a given locale, used where neither the agent nor the overrides have one. */
  defaultGreeting?: (locale: string) => string;
  /** Messages exchanged elsewhere before. They take the place of the greeting. */
  priorMessages?: readonly Pick<Message, 'role' | 'text'>[];
  /** The agent may be deleted before the start or during the conversation, as with scheduled calls. */
  outlivesAgent?: true;
  /** The call that carries the conversation. */
  call?: CallContext;
  /** Makes further extras from the agent as it is at the start. */
  extrasFrom?: (view: View) => JsonObject;
}

export interface Overrides extends AgentOverrides, Sampling {
  model?: string;
  instructions?: string;
  greeting?: string;
  context?: string;
  callSettings?: JsonObject;
}

/** A conversation that is ready to be stored. */
export interface PreparedStart {
  agent: Agent;
  contactId: string | null;
  snapshot: Snapshot;
  extras: JsonObject;
}

export interface StartOptions {
  agents: Pick<AgentService, 'get' | 'getIncludingDeleted'>;
  history: Pick<HistoryService, 'at' | 'label'>;
  settings: Pick<SettingsService, 'current'>;
  tools: Pick<ToolRunner, 'list'>;
  /** The facts that an agent remembers about a contact. */
  recall?: (workspaceId: string, contactId: string, agentId: string) => Promise<JsonObject>;
}

const MAP_LIMITS = { keys: 2000, depth: 20, bytes: 65_536 };

/** Looks everything up and takes the snapshot. Nothing is written. */
export async function prepareStart(
  ctx: Context,
  options: StartOptions,
  caller: Caller,
  conversationId: string,
  request: StartRequest,
): Promise<PreparedStart> {
  const { workspaceId } = caller;
  const { agent: stored, label, extras } = await chosenAgent(options, caller, request);
  checkRequest(request);
  requireProfile(stored, request);
  const agent = applyOverrides(stored, request.overrides ?? {}, ctx.now().toISOString());
  const contact = await startContact(ctx, caller, request.contact);
  const { others, profileIds } = await reachableAgents(ctx, agent);
  if (request.profileId) profileIds.set(agent.id, request.profileId);
  const rememberedId = agent.document.memory.enabled ? contact?.id : undefined;
  const [tools, { document: workspaceSettings }, workspace, memory] = await Promise.all([
    toolsOf(ctx, options.tools, workspaceId, [agent, ...others.values()]),
    options.settings.current(workspaceId),
    ctx.store.accounts.workspace(workspaceId),
    rememberedId && options.recall ? options.recall(workspaceId, rememberedId, agent.id) : {},
  ]);
  const { callSettings, profile: _profile, tools: _tools, ...overrides } = request.overrides ?? {};
  const snapshot = takeSnapshot({
    conversationId,
    at: ctx.now().toISOString(),
    channel: request.channel,
    ...(request.locale !== undefined && { locale: request.locale }),
    first: agent,
    others,
    profileIds,
    ...tools,
    contact,
    memory,
    ...(request.call && { call: request.call }),
    ...(request.outlivesAgent && { outlivesAgent: true }),
    layers: layersOf({ workspace: workspaceSettings, campaign: request.campaign, override: callSettings }),
    variables: { ...label?.variables, ...request.variables },
    company: workspace?.name ?? '',
    overrides,
    label: label?.name ?? null,
    // One dialect documents that unknown placeholders become empty; the others show them.
    templates: { unresolved: caller.dialect === 'kejue' ? 'empty' : 'literal' },
  });
  return { agent, contactId: contact?.id ?? null, snapshot: withDefaultGreeting(snapshot, request), extras };
}

/** The agent at the requested revision. Whether it may start is judged on the head. */
async function chosenAgent({ agents, history }: StartOptions, caller: Caller, request: StartRequest) {
  const { agent: requested, outlivesAgent } = request;
  // The copy of the caller keeps these lookups out of its `seen` revision: the answer is about the conversation.
  const view =
    outlivesAgent && 'id' in requested
      ? await agents.getIncludingDeleted(caller, requested.id)
      : await agents.get({ ...caller }, requested);
  const { agent: head } = view;
  requireAvailable(caller, head, request.channel);
  const ref = { id: head.id };
  const label = request.label === undefined ? undefined : await history.label(caller, ref, request.label);
  const revision = label?.revision ?? request.revision ?? head.revision;
  const agent = revision === head.revision ? head : (await history.at({ ...caller }, ref, revision)).agent;
  return { agent, label, extras: { ...request.extras, ...request.extrasFrom?.(view) } };
}

/** An empty greeting of the profile counts as a greeting: the agent then stays silent. */
function withDefaultGreeting(snapshot: Snapshot, request: StartRequest): Snapshot {
  const own = snapshot.personas[snapshot.firstAgentId]?.profile?.greeting.text;
  if (!request.defaultGreeting || own !== undefined) return snapshot;
  return { ...snapshot, overrides: { greeting: request.defaultGreeting(snapshot.locale), ...snapshot.overrides } };
}

/** Throws `agent_unavailable` where the agent accepts no new conversation on this channel. */
export function requireAvailable({ kind }: Caller, { id, document }: Agent, channel: Channel): void {
  const { status, visibility, voiceEnabled, profiles } = document;
  if (kind === 'stranger' && visibility !== 'public') throw new Fault('agent_missing', { id });
  const unavailable = (message: string) => new Fault('agent_unavailable', { id, message });
  if (status !== 'active') throw unavailable(`The agent is ${status}; only active agents accept new conversations.`);
  if (isSpoken(channel) && !voiceEnabled)
    throw unavailable('The voice of the agent is disabled; enable it, or start the conversation on a text channel.');
  const all = Object.values(profiles);
  if (all.length > 0 && !all.some(({ active }) => active))
    throw unavailable('The agent has no active profile; activate one of its profiles.');
}

/** A call ignores a profile that is gone, because the contact may be on the line already. */
function requireProfile({ document }: Agent, request: StartRequest): void {
  const { profileId } = request;
  if (profileId === undefined || request.call || Object.hasOwn(document.profiles, profileId)) return;
  const issues = [{ path: 'profileId', message: 'is not a profile of the agent', rule: 'reference' }];
  throw new Fault('unknown_reference', { issues });
}

export const metadataIssues = (metadata: JsonObject): Issue[] => mapIssues(MAP_LIMITS, metadata, 'metadata');

/** Checks what the contracts of the dialects leave open. */
function checkRequest(request: StartRequest): void {
  const { revision, label, variables = {}, metadata = {}, contact, overrides = {} } = request;
  if (revision !== undefined && label !== undefined)
    throw invalidAt('label', 'must not be given together with a revision', 'kind');
  const { callSettings } = overrides;
  const issues: Issue[] = [
    ...mapIssues(MAP_LIMITS, variables, 'variables'),
    ...metadataIssues(metadata),
    ...(contact && !('id' in contact) ? issuesOf(ContactInput, contact, 'contact') : []),
    ...(callSettings
      ? issuesOf(CallSettings, { ...callSettings, window: callSettings['window'] ?? {} }, 'overrides.callSettings')
      : []),
  ];
  if (issues.length > 0) throw invalid(issues);
}
