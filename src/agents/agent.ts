/**
 * The agent: one model behind every dialect. Fields are grouped by subject and named for what they do. An update can set
 * one field of a group; any other value is replaced as a whole.
 */

import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';
import { Profile } from './profile.ts';

export const STATUSES = ['active', 'paused', 'archived'] as const;
export const VISIBILITIES = ['private', 'public'] as const;
export const PIPELINE_MODES = ['pipeline', 'sts', 'hybrid'] as const;
export const TOOL_CHANNELS = ['voice', 'text', 'post-call'] as const;
export const ASSIGNMENT_MODES = ['all', 'local', 'foreign'] as const;
export const INTERVIEW_TYPES = ['online', 'phone'] as const;
export const INTERVIEW_FOCUSES = ['generic', 'screening', 'outreach', 'language-test'] as const;
export const CEFR_LEVELS = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2'] as const;
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const closed = { additionalProperties: false };

/** The agent's picture: a URL, or an avatar of the workspace. An avatar also gives a voice to agents that have none. */
export const AvatarRef = s.object(
  { url: s.optional(s.string({ minLength: 1, maxLength: 2083 })), id: s.optional(text.uuid()) },
  { ...closed, minProperties: 1, maxProperties: 1 },
);

export const OpeningHours = s.object(
  { day: s.oneOf(WEEKDAYS), open: text.timeOfDay(), close: text.endOfDay() },
  closed,
);

/** When an agent answers calls. Days that are not listed are closed. Hours that close before they open run past midnight. */
export const BusinessHours = s.object(
  { timezone: s.string({ minLength: 1, maxLength: 64 }), schedule: s.array(OpeningHours, { maxItems: 100 }) },
  closed,
);

/** A tool of the workspace, by its id, or a built-in tool, by its name. */
export const ToolAttachment = s.object(
  {
    toolId: s.optional(text.uuid()),
    name: s.optional(s.string({ minLength: 1, maxLength: 100 })),
    channels: s.array(s.oneOf(TOOL_CHANNELS), { uniqueItems: true }),
    config: s.json(),
    description: s.optional(s.string({ maxLength: 10_000 })),
  },
  { ...closed, anyOf: [{ required: ['toolId'] }, { required: ['name'] }] },
);
export type ToolAttachment = s.Static<typeof ToolAttachment>;

/** Another agent to which this one may hand over a conversation. */
export const SubAgent = s.object(
  {
    id: text.uuid(),
    slug: s.string({ minLength: 1, maxLength: 255 }),
    agentId: text.uuid(),
    handoff: s.optional(s.json()),
    inputSchema: s.optional(s.json()),
    metadata: s.optional(s.json()),
    sortOrder: s.optional(s.number()),
  },
  closed,
);
export type SubAgent = s.Static<typeof SubAgent>;

export const ExtractedField = s.object(
  {
    key: s.string({ minLength: 1, maxLength: 255 }),
    description: s.optional(s.string({ maxLength: 2000 })),
    type: s.optional(s.oneOf(['string', 'number', 'boolean', 'enum'])),
    choices: s.optional(s.array(s.string({ maxLength: 255 }), { maxItems: 100 })),
    examples: s.optional(s.array(s.string({ maxLength: 2000 }), { maxItems: 20 })),
  },
  closed,
);
export const Tag = s.object(
  { name: s.string({ minLength: 1, maxLength: 255 }), description: s.optional(s.string({ maxLength: 2000 })) },
  closed,
);

export const OUTCOMES = ['success', 'failed', 'neutral'] as const;
/** One way in which a contact's request can end, and whether that counts as a success. */
export const Resolution = s.object(
  {
    status: s.string({ minLength: 1, maxLength: 255 }),
    description: s.optional(s.string({ maxLength: 2000 })),
    classification: s.oneOf(OUTCOMES),
  },
  closed,
);
export type Resolution = s.Static<typeof Resolution>;

