/** The ports of a conversation. Each has one adapter per provider, and a scripted double, in `providers/`. */

import type { KnownModel } from '../agents/models.ts';
import type { Library } from '../knowledge/knowledge.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Tool } from '../tools/tool.ts';
import type { Conversation, OfferedTool, Sampling, ToolCall, Usage } from './conversation.ts';
import type { ListedTool } from './offer.ts';
import type { ModelMessage, Passage } from './prompt.ts';

export interface ModelRequest extends Readonly<Sampling> {
  /** The canonical id, `provider/name`. */
  model: string;
  system: string;
  messages: readonly ModelMessage[];
  tools: readonly OfferedTool[];
  signal: AbortSignal;
}

export type ModelPart =
  | { type: 'delta'; text: string }
  | { type: 'call'; call: ToolCall }
  /** The last part. `limited`: the model stopped at its token limit. */
  | { type: 'done'; usage?: Usage; model: string; limited?: boolean };

/** Why a model did not answer. The message goes to the log and to clients, so it holds no secret. */
export class ModelFailure extends Error {
  override name = 'ModelFailure';
  readonly kind:
    | 'timeout'
    | 'rate-limited'
    | 'cut'
    | 'garbage'
    | 'refused'
    | 'unavailable'
    | 'unknown-model'
    | 'endless';
  constructor(kind: ModelFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface LanguageModel {
  /**
   * The parts of one answer as they arrive. Throws a ModelFailure. The adapter repeats the request, or asks the
   * fallback model, only before the first part.
   */
  answer(request: ModelRequest): AsyncIterable<ModelPart>;
  /** One JSON value that fits the schema; undefined where the model gave none. Absent where the adapter cannot judge. */
  judge?(request: {
    model: string;
    system: string;
    text: string;
    schema: JsonObject;
    signal: AbortSignal;
  }): Promise<JsonObject | undefined>;
  /** The model that judges for an agent with this model; undefined where none can. */
  judgeFor?(model: string): string | undefined;
}

export interface ToolOutcome {
  output: string;
  failed: boolean;
  /** The conversation ends after the agent's next answer. */
  ends?: boolean;
}

export interface ToolRunner {
  /** A tool that fails is an outcome with `failed`; it does not throw. */
  run(tool: OfferedTool, call: ToolCall, conversation: Conversation, signal: AbortSignal): Promise<ToolOutcome>;
  /** The tools of an MCP server; undefined where the tool is none, or does not answer. */
  list?(tool: Tool): Promise<readonly ListedTool[] | undefined>;
}

/** What the tools of a conversation may do with its call, and with other calls. */
export interface CallActions {
  /** Connects the contact to the number `to` (E.164). False where it did not answer; else the call leaves this server. */
  transfer(conversation: Conversation, to: string): Promise<boolean>;
  /** Sends DTMF digits. False where the conversation has no call. */
  sendDtmf(conversation: Conversation, digits: string): boolean;
  /** Marks the call as answered by voicemail, so that it does not count as reached. False where there is no call. */
  markAsVoicemail(conversation: Conversation): boolean;
  /** Schedules a call back to the contact. False where the conversation has no call that can be repeated. */
  callBack(conversation: Conversation, at: Date): Promise<boolean>;
  /** Places a new call and answers a sentence that says when. Throws a Fault where the calling rules forbid it. */
  place(conversation: Conversation, call: { phone: string; agentId: string; variables: JsonObject }): Promise<string>;
}

export interface Knowledge {
  /** The passages that fit the question best, best first. */
  search(conversation: Conversation, agentId: string, question: string, limit: number): Promise<Passage[]>;
}

/** The adapters that conversations use. */
export interface Providers {
  model: LanguageModel;
  tools: ToolRunner;
  knowledge: Knowledge;
  /** Reads documents, splits them into chunks and searches them. */
  library: Library;
  /** The model of agents that name none. */
  defaultModel: string;
  /** Every known model, and whether this server can use it. */
  catalogue(): readonly KnownModel[];
}
