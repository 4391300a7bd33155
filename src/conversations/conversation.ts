/** What a conversation is: who speaks, what was said, and the frozen snapshot that it runs on. */
import type { AgentDocument } from '../agents/agent.ts';
import type { Profile } from '../agents/profile.ts';
import type { JsonObject } from '../lib/values.ts';
import type { ToolSpec } from '../tools/tool.ts';

export const CHANNELS = ['chat', 'voice', 'phone', 'whatsapp'] as const;
export type Channel = (typeof CHANNELS)[number];
/** Which of an agent's tools are offered: those of voice or those of text. */
export const isSpoken = (channel: Channel): boolean => channel === 'voice' || channel === 'phone';

export const END_REASONS = [
  'ended',
  'agent',
  'idle',
  'failed',
  'agent-deleted',
  // On the telephone: by the other side, by the clock, or by handing the call to a person.
  'hung-up',
  'timed-out',
  'transferred',
] as const;
export type EndReason = (typeof END_REASONS)[number];

export interface ToolCall {
  id: string;
  /** The name that the model was offered the tool under. */
  name: string;
  input: JsonObject;
}

export const ROLES = ['user', 'assistant', 'tool', 'note', 'context'] as const;
/**
 * One thing that was said or done. A `note` is the house's own, such as a hand-off; the model never sees it as words.
 * `context` is what whoever runs the agent let it know meanwhile; the other side never hears it.
 */
export interface Message {
  id: string;
  role: (typeof ROLES)[number];
  text: string;
  at: string;
  /** Who spoke, where the conversation has been handed over: the agent's id. */
  agentId?: string;
  toolCalls?: ToolCall[];
  /** On a tool's answer: which call it answers, and whether it failed. */
  toolCallId?: string;
  toolName?: string;
  failed?: boolean;
  /** Passages of knowledge that the answer rests on. */
  sources?: Source[];
  usage?: Usage;
  /** The model that answered. */
  model?: string;
}

export interface Source {
  document: string;
  title: string;
  /** Which piece of the document, counted from 0. */
  chunk: number;
}

/** Tokens, as the provider counts them. */
export interface Usage {
  input: number;
  output: number;
}

/** A tool as this conversation may use it. */
export interface OfferedTool {
  /** What the model calls it: letters, digits, underscores and hyphens. */
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  inputSchema: JsonObject;
  /** Who carries it out. */
  source: 'http' | 'mcp' | 'builtin' | 'handoff';
  config: JsonObject;
  spec?: ToolSpec;
  toolId?: string;
  /** For a built-in: which one, whatever it is offered as. */
  builtin?: string;
  /** For a tool of an MCP server: what the server calls it. */
  remoteName?: string;
  /** For a hand-off: the sub-agent. */
  agentId?: string;
}

/** Everything that one agent brings to a conversation, as it was at the start. */
export interface Persona {
  agentId: string;
  revision: number;
  document: AgentDocument;
  /** The profile that was chosen: by locale, else the default; absent where the agent has none. */
  profile: Profile | undefined;
  /** The name it introduces itself with. */
  name: string;
  tools: OfferedTool[];
  /** Tools that run after the end. */
  afterwards: OfferedTool[];
}

/** How a model chooses its words, and how much it may say. The names are those of the model clients. */
export interface Sampling {
  temperature?: number;
  topP?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  seed?: number;
  /** Of one answer, in the model's own tokens. */
  maxOutputTokens?: number;
  /** An answer ends before the first of these. */
  stopSequences?: string[];
}

/** What a conversation runs on: made at its beginning, never looked at again by anybody who could change it. */
export interface Snapshot {
  /** The agent it began with, and everybody it may be handed over to. */
  personas: Record<string, Persona>;
  firstAgentId: string;
  channel: Channel;
  locale: string;
  /** Values for the templates. */
  variables: JsonObject;
  contact: JsonObject | null;
  /** Facts about the contact, read at the start where memory is on. */
  memory: JsonObject;
  /** Call settings with the level each came from, as resolved at the start. */
  settings: Record<string, { value: unknown; from: string }>;
  /** What everybody in this conversation shares, above what each has of its own. */
  overrides: Sampling & {
    model?: string;
    /** Instead of the profile's. */
    instructions?: string;
    greeting?: string;
    /** Besides everything that the agent is told, word for word. */
    context?: string;
  };
  label: string | null;
  /** It goes on although its agent is deleted. */
  outlivesAgent?: true;
  /** What could not be had at the start, in sentences for whoever looks into it. */
  notes: string[];
  startedAt: string;
}

/** Where a conversation stands; kept after every turn, so that any node can go on with it. */
export interface ConversationState {
  status: 'open' | 'ended';
  endReason: EndReason | null;
  /** Who is speaking, the first agent at the bottom. */
  stack: string[];
  /** Rounds of tools since somebody last spoke. */
  rounds: number;
}

/** A conversation without the snapshot that it runs on, which is long and never changes. */
export interface ConversationFacts {
  workspaceId: string;
  id: string;
  /** The integer that tongues without UUIDs call it by. */
  number: number;
  agentId: string;
  revision: number;
  /** The tongue it was begun in. */
  dialect: string;
  /** Who began it, as the journal names authors; `public` is a stranger. */
  by: string;
  channel: Channel;
  locale: string;
  contactId: string | null;
  state: ConversationState;
  /** The caller's own, echoed in events. */
  metadata: JsonObject;
  /** What only the tongue it was begun in has words for. */
  extras: JsonObject;
  usage: Usage;
  analysis: Analysis | null;
  startedAt: string;
  lastActivityAt: string;
  endedAt: string | null;
  /** Counts its changes: a write says which one it goes on from. */
  version: number;
}

export interface Conversation extends ConversationFacts {
  snapshot: Snapshot;
}

/** Whether what is said on the telephone is kept, as the agent wanted it when the talk began. */
export const keepsWords = ({ snapshot }: Pick<Conversation, 'snapshot'>): boolean =>
  snapshot.personas[snapshot.firstAgentId]?.document.transcription ?? true;

/** What a contact came for, out of the intents that were given. */
export interface Intent {
  intent: string | null;
  /** From 0 to 1. */
  confidence: number;
  explanation: string;
}

export const VERDICTS = ['resolved', 'partially-resolved', 'unresolved', 'not-applicable'] as const;
/** What it came to, out of the resolutions that were given. */
export interface Resolved {
  classification: (typeof VERDICTS)[number];
  /** That of the resolution that fits; null where none does. */
  status: string | null;
  /** From 0 to 1. */
  confidence: number;
  /** What the resolution asks for and the conversation shows. */
  satisfied: string[];
  /** Words of the conversation. */
  evidence: string[];
  explanation: string;
}

/** A result of looking back, with what made it. `null` value: not evaluated, for the reason given. */
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
  resolution?: Finding<Resolved>;
  /** Tools that ran after the end, and what came of them. */
  afterwards?: AfterwardsOutcome[];
}

export interface AfterwardsOutcome {
  tool: string;
  output: string;
  failed: boolean;
}