/** The agent's layer of the settings. A weaker layer decides every setting that is absent here. */
export const CallSettings = s.object(
  {
    /** Days of the week; 0 is Monday. */
    allowedDays: s.inherits(
      s.array(s.integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7, uniqueItems: true }),
    ),
    window: s.object({ start: s.inherits(text.timeOfDay()), end: s.inherits(text.endOfDay()) }, closed),
    autoRetry: s.inherits(s.boolean()),
    /** Minutes after the previous attempt, one entry per retry. */
    retrySchedule: s.inherits(s.array(s.integer({ minimum: 1, maximum: 525_600 }), { maxItems: 50 })),
    phoneAssignmentMode: s.inherits(s.oneOf(ASSIGNMENT_MODES)),
    scoringCriteria: s.inherits(s.string({ maxLength: 20_000 })),
    tags: s.inherits(s.array(Tag, { maxItems: 200 })),
    structuredData: s.inherits(s.array(ExtractedField, { maxItems: 200 })),
    intents: s.inherits(s.array(Tag, { maxItems: 200 })),
    resolutions: s.inherits(s.array(Resolution, { maxItems: 50 })),
    /** The parts of the analysis after a conversation. */
    conversationSummary: s.inherits(s.boolean()),
    sentimentAnalysis: s.inherits(s.boolean()),
    dataExtraction: s.inherits(s.boolean()),
    intentDetection: s.inherits(s.boolean()),
    resolutionAnalysis: s.inherits(s.boolean()),
  },
  closed,
);
export type CallSettings = s.Static<typeof CallSettings>;

const freeFormMap = { bytes: 65_536, depth: 20, keys: 2000 };

/** Everything about an agent that a caller can set. It is stored as one value; each revision has all of it. */
export const AgentDocument = s.object(
  {
    name: text.nonBlank(255),
    description: s.clearable(s.string({ maxLength: 10_000 })),
    avatar: s.clearable(AvatarRef),
    status: s.oneOf(STATUSES),
    visibility: s.oneOf(VISIBILITIES),

    role: s.clearable(s.string({ maxLength: 100_000 })),
    context: s.clearable(s.string({ maxLength: 100_000 })),
    specialInstructions: s.clearable(s.string({ maxLength: 100_000 })),
    properties: s.map(freeFormMap),
    metadata: s.map(freeFormMap),

    profiles: s.record(Profile, { 'x-fact': 'dictionary', maxProperties: 200 }),

    voiceEnabled: s.boolean(),
    pipelineMode: s.clearable(s.oneOf(PIPELINE_MODES)),
    transcription: s.boolean(),
    speech: s.object(
      {
        recogniserModelId: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
        voiceModelId: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
      },
      closed,
    ),

    telephony: s.object(
      {
        phoneNumber: s.clearable(text.phoneNumber()),
        callerNumberId: s.clearable(text.uuid()),
        transferNumber: s.clearable(text.phoneNumber()),
        businessHours: s.clearable(BusinessHours),
      },
      closed,
    ),

    tools: s.array(ToolAttachment, { maxItems: 200 }),
    subAgents: s.array(SubAgent, { maxItems: 50 }),
    memory: s.object({ enabled: s.boolean(), facts: s.map(freeFormMap) }, closed),
    knowledge: s.object(
      {
        inline: s.map({ bytes: 524_288, depth: 20 }),
        corpusId: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
      },
      closed,
    ),
    callSettings: CallSettings,

    interview: s.object(
      {
        type: s.clearable(s.oneOf(INTERVIEW_TYPES)),
        focus: s.clearable(s.oneOf(INTERVIEW_FOCUSES)),
        questions: s.array(text.nonBlank(2000), { maxItems: 50 }),
        durationMinutes: s.clearable(s.integer({ minimum: 1, maximum: 180 })),
        cefrLevel: s.clearable(s.oneOf(CEFR_LEVELS)),
      },
      closed,
    ),

    extras: s.object(
      {
        ayra: s.object({ voicePlatform: s.optional(s.fixed(s.oneOf(['vapi', 'retell']))) }, closed),
      },
      closed,
    ),
  },
  closed,
);

export type AgentDocument = s.Static<typeof AgentDocument>;

/** The head of an agent: the document of its latest revision, and the facts that the server keeps beside it. */
export interface Agent {
  workspaceId: string;
  id: string;
  /** The id in dialects that count agents with integers. */
  number: number;
  ownerId: string | null;
  revision: number;
  createdAt: string;
  updatedAt: string;
  document: AgentDocument;
}

/** The document of a new agent, before the edits of the request. */
export function newDocument(name: string): AgentDocument {
  return {
    name,
    status: 'active',
    visibility: 'private',
    properties: {},
    metadata: {},
    profiles: {},
    voiceEnabled: true,
    pipelineMode: 'pipeline',
    transcription: true,
    speech: {},
    telephony: {},
    tools: [],
    subAgents: [],
    memory: { enabled: false, facts: {} },
    knowledge: { inline: {} },
    callSettings: { window: {} },
    interview: { questions: [] },
    extras: { ayra: {} },
  };
}

export function defaultProfile(document: AgentDocument): Profile | undefined {
  return Object.values(document.profiles).find((profile) => profile.default);
}
