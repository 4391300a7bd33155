/**
 * Language models through the clients of the AI SDK, or through our own client for chat completions. A failed request
 * is repeated here, but only before the first part of an answer has been sent on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelConfig } from '../../config.ts';
import type { ToolCall, Usage } from '../../conversations/conversation.ts';
import { type LanguageModel, ModelFailure, type ModelPart, type ModelRequest } from '../../conversations/ports.ts';
import { issuesOf } from '../../lib/check.ts';
import type { Schema } from '../../lib/schema.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import { classifyError } from './failures.ts';
import { type CallOptions, createLlmProviders } from './providers.ts';
import { createTimeLimit } from './time-limit.ts';
import { promptOf, toolsOf } from './wire.ts';

export interface AiSdkOptions {
  fetch?: typeof fetch;
  now?: () => Date;
  /** Waits between two attempts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Receives a sentence for every attempt that failed. */
  warn?: (sentence: string) => void;
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** A provider that asks for a longer pause is not waited for: the contact is waiting for the answer. */
const MAX_PAUSE_MS = 20_000;

const samplingOf = ({
  temperature,
  topP,
  presencePenalty,
  frequencyPenalty,
  seed,
  maxOutputTokens,
  stopSequences,
}: SchemaRequest): Partial<CallOptions> => {
  const all = { temperature, topP, presencePenalty, frequencyPenalty, seed, maxOutputTokens };
  const defined = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(defined), ...(stopSequences && { stopSequences: [...stopSequences] }) };
};

/** A request, with the JSON Schema that the answer must fit, where the provider is to enforce one. */
type SchemaRequest = ModelRequest & { answerSchema?: JsonObject };

export function createAiSdk(
  config: ModelConfig,
  options: AiSdkOptions = {},
): LanguageModel & Required<Pick<LanguageModel, 'judge'>> {
  const providerOf = createLlmProviders(config, options);
  const { now = () => new Date(), warn = () => {} } = options;
  const pause = options.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const secrets = Object.values(config.keys).filter((key) => key !== undefined);

  async function* requestOnce({ answerSchema, ...request }: SchemaRequest): AsyncGenerator<ModelPart> {
    const { open, userSpeaksFirst } = await providerOf(request.model);
    const upstream = new AbortController();
    const call: CallOptions = {
      prompt: promptOf(request.system, request.messages, userSpeaksFirst),
      abortSignal: AbortSignal.any([request.signal, upstream.signal]),
      ...(request.tools.length > 0 && { tools: toolsOf(request.tools), toolChoice: { type: 'auto' } }),
      ...samplingOf(request),
      ...(answerSchema && {
        responseFormat: { type: 'json', schema: answerSchema },
        // Schemas that operators write for their agents rarely satisfy OpenAI's strict mode.
        providerOptions: { openai: { strictJsonSchema: false } },
      }),
    };
    const timeLimit = createTimeLimit(config.timeoutMs, () => upstream.abort());
    let isEmpty = true;
    try {
      const parts = await timeLimit.for(open(call));
      for (;;) {
        const { done, value: part } = await timeLimit.for(parts.read());
        if (done || !part) return;
        if (part.type === 'error') throw part.error;
        if (part.type === 'text-delta' && part.delta !== '') {
          isEmpty = false;
          yield { type: 'delta', text: part.delta };
        }
        if (part.type === 'tool-call') {
          isEmpty = false;
          yield { type: 'call', call: callOf(part.toolCallId, part.toolName, part.input, request.model) };
        }
        if (part.type !== 'finish') continue;
        const { unified, raw } = part.finishReason;
        if (unified === 'content-filter' && isEmpty)
          throw new ModelFailure(
            'refused',
            `The content filter of the provider stopped the answer of ${request.model}.`,
          );
        if (raw === undefined)
          throw new ModelFailure('cut', `The stream of ${request.model} ended before the answer did.`);
        const usage = usageOf(part.usage.inputTokens.total, part.usage.outputTokens.total);
        const limited = unified === 'length' && { limited: true };
        yield { type: 'done', model: request.model, ...limited, ...(usage && { usage }) };
      }
    } catch (error) {
      if (!timeLimit.isExceeded()) throw error;
      throw new ModelFailure(
        'timeout',
        `${request.model} sent nothing for ${config.timeoutMs / 1000} seconds (PARLANCE_MODEL_TIMEOUT_SECONDS).`,
      );
    } finally {
      timeLimit.end();
      // When the reader stops early, the provider should stop too.
      upstream.abort();
    }
  }

  async function* answer(request: SchemaRequest): AsyncGenerator<ModelPart> {
    let started = false;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const part of requestOnce(request)) {
          started = true;
          yield part;
        }
        return;
      } catch (error) {
        request.signal.throwIfAborted();
        const { failure, retryable, retryAfterMs } = classifyError(error, request.model, secrets, now());
        warn(failure.message);
        const wait = retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
        if (started || !retryable || attempt === MAX_ATTEMPTS || wait > MAX_PAUSE_MS) throw failure;
        await pause(wait, request.signal);
      }
    }
  }

  const textOf = async (request: SchemaRequest): Promise<string> => {
    let text = '';
    for await (const part of answer(request)) if (part.type === 'delta') text += part.text;
    return text;
  };

  /** First with the provider's JSON mode, then with the prompt alone, because not every server has such a mode. */
  const judge: Required<LanguageModel>['judge'] = async ({ model, system, text, schema, signal }) => {
    const instructions = `${system}\n\nAnswer with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
    const request = { model, system: instructions, messages: [{ role: 'user' as const, text }], tools: [], signal };
    try {
      const value = jsonIn(await textOf({ ...request, temperature: 0, answerSchema: schema }), schema);
      if (value) return value;
    } catch (error) {
      if (!(error instanceof ModelFailure) || !['refused', 'garbage'].includes(error.kind)) throw error;
    }
    return jsonIn(await textOf(request), schema);
  };

  return { answer, judge };
}

/** Throws where the arguments are not a JSON object; guessed arguments could act on what the contact never asked. */
function callOf(id: string, name: string, input: string, model: string): ToolCall {
  const args = input.trim() === '' ? {} : parsed(input);
  if (!isObject(args))
    throw new ModelFailure('garbage', `${model} called ${name} with arguments that are not a JSON object.`);
  return { id, name, input: args };
}

function usageOf(inputTokens: number | undefined, outputTokens: number | undefined): Usage | undefined {
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { input: inputTokens ?? 0, output: outputTokens ?? 0 };
}

function jsonIn(text: string, schema: JsonObject): JsonObject | undefined {
  const value = parsed(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  return isObject(value) && issuesOf(schema as Schema, value).length === 0 ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
