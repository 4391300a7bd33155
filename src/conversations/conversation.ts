/** A conversation: its messages, its state, and the frozen snapshot that it runs on. */
import type { AgentDocument } from '../agents/agent.ts';
import type { Profile } from '../agents/profile.ts';
import type { JsonObject } from '../lib/values.ts';
import type { ToolSpec } from '../tools/tool.ts';

export const CHANNELS = ['chat', 'voice', 'phone', 'whatsapp'] as const;
export type Channel = (typeof CHANNELS)[number];
/** Spoken channels offer the tools attached to `voice`, the others those attached to `text`. */
export const isSpoken = (channel: Channel): boolean => channel === 'voice' || channel === 'phone';

export const END_REASONS = [
  'ended',
  'agent',
  'idle',
  'failed',
  'agent-deleted',
  // Only on calls: the contact hung up, the time limit passed, or the call was transferred to a person.
  'hung-up',
  'timed-out',
  'transferred',
] as const;
export type EndReason = (typeof END_REASONS)[number];

export interface ToolCall {
  id: string;
  /** The tool's name as the model was offered it. */
  name: string;
  input: JsonObject;
}

export const ROLES = ['user', 'assistant', 'tool', 'note', 'context'] as const;
/**
 * One entry of the transcript. A `note` comes from the server, such as the announcement of a hand-off; the model never
 * sees it. `context` comes from the operator during the conversation; the contact never sees it.
 */
export interface Message {
  id: string;
  role: (typeof ROLES)[number];
  text: string;
  at: string;
  /** The id of the agent that spoke; it changes with each hand-off. */
  agentId?: string;
  toolCalls?: ToolCall[];
  /** On a tool result: the call that it answers, the tool's name, and whether it failed. */
  toolCallId?: string;
  toolName?: string;
  failed?: boolean;
  /** The passages of knowledge that the model was given for this answer. */
  sources?: Source[];
  usage?: Usage;
  /** The model that answered. */
  model?: string;
}

export interface Source {
  document: string;
  title: string;
  /** The position of the chunk in the document, counted from 0. */
  chunk: number;
}

/** Tokens, as the model's provider counts them. */
export interface Usage {
  input: number;
  output: number;
}

/** A tool as the model is offered it in one conversation. */
export interface OfferedTool {
  /** Unique among the tools offered: letters, digits, underscores and hyphens. */
  name: string;
  description: string;
  /** The JSON Schema of the arguments. */
  inputSchema: JsonObject;
  /** What executes it. */
  source: 'http' | 'mcp' | 'builtin' | 'handoff';
  config: JsonObject;
  spec?: ToolSpec;
  toolId?: string;
  /** On a built-in tool: its own name, which may differ from the name offered. */
  builtin?: string;
  /** On a tool of an MCP server: the name that the server gave it. */
  remoteName?: string;
  /** On a hand-off: the agent that takes over. */
  agentId?: string;
}

/** One agent as it was when the conversation started. */
export interface Persona {
  agentId: string;
  revision: number;
  document: AgentDocument;
  /** The profile chosen by id, by locale, or by default; absent where the agent has no active one. */
  profile: Profile | undefined;
  /** The name that the agent introduces itself with. */
  name: string;
  tools: OfferedTool[];
  /** Tools that run after the conversation has ended. */
  afterwards: OfferedTool[];
}

/** Sampling settings of a model, under the names that the AI SDK gives them. */
export interface Sampling {
  temperature?: number;
  topP?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  seed?: number;
  /** The most tokens that one answer may have. */
  maxOutputTokens?: number;
  /** An answer ends before the first of these texts. */
  stopSequences?: string[];
}

