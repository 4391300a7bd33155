/** Agents as Agntix writes and shows them: the mapping table, parse and format. */

import type { Agent, AgentDocument } from '../../../agents/agent.ts';
import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { DEFAULT_MODEL, type Model, modelByUuid, modelUuid } from '../../../agents/models.ts';
import { avatarUrl, type ReferenceIds, referencedIds, type View, voiceInEffect } from '../../../agents/view.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { formatTool } from '../tools/mapping.ts';
import { attachments } from './attachments.ts';
import * as contract from './contract.ts';
import { formatIntelligence, parseIntelligence } from './intelligence.ts';
import { agentIdsIn, subAgents } from './sub-agents.ts';
import { formatTree } from './tree.ts';

const activeAsStatus: Codec = {
  format: (status) => status === 'active',
  parse: (value) => (value ? 'active' : 'paused'),
};
const publicAsVisibility: Codec = {
  format: (visibility) => visibility === 'public',
  parse: (value) => (value ? 'public' : 'private'),
};
const trueByDefault: Codec = { format: (value) => value ?? true, parse: (value) => value };
const voice: Codec = {
  format: (id, view) => voiceInEffect(view, id as string | undefined) ?? null,
  parse: (value) => value,
};

/** Agntix's documents know no agent without a model. An agent that names none shows the server's default model. */
const languageModel: Codec = {
  format: (id, view) => model().format(id ?? DEFAULT_MODEL, view),
  parse(value, current, view) {
    const id = model('chat', 'sts').parse(value, current ?? DEFAULT_MODEL, view);
    return id === DEFAULT_MODEL ? undefined : id;
  },
};

/** Answers show a UUID for any model. Only models of the catalogue can be chosen by UUID. */
const model = (...kinds: Model['kind'][]): Codec => ({
  format: (id) => (typeof id === 'string' ? modelUuid(id) : null),
  parse: (value, current) => {
    const uuid = String(value).toLowerCase();
    if (typeof current === 'string' && modelUuid(current) === uuid) return current;
    const found = modelByUuid(uuid);
    if (!found || !kinds.includes(found.kind))
      throw invalidAt('', `refers to a model that does not exist: ${value}`, 'reference');
    return found.id;
  },
});

const ownRows = [
  row('fullName', 'name'),
  row('description', 'description'),
  row('role', 'role'),
  row('language', 'profiles.@default.locale'),
  row('systemPrompt', 'profiles.@default.instructions', { onNull: 'unset' }),
  row('voiceEnabled', 'voiceEnabled'),
  row('voicePipelineMode', 'pipelineMode', { onNull: 'unset' }),
  row('isActive', 'status', { codec: activeAsStatus }),
  row('isPublic', 'visibility', { codec: publicAsVisibility }),
  // A speech-to-speech model takes the place of the language model.
  row('modelId', 'profiles.@default.model.id', { codec: languageModel }),
  row('specialInstructions', 'specialInstructions', { onNull: 'unset' }),
  row('sttModelId', 'speech.recogniserModelId', { codec: model('stt') }),
  row('ttsModelId', 'speech.voiceModelId', { codec: model('tts') }),
  row('ttsVoiceId', 'profiles.@default.voice.id', { codec: voice }),
  row('knowledgeStoreId', 'knowledge.corpusId'),
  row('welcomeAllowInterruptions', 'profiles.@default.greeting.interruptible', { codec: trueByDefault }),
  row('tools', 'tools', { codec: attachments }),
];
const ownTable = table(contract.UpdateAgent, ownRows);

export const agentTable = table(contract.UpdateAgent, [
  ...ownRows,
  row('subAgents', 'subAgents', { codec: subAgents((view) => format(ownTable, view)) }),
]);

const BASE = Object.keys(contract.Agent.properties);
const WRITTEN = Object.keys(contract.WrittenAgent.properties);
const DETAIL = Object.keys(contract.AgentDetail.properties);

const pick = (fields: readonly string[], from: JsonObject): JsonObject =>
  Object.fromEntries(fields.map((field) => [field, from[field]]));

function allFields(view: View): JsonObject {
  const { agent } = view;
  return {
    ...format(agentTable, view),
    id: agent.id,
    orgId: agent.workspaceId,
    createdAt: agent.createdAt,
    updatedAt: agent.updatedAt,
  };
}

/** The base agent, as in lists. */
export const formatAgent = (view: View): JsonObject => pick(BASE, allFields(view));

