/**
 * Agntix's shapes, in the order its documents print them. Seed: "Update agent"; the rest: docs.agntix.ai. Lengths are
 * the model's business and are said here only where the model cannot name the field.
 */
import { OUTCOMES, PIPELINE_MODES } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { HTTP_METHODS } from '../../../tools/tool.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

/** A tool by its id, alone or in an object: JSON Schema applies `format` to text and `properties` to objects. */
export const ToolRef = {
  type: ['object', 'string'],
  format: 'uuid',
  properties: { toolId: text.uuid(), toolDescription: s.nullable(s.string({ maxLength: 10_000 })) },
  required: ['toolId'],
} as s.Schema<string | { toolId: string; toolDescription?: string | null }>;

export const HandoffMessageConfig = s.object({
  enabled: s.boolean(),
  message: s.optional(s.string()),
  toChildMessage: s.optional(s.string()),
  toParentMessage: s.optional(s.string()),
  useDynamicMessage: s.optional(s.boolean()),
  messageMaxWords: s.optional(s.number()),
  allowInterruptions: s.optional(s.boolean()),
  asyncMessage: s.optional(s.boolean()),
});

/** An existing agent to hand over to, named by `agentId`, `agent.id` or `id`. */
export const SubAgentRef = s.object({
  id: maybe(s.string()),
  slug: maybe(s.string({ minLength: 1, maxLength: 255 })),
  agentId: maybe(text.uuid()),
  agent: maybe(s.json()),
  handoffMessageConfig: maybe(HandoffMessageConfig),
  inputSchema: maybe(s.json()),
  metaData: maybe(s.json()),
  sortOrder: maybe(s.number()),
  subAgents: maybe(s.array(s.json())),
});
export type SubAgentRef = s.Static<typeof SubAgentRef>;

export const MAX_TOOLS = 200;
export const MAX_SUB_AGENTS = 50;

const words = (maxLength: number) => s.string({ minLength: 1, maxLength });
export const ExtractedField = s.object({
  name: words(255),
  description: s.optional(s.string({ maxLength: 2000 })),
  type: s.optional(s.oneOf(['string', 'number', 'boolean', 'enum'])),
  choices: s.optional(s.array(s.string({ maxLength: 255 }), { maxItems: 100 })),
  examples: s.optional(s.array(s.string({ maxLength: 2000 }), { maxItems: 20 })),
});
export type ExtractedField = s.Static<typeof ExtractedField>;

/** What is looked into when a session is over. */
export const Intelligence = s.object({
  sentimentAnalysis: s.optional(s.boolean()),
  intentDetection: s.optional(s.boolean()),
  customIntents: s.optional(s.array(words(255), { maxItems: 200 })),
  resolutionAnalysis: s.optional(s.boolean()),
  resolutionDefinitions: s.optional(
    s.array(
      s.object({
        status: words(255),
        description: s.optional(s.string({ maxLength: 2000 })),
        classification: s.oneOf(OUTCOMES),
      }),
      { maxItems: 50, description: 'With `resolutionAnalysis` at least one success and one failure.' },
    ),
  ),
  dataExtractionEnabled: s.optional(s.boolean()),
  dataExtractionSchema: s.optional(s.array(ExtractedField, { maxItems: 200 })),
  includeConversationSummary: s.optional(s.boolean()),
});

export const UpdateAgent = s.object({
  fullName: s.optional(s.string({ minLength: 1 })),
  description: s.optional(s.string()),
  role: s.optional(s.string()),
  language: s.optional(text.localeTag()),
  systemPrompt: maybe(s.string()),
  specialInstructions: maybe(s.string()),
  modelId: s.optional(text.uuid()),
  voiceEnabled: s.optional(s.boolean()),
  voicePipelineMode: maybe(s.oneOf(PIPELINE_MODES)),
  isActive: s.optional(s.boolean()),
  isPublic: s.optional(s.boolean()),
  tools: s.optional(s.array(ToolRef, { maxItems: MAX_TOOLS, description: 'Replaces what is attached.' })),
  subAgents: s.optional(
    s.array(SubAgentRef, { maxItems: MAX_SUB_AGENTS, description: 'Replaces them all; [] removes all.' }),
  ),
  sttModelId: s.optional(text.uuid()),
  ttsModelId: s.optional(text.uuid()),
  ttsVoiceId: s.optional(s.string({ minLength: 1 })),
  knowledgeStoreId: s.optional(s.string({ minLength: 1 })),
  welcomeAllowInterruptions: s.optional(s.boolean()),
  intelligence: s.optional(Intelligence),
});

