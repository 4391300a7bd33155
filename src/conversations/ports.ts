/** What a session is handed to act with. Each port has one file per provider and a fake beside them. */

import type { KnownModel } from '../agents/models.ts';
import type { Library } from '../knowledge/knowledge.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Tool } from '../tools/tool.ts';
import type { Conversation, OfferedTool, Sampling, ToolCall, Usage } from './conversation.ts';
import type { ListedTool } from './offer.ts';
import type { ModelMessage, Passage } from './prompt.ts';

export interface ModelRequest extends Readonly<Sampling> {
  /** Canonical id, `provider/name`. */
  model: string;
  system: string;
  messages: readonly ModelMessage[];
  tools: readonly OfferedTool[];
  signal: AbortSignal;
}

export type ModelPart =
  | { type: 'delta'; text: string }
  | { type: 'call'; call: ToolCall }
  /** `limited`: it had said as much as it may, and would have said more. */
  | { type: 'done'; usage?: Usage; model: string; limited?: boolean };

/** Why a model did not answer: for the log and the client, never with a secret in it. */
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
  /** Parts as they come; throws a ModelFailure. Retries and a fallback model are its own affair, before the first part. */
  answer(request: ModelRequest): AsyncIterable<ModelPart>;
  /** One JSON value that fits a schema; `undefined` where the model can only pretend to judge. */
  judge?(request: {
    model: string;
    system: string;
    text: string;
    schema: JsonObject;
    signal: AbortSignal;
  }): Promise<JsonObject | undefined>;
  /** The model that judges where this one is named; undefined where it can only pretend to. */
  judgeFor?(model: string): string | undefined;
}

export interface ToolOutcome {
  output: string;
  failed: boolean;
  /** The conversation is over once the agent has said its last words. */
  ends?: boolean;
}

export interface ToolRunner {
  /** Never throws for what a tool does: a tool that fails is an outcome. */
  run(tool: OfferedTool, call: ToolCall, conversation: Conversation, signal: AbortSignal): Promise<ToolOutcome>;
  /** What a tool that is a server full of them offers; undefined where it does not say. */
  list?(tool: Tool): Promise<readonly ListedTool[] | undefined>;
}

/** How a conversation reaches the call it is held in. */
export interface CallActions {
  /** Whether the other number took the call, which is no longer ours then. */
  transfer(conversation: Conversation, to: string): Promise<boolean>;
  /** False where there is no call. */
  sendDtmf(conversation: Conversation, digits: string): boolean;
  /** A machine has answered: nobody was reached, whatever is said to it. */
  machine(conversation: Conversation): boolean;
  /** False where there is no call that could be made again. */
  callBack(conversation: Conversation, at: Date): Promise<boolean>;
  /** Answers when it will be made. Throws a Fault where it must not be. */
  place(conversation: Conversation, call: { phone: string; agentId: string; variables: JsonObject }): Promise<string>;
}

export interface Knowledge {
  /** The passages that matter to a question, best first. */
  search(conversation: Conversation, agentId: string, question: string, limit: number): Promise<Passage[]>;
}

/** What conversations are carried on with. */
export interface Providers {
  model: LanguageModel;
  tools: ToolRunner;
  knowledge: Knowledge;
  /** Where knowledge is read, cut and looked up. */
  library: Library;
  /** The model of whoever has none of their own. */
  defaultModel: string;
  /** The models that are known by name, and which of them can be asked. */
  catalogue(): readonly KnownModel[];
}