/** The answer to creation and update. */
export const formatWritten = (view: View): JsonObject =>
  pick(WRITTEN, { ...allFields(view), agentTools: agentTools(view) });

export function formatDetail(view: View): JsonObject {
  const { document } = view.agent;
  const modelId = Object.values(document.profiles).find((profile) => profile.default)?.model.id;
  const storeId = document.knowledge.corpusId;
  const fields = allFields(view);
  const subAgentsOf = (agent: Agent) => format(agentTable, { ...view, agent })['subAgents'] as JsonObject[];
  return pick(DETAIL, {
    ...fields,
    subAgents: formatTree(fields['subAgents'] as JsonObject[], view.references, subAgentsOf),
    agentTools: agentTools(view),
    intelligence: formatIntelligence(view),
    model: formatModel(modelId ?? DEFAULT_MODEL),
    agentKnowledgeStore: formatStore(storeId, view),
  });
}

/** A store that no longer exists shows its id as its name. */
const formatStore = (id: string | undefined, { references }: View) =>
  id === undefined ? null : { id, name: references.corpora.get(id)?.name ?? id };

function formatModel(id: string): JsonObject {
  const uuid = modelUuid(id);
  const [provider, ...name] = id.split('/');
  const model = modelByUuid(uuid);
  return { id: uuid, name: model?.name ?? (name.join('/') || id), provider: model?.provider ?? provider };
}

/** Leaves out tools that have been deleted since. */
function agentTools({ agent, references }: View): JsonObject[] {
  return agent.document.tools.flatMap(({ toolId, description }) => {
    const tool = toolId === undefined ? undefined : references.tools.get(toolId);
    return tool ? [{ tool: formatTool(tool), ...(description !== undefined && { toolDescription: description }) }] : [];
  });
}

/** A public agent, as clients without a key see it. */
export function formatPublic(view: View): JsonObject {
  const { id, fullName, description, role } = allFields(view);
  return { id, fullName, description, avatarUrl: avatarUrl(view) ?? null, role };
}

const firstItems = (list: unknown, maximum: number): unknown[] => (Array.isArray(list) ? list.slice(0, maximum) : []);

/** What the service reads: the agent's references for the answer, and the body's to check that they exist. */
export const referencesOf =
  (body?: unknown) =>
  ({ document }: Agent): ReferenceIds => {
    const { toolIds, agentIds } = referencedIds(document);
    const fields = isObject(body) ? body : {};
    const refs = firstItems(fields['tools'], contract.MAX_TOOLS).map((ref) => (isObject(ref) ? ref['toolId'] : ref));
    const children = agentIdsIn(firstItems(fields['subAgents'], contract.MAX_SUB_AGENTS));
    const { corpusId } = document.knowledge;
    return {
      ...(corpusId !== undefined && { corpusIds: [corpusId] }),
      toolIds: [...toolIds, ...refs.filter((id) => typeof id === 'string').map((id) => id.toLowerCase())],
      agentIds: [...agentIds, ...children.map((id) => id.toLowerCase())],
    };
  };

/** The usual references and the agents of the given ids. */
export const referencesWith =
  (agentIds: readonly string[]) =>
  (agent: Agent): ReferenceIds => {
    const references = referencesOf()(agent);
    return { ...references, agentIds: [...(references.agentIds ?? []), ...agentIds] };
  };

export const parseAgent = (body: JsonObject, view: View): Edit[] => [
  ...parse(agentTable, body, view),
  ...parseIntelligence(body['intelligence'], view),
];

/** The defaults of an agent that is created over Agntix's API. */
export const NEW_AGENT: Edit[] = [
  set('voiceEnabled', false),
  unset('pipelineMode'),
  set('profiles.@default.locale', 'en'),
];

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  const missing = contract.CREATE_REQUIRED.find((field) => body[field] == null);
  if (missing) throw invalidAt(missing, 'is required', 'required');
  return parseAgent(body, view);
}

/** A copy of an agent. It is private, and has no phone number, because a number belongs to one agent. */
export function copyOf(document: AgentDocument, { agent }: View, newId: () => string): Edit[] {
  const { createdAt } = agent;
  const profiles = Object.values(document.profiles).map((profile) => {
    const id = newId();
    return [id, { ...profile, id, createdAt, updatedAt: createdAt }] as const;
  });
  return [
    ...Object.entries(document).map(([field, value]) => set(field, value)),
    set('profiles', Object.fromEntries(profiles)),
    set('visibility', 'private'),
    unset('telephony.phoneNumber'),
  ];
}
