/**
 * Agntix's agents, in the order of its documents. Seed: "Update agent"; the rest: docs.agntix.ai. The agent's own schema
 * checks lengths; this file states only those that it cannot attribute to a field.
 */

import { OUTCOMES, PIPELINE_MODES } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish, PageQuery, textOrNull } from '../shared.ts';
import { Tool } from '../tools/contract.ts';

/** A tool id, alone or in an object. JSON Schema applies `format` only to strings and `properties` only to objects. */
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
  id: nullish(s.string()),
  slug: nullish(s.string({ minLength: 1, maxLength: 255 })),
  agentId: nullish(text.uuid()),
  agent: nullish(s.json()),
  handoffMessageConfig: nullish(HandoffMessageConfig),
  inputSchema: nullish(s.json()),
  metaData: nullish(s.json()),
  sortOrder: nullish(s.number()),
  subAgents: nullish(s.array(s.json())),
});
export type SubAgentRef = s.Static<typeof SubAgentRef>;

export const MAX_TOOLS = 200;
export const MAX_SUB_AGENTS = 50;

const nonEmpty = (maxLength: number) => s.string({ minLength: 1, maxLength });
export const ExtractedField = s.object({
  name: nonEmpty(255),
  description: s.optional(s.string({ maxLength: 2000 })),
  type: s.optional(s.oneOf(['string', 'number', 'boolean', 'enum'])),
  choices: s.optional(s.array(s.string({ maxLength: 255 }), { maxItems: 100 })),
  examples: s.optional(s.array(s.string({ maxLength: 2000 }), { maxItems: 20 })),
});
export type ExtractedField = s.Static<typeof ExtractedField>;

/** The analysis of a session after its end. */
export const Intelligence = s.object({
  sentimentAnalysis: s.optional(s.boolean()),
  intentDetection: s.optional(s.boolean()),
  customIntents: s.optional(s.array(nonEmpty(255), { maxItems: 200 })),
  resolutionAnalysis: s.optional(s.boolean()),
  resolutionDefinitions: s.optional(
    s.array(
      s.object({
        status: nonEmpty(255),
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
  systemPrompt: nullish(s.string()),
  specialInstructions: nullish(s.string()),
  modelId: s.optional(text.uuid()),
  voiceEnabled: s.optional(s.boolean()),
  voicePipelineMode: nullish(s.oneOf(PIPELINE_MODES)),
  isActive: s.optional(s.boolean()),
  isPublic: s.optional(s.boolean()),
  tools: s.optional(s.array(ToolRef, { maxItems: MAX_TOOLS, description: 'Replaces the attached tools.' })),
  subAgents: s.optional(
    s.array(SubAgentRef, {
      maxItems: MAX_SUB_AGENTS,
      description: 'Replaces the whole list. [] removes every sub-agent.',
    }),
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

const base = {
  id: text.uuid(),
  fullName: s.string(),
  description: textOrNull,
  role: textOrNull,
  language: textOrNull,
  systemPrompt: textOrNull,
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

export const SubAgent = s.object({
  id: s.string(),
  slug: s.string(),
  agentId: text.uuid(),
  agent: s.object({ id: text.uuid(), fullName: textOrNull, description: textOrNull, role: textOrNull }),
  handoffMessageConfig: s.nullable(s.json()),
  inputSchema: s.nullable(s.json()),
  metaData: s.nullable(s.json()),
  sortOrder: s.nullable(s.number()),
});

/** The detail shows sub-agents at every level. */
export const SubAgentTree = s.object({
  ...SubAgent.properties,
  subAgents: s.optional(s.array(s.json({ description: 'Sub-agents of this agent, in the same shape.' }))),
});

/** The answer to creation and update: the base agent with its tools and sub-agents. */
const written = {
  ...base,
  specialInstructions: textOrNull,
  agentTools: s.array(s.object({ tool: Tool, toolDescription: s.optional(s.string()) })),
  subAgents: s.array(SubAgent),
};
export const WrittenAgent = s.object(written);

export const AgentDetail = s.object({
  ...written,
  subAgents: s.array(SubAgentTree),
  sttModelId: s.nullable(text.uuid()),
  ttsModelId: s.nullable(text.uuid()),
  ttsVoiceId: textOrNull,
  knowledgeStoreId: textOrNull,
  welcomeAllowInterruptions: s.boolean(),
  intelligence: Intelligence,
  model: s.object({ id: text.uuid(), name: s.string(), provider: s.string() }),
  agentKnowledgeStore: s.nullable(s.object({ id: s.string(), name: s.string() })),
});

export const PublicAgent = s.object({
  id: text.uuid(),
  fullName: s.string(),
  description: textOrNull,
  avatarUrl: textOrNull,
  role: textOrNull,
});

export const ListedAgent = s.object({ ...base, subAgents: s.optional(s.array(SubAgent)) });

export const ConfigCheck = s.object({ valid: s.boolean() });
export const DetachStore = s.object({ knowledgeStoreId: s.optional(s.string()) });
/** Unknown fields are refused: a misspelled `toolIds` would otherwise detach every tool. */
export const DetachTools = s.object(
  { toolIds: s.optional(s.array(text.uuid(), { maxItems: MAX_TOOLS })) },
  { additionalProperties: false },
);
export type DetachTools = s.Static<typeof DetachTools>;

/** The fields that lists sort by: Agntix's names and ours. */
export const AGENT_ORDERS = { createdAt: 'createdAt', updatedAt: 'updatedAt', fullName: 'name' } as const;
export const AgentListQuery = s.object({
  ...PageQuery.properties,
  search: s.optional(s.string({ description: 'Part of the name, ignoring case.' })),
  isActive: s.optional(s.boolean()),
  agentIds: s.optional(
    s.unknown({ description: 'Only these agents: ids separated by commas, or one parameter for each id.' }),
  ),
  createdAfter: s.optional(
    s.string({ description: 'Only agents created after this date or time.', examples: ['2026-05-01'] }),
  ),
  sort: s.optional(
    s.oneOf(
      Object.keys(AGENT_ORDERS).flatMap((field) => [`${field}:asc`, `${field}:desc`]),
      { description: 'Default: newest first.' },
    ),
  ),
  includeSubAgents: s.optional(s.boolean({ description: 'Whether each agent includes its `subAgents`.' })),
});
export type AgentListQuery = s.Static<typeof AgentListQuery>;