export const CREATE_REQUIRED = ['fullName', 'description', 'role'] as const;
export const CreateAgent = s.object({
  ...UpdateAgent.properties,
  fullName: s.string({ minLength: 1 }),
  description: s.string(),
  role: s.string(),
});

const nullableText = () => s.nullable(s.string());

const base = {
  id: text.uuid(),
  fullName: s.string(),
  description: nullableText(),
  role: nullableText(),
  language: nullableText(),
  systemPrompt: nullableText(),
  voiceEnabled: s.boolean(),
  voicePipelineMode: s.nullable(s.oneOf(PIPELINE_MODES)),
  isActive: s.boolean(),
  isPublic: s.boolean(),
  orgId: s.string(),
  modelId: text.uuid(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const Agent = s.object(base);

export const TOOL_TYPES = ['API_TOOL', 'FUNCTION_TOOL'] as const;

export const Tool = s.object({
  id: text.uuid(),
  name: s.string(),
  description: nullableText(),
  type: s.oneOf(TOOL_TYPES),
  ajvPropertiesSchema: s.nullable(s.json()),
  preExecutionMessage: nullableText(),
  metaData: s.nullable(s.json()),
  orgId: s.string(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const SubAgent = s.object({
  id: s.string(),
  slug: s.string(),
  agentId: text.uuid(),
  agent: s.object({ id: text.uuid(), fullName: nullableText(), description: nullableText(), role: nullableText() }),
  handoffMessageConfig: s.nullable(s.json()),
  inputSchema: s.nullable(s.json()),
  metaData: s.nullable(s.json()),
  sortOrder: s.nullable(s.number()),
});

/** The detail goes down to the last of them. */
export const SubAgentTree = s.object({
  ...SubAgent.properties,
  subAgents: s.optional(s.array(s.json({ description: 'As this one.' }))),
});

/** What creating and updating answer: the base agent and what it works with. */
const written = {
  ...base,
  specialInstructions: nullableText(),
  agentTools: s.array(s.object({ tool: Tool, toolDescription: s.optional(s.string()) })),
  subAgents: s.array(SubAgent),
};
export const WrittenAgent = s.object(written);

export const AgentDetail = s.object({
  ...written,
  subAgents: s.array(SubAgentTree),
  sttModelId: s.nullable(text.uuid()),
  ttsModelId: s.nullable(text.uuid()),
  ttsVoiceId: nullableText(),
  knowledgeStoreId: nullableText(),
  welcomeAllowInterruptions: s.boolean(),
  intelligence: Intelligence,
  model: s.object({ id: text.uuid(), name: s.string(), provider: s.string() }),
  agentKnowledgeStore: s.nullable(s.object({ id: s.string(), name: s.string() })),
});

export const PublicAgent = s.object({
  id: text.uuid(),
  fullName: s.string(),
  description: nullableText(),
  avatarUrl: nullableText(),
  role: nullableText(),
});

export const ListedAgent = s.object({ ...base, subAgents: s.optional(s.array(SubAgent)) });

export const ConfigCheck = s.object({ valid: s.boolean() });
export const DetachStore = s.object({ knowledgeStoreId: s.optional(s.string()) });
/** Closed, so that a body which names tools in other words does not take all of them away. */
export const DetachTools = s.object(
  { toolIds: s.optional(s.array(text.uuid(), { maxItems: MAX_TOOLS })) },
  { additionalProperties: false },
);
export type DetachTools = s.Static<typeof DetachTools>;

/** Not typed as integers: Agntix clamps whatever it is given and never refuses it. */
const paging = {
  page: s.optional(s.unknown({ description: 'A whole number from 1; 1 if not given.' })),
  limit: s.optional(s.unknown({ description: 'A whole number from 1 to 100; 20 if not given.' })),
};
export const PageQuery = s.object(paging);
/** Their words for what agents are put in order by, and ours. */
export const AGENT_ORDERS = { createdAt: 'createdAt', updatedAt: 'updatedAt', fullName: 'name' } as const;
export const AgentListQuery = s.object({
  ...paging,
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
  isActive: s.optional(s.boolean()),
  agentIds: s.optional(
    s.unknown({ description: 'Only these: ids with commas between them, or the parameter once for each.' }),
  ),
  createdAfter: s.optional(
    s.string({ description: 'Only those made later than this date or moment.', examples: ['2026-05-01'] }),
  ),
  sort: s.optional(
    s.oneOf(
      Object.keys(AGENT_ORDERS).flatMap((field) => [`${field}:asc`, `${field}:desc`]),
      { description: 'Newest first if not given.' },
    ),
  ),
  includeSubAgents: s.optional(s.boolean({ description: 'Whether each is shown with its `subAgents`.' })),
});
export type AgentListQuery = s.Static<typeof AgentListQuery>;
export const ToolListQuery = s.object({
  ...paging,
  type: s.optional(s.oneOf(TOOL_TYPES)),
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
});

export const pageOf = (item: s.Schema) =>
  s.object({
    data: s.array(item),
    pagination: s.object({ page: s.integer(), limit: s.integer(), total: s.integer(), totalPages: s.integer() }),
  });
export const listOf = (item: s.Schema) => s.object({ data: s.array(item) });

export const ApiTool = s.object({
  url: s.string({ minLength: 1, maxLength: 4096, description: 'May hold {{placeholders}} for the arguments.' }),
  method: s.oneOf(HTTP_METHODS),
  headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
  params: s.optional(s.json()),
  body: s.optional(s.json()),
});
export type ApiTool = s.Static<typeof ApiTool>;
export const FunctionTool = s.object({
  functionName: s.optional(s.string({ minLength: 1 })),
  name: s.optional(s.string({ minLength: 1 })),
  description: s.optional(s.string()),
  payload: s.optional(s.json()),
});

export const UpdateTool = s.object({
  name: s.optional(
    s.string({
      maxLength: 100,
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9_]*[a-zA-Z0-9]$',
      'x-pattern-is': 'two or more letters, digits and underscores, with no underscore at either end',
    }),
  ),
  description: s.optional(s.string({ maxLength: 10_000 })),
  type: s.optional(s.oneOf(TOOL_TYPES)),
  apiTool: s.optional(ApiTool),
  functionTool: s.optional(FunctionTool),
  ajvPropertiesSchema: s.optional(s.json()),
  preExecutionMessage: maybe(s.string({ maxLength: 2000 })),
  metaData: maybe(s.json()),
});
export type UpdateTool = s.Static<typeof UpdateTool>;

export const CreateTool = s.object(UpdateTool.properties, {
  required: ['name', 'description', 'type', 'ajvPropertiesSchema'],
});

export const ChatModel = s.object({
  id: text.uuid(),
  name: s.string(),
  provider: s.string(),
  contextWindow: s.nullable(s.integer()),
  isActive: s.boolean(),
});
export const VOICE_MODEL_TYPES = ['TTS', 'STT', 'STS'] as const;
export const VoiceModelQuery = s.object({ type: s.optional(s.oneOf(VOICE_MODEL_TYPES)) });
export const VoiceModel = s.object({
  id: text.uuid(),
  name: s.string(),
  provider: s.string(),
  type: s.oneOf(VOICE_MODEL_TYPES),
  isActive: s.boolean(),
});
export const VoiceQuery = s.object({ provider: s.optional(s.string()), language: s.optional(s.string()) });
export const Voice = s.object({
  id: s.string(),
  name: s.string(),
  provider: s.string(),
  language: s.string(),
  gender: s.oneOf(['male', 'female', 'neutral']),
  previewUrl: nullableText(),
});
export const VoiceProvider = s.object({
  id: s.string(),
  name: s.string(),
  slug: s.string(),
  isActive: s.boolean(),
});