/** What a conversation runs on. It is made at the start and never changes, so updates reach the next conversation. */
export interface Snapshot {
  /** By agent id: the first agent, and every agent that it may hand over to. */
  personas: Record<string, Persona>;
  firstAgentId: string;
  channel: Channel;
  locale: string;
  /** Values for the placeholders in templates. */
  variables: JsonObject;
  contact: JsonObject | null;
  /** Facts about the contact; empty unless the agent's memory is enabled. */
  memory: JsonObject;
  /** Call settings by path, each with the layer that it came from. */
  settings: Record<string, { value: unknown; from: string }>;
  /** Values for this conversation that win over those of the agents. */
  overrides: Sampling & {
    model?: string;
    /** Replace the instructions of the first agent's profile. */
    instructions?: string;
    greeting?: string;
    /** Added to the system message unchanged. */
    context?: string;
  };
  label: string | null;
  /** The conversation continues after its agent has been deleted. */
  outlivesAgent?: true;
  /** What was not available at the start, in sentences for operators. */
  notes: string[];
  startedAt: string;
}

/** The state of the turn machine. It is stored after every turn, so that any node can continue the conversation. */
export interface ConversationState {
  status: 'open' | 'ended';
  endReason: EndReason | null;
  /** Agent ids: the first agent at the bottom, the one that speaks now on top. */
  stack: string[];
  /** Consecutive answers that called tools since the last message of the contact. */
  rounds: number;
}

/** A conversation without its snapshot, which is large and never changes. */
export interface ConversationFacts {
  workspaceId: string;
  id: string;
  /** The integer id, for dialects without UUIDs. */
  number: number;
  agentId: string;
  revision: number;
  /** The dialect that it was started through. */
  dialect: string;
  /** The author that started it, as in the audit log; `public` is a client without a key. */
  by: string;
  channel: Channel;
  locale: string;
  contactId: string | null;
  state: ConversationState;
  /** The client's own values, repeated in webhooks. */
  metadata: JsonObject;
  /** Values that only the dialect of this conversation uses. */
  extras: JsonObject;
  usage: Usage;
  analysis: Analysis | null;
  startedAt: string;
  lastActivityAt: string;
  endedAt: string | null;
  /** Counts the writes; a write names the version that it continues from. */
  version: number;
}

export interface Conversation extends ConversationFacts {
  snapshot: Snapshot;
}

/** Whether the transcript of a call is stored: `transcription` of the first agent when the conversation started. */
export const keepsTranscript = ({ snapshot }: Pick<Conversation, 'snapshot'>): boolean =>
  snapshot.personas[snapshot.firstAgentId]?.document.transcription ?? true;

/** Which of the configured intents the contact had. */
export interface Intent {
  intent: string | null;
  /** From 0 to 1. */
  confidence: number;
  explanation: string;
}

export const VERDICTS = ['resolved', 'partially-resolved', 'unresolved', 'not-applicable'] as const;
/** Which of the configured resolutions the conversation reached. */
export interface DetectedResolution {
  classification: (typeof VERDICTS)[number];
  /** The `status` of the resolution that fits; null where none does. */
  status: string | null;
  /** From 0 to 1. */
  confidence: number;
  /** Conditions of the resolution that the transcript shows to be met. */
  satisfied: string[];
  /** Quotations from the transcript. */
  evidence: string[];
  explanation: string;
}

/** One result of the analysis, with the model that gave it. A null `value` means not evaluated, for `reason`. */
export interface Finding<T> {
  value: T | null;
  reason?: string;
  model: string | null;
}

export interface Analysis {
  revision: number;
  at: string;
  summary: Finding<string>;
  score: Finding<number>;
  tags: Finding<string[]>;
  extracted: Finding<JsonObject>;
  sentiment?: Finding<'positive' | 'neutral' | 'negative'>;
  intent?: Finding<Intent>;
  resolution?: Finding<DetectedResolution>;
  /** The tools that ran after the end, and their results. */
  afterwards?: AfterwardsOutcome[];
}

export interface AfterwardsOutcome {
  tool: string;
  output: string;
  failed: boolean;
}
