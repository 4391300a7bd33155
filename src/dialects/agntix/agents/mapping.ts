/** The table: Agntix's words and ours. */

import type { Agent, AgentDocument } from '../../../agents/agent.ts';
import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import { DEFAULT_MODEL, type Model, modelByUuid, modelUuid } from '../../../agents/models.ts';
import { faceUrl, mentionedIds, type ReferenceIds, spokenVoice, type View } from '../../../agents/view.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { formatTool } from '../tools/mapping.ts';
import { attachments } from './attachments.ts';
import * as contract from './contract.ts';
import { formatIntelligence, parseIntelligence } from './intelligence.ts';
import { agentIdsIn, subAgents } from './sub-agents.ts';
import { formatTree } from './tree.ts';

const activeAsStatus: Codec = {
  to: (status) => status === 'active',
  from: (sent) => (sent ? 'active' : 'paused'),
};
const publicAsVisibility: Codec = {
  to: (visibility) => visibility === 'public',
  from: (sent) => (sent ? 'public' : 'private'),
};
const trueUnlessSaid: Codec = { to: (value) => value ?? true, from: (sent) => sent };
const voice: Codec = { to: (id, view) => spokenVoice(view, id as string | undefined) ?? null, from: (sent) => sent };

/** The documents have no agent without a model: one that names none has the server's own. */
const languageModel: Codec = {
  to: (id, view) => model().to(id ?? DEFAULT_MODEL, view),
  from(sent, current, view) {
    const id = model('chat', 'sts').from(sent, current ?? DEFAULT_MODEL, view);
    return id === DEFAULT_MODEL ? undefined : id;
  },
};

/** Any model has a UUID to be shown by; only those of the catalogue can be chosen by it. */
const model = (...kinds: Model['kind'][]): Codec => ({
  to: (id) => (typeof id === 'string' ? modelUuid(id) : null),
  from: (sent, current) => {
    const uuid = String(sent).toLowerCase();
    if (typeof current === 'string' && modelUuid(current) === uuid) return current;
    const found = modelByUuid(uuid);
    if (!found || !kinds.includes(found.kind))
      throw invalidAt('', `refers to a model that does not exist: ${sent}`, 'reference');
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
  row('welcomeAllowInterruptions', 'profiles.@default.greeting.interruptible', { codec: trueUnlessSaid }),
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

function everything(view: View): JsonObject {
  const { agent } = view;
  const shown = format(agentTable, view);
  return {
    ...shown,
    id: agent.id,
    orgId: agent.workspaceId,
    createdAt: agent.createdAt,
    updatedAt: agent.updatedAt,
  };
}

/** What lists hold. */
export const formatAgent = (view: View): JsonObject => pick(BASE, everything(view));

/** What creating and updating answer. */
export const formatWritten = (view: View): JsonObject =>
  pick(WRITTEN, { ...everything(view), agentTools: agentTools(view) });

export function formatDetail(view: View): JsonObject {
  const { document } = view.agent;
  const modelId = Object.values(document.profiles).find((profile) => profile.default)?.model.id;
  const storeId = document.knowledge.corpusId;
  const shown = everything(view);
  const handsOverTo = (agent: Agent) => format(agentTable, { ...view, agent })['subAgents'] as JsonObject[];
  return pick(DETAIL, {
    ...shown,
    subAgents: formatTree(shown['subAgents'] as JsonObject[], view.references, handsOverTo),
    agentTools: agentTools(view),
    intelligence: formatIntelligence(view),
    model: formatModel(modelId ?? DEFAULT_MODEL),
    agentKnowledgeStore:
      storeId === undefined
        ? null
        : {
            id: storeId,
            name: view.references.corpora.get(storeId)?.name ?? storeId,
          },
  });
}

function formatModel(id: string): JsonObject {
  const uuid = modelUuid(id);
  const [provider, ...name] = id.split('/');
  const known = modelByUuid(uuid);
  return { id: uuid, name: known?.name ?? (name.join('/') || id), provider: known?.provider ?? provider };
}

/** A tool that has gone in the meantime is left out. */
function agentTools({ agent, references }: View): JsonObject[] {
  return agent.document.tools.flatMap(({ toolId, description }) => {
    const tool = toolId === undefined ? undefined : references.tools.get(toolId);
    return tool ? [{ tool: formatTool(tool), ...(description !== undefined && { toolDescription: description }) }] : [];
  });
}

/** What strangers may see of a public agent. */
export function formatPublic(view: View): JsonObject {
  const { id, fullName, description, role } = everything(view);
  return { id, fullName, description, avatarUrl: faceUrl(view) ?? null, role };
}

const some = (list: unknown, most: number): unknown[] => (Array.isArray(list) ? list.slice(0, most) : []);

/** Looked up: what the agent points at, for its answer, and what a body points at, to tell whether it is there. */
export const wants =
  (body?: unknown) =>
  ({ document }: Agent): ReferenceIds => {
    const { toolIds, agentIds } = mentionedIds(document);
    const sent = isObject(body) ? body : {};
    const refs = some(sent['tools'], contract.MAX_TOOLS).map((ref) => (isObject(ref) ? ref['toolId'] : ref));
    const children = agentIdsIn(some(sent['subAgents'], contract.MAX_SUB_AGENTS));
    const { corpusId } = document.knowledge;
    return {
      ...(corpusId !== undefined && { corpusIds: [corpusId] }),
      toolIds: [...toolIds, ...refs.filter((id) => typeof id === 'string').map((id) => id.toLowerCase())],
      agentIds: [...agentIds, ...children.map((id) => id.toLowerCase())],
    };
  };

/** As for any answer, and these agents. */
export const wantsBesides =
  (agentIds: readonly string[]) =>
  (agent: Agent): ReferenceIds => {
    const wanted = wants()(agent);
    return { ...wanted, agentIds: [...wanted.agentIds!, ...agentIds] };
  };

export const parseAgent = (body: JsonObject, view: View): Edit[] => [
  ...parse(agentTable, body, view),
  ...parseIntelligence(body['intelligence'], view),
];

/** What an agent is before its Agntix caller says anything. */
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

/**
 * A copy of an agent. It has no telephone number, which can ring in one place only, and strangers do not see it before
 * somebody has said so.
 */
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
