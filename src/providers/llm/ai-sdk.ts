/**
 * Models of others, through the clients of the AI SDK, which are loaded with the first question, or through our own.
 * Asking again happens here, before the first part of an answer; after it a failure is what it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelConfig } from '../../config.ts';
import type { ToolCall, Usage } from '../../conversations/conversation.ts';
import { type LanguageModel, ModelFailure, type ModelPart, type ModelRequest } from '../../conversations/ports.ts';
import { issuesOf } from '../../lib/check.ts';
import type { Schema } from '../../lib/schema.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import { troubleOf } from './failures.ts';
import { type CallOptions, createLlmProviders } from './providers.ts';
import { createTimeLimit } from './time-limit.ts';
import { wired, wiredTools } from './wire.ts';

export interface AiSdkGiven {
  fetch?: typeof fetch;
  now?: () => Date;
  /** Between one attempt and the next. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of every attempt that failed. */
  note?: (sentence: string) => void;
}

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** Whoever asks for more than that is not waited for: somebody is listening. */
const MAX_PAUSE_MS = 20_000;

const samplingOf = ({
  temperature,
  topP,
  presencePenalty,
  frequencyPenalty,
  seed,
  maxOutputTokens,
  stopSequences,
}: Question): Partial<CallOptions> => {
  const all = { temperature, topP, presencePenalty, frequencyPenalty, seed, maxOutputTokens };
  const said = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), ...(stopSequences && { stopSequences: [...stopSequences] }) };
};

/** `form`: the JSON Schema that the answer has to fit. */
type Question = ModelRequest & { form?: JsonObject };

export function createAiSdk(
  config: ModelConfig,
  given: AiSdkGiven = {},
): LanguageModel & Required<Pick<LanguageModel, 'judge'>> {
  const providerOf = createLlmProviders(config, given);
  const { now = () => new Date(), note = () => {} } = given;
  const pause = given.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const secrets = Object.values(config.keys).filter((key) => key !== undefined);

  async function* once({ form, ...request }: Question): AsyncGenerator<ModelPart> {
    const { open, userSpeaksFirst } = await providerOf(request.model);
    const upstream = new AbortController();
    const options: CallOptions = {
      prompt: wired(request.system, request.messages, userSpeaksFirst),
      abortSignal: AbortSignal.any([request.signal, upstream.signal]),
      ...(request.tools.length > 0 && { tools: wiredTools(request.tools), toolChoice: { type: 'auto' } }),
      ...samplingOf(request),
      ...(form && {
        responseFormat: { type: 'json', schema: form },
        // A schema that somebody wrote for their agent seldom keeps the rules of OpenAI's strict mode.
        providerOptions: { openai: { strictJsonSchema: false } },
      }),
    };
    const timeLimit = createTimeLimit(config.timeoutMs, () => upstream.abort());
    let isEmpty = true;
    try {
      const parts = await timeLimit.for(open(options));
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
          throw new ModelFailure('refused', `${request.model} was kept from answering by its provider's filter.`);
        if (raw === undefined) throw new ModelFailure('cut', `${request.model} broke off its answer.`);
        const usage = usageOf(part.usage.inputTokens.total, part.usage.outputTokens.total);
        const limited = unified === 'length' && { limited: true };
        yield { type: 'done', model: request.model, ...limited, ...(usage && { usage }) };
      }
    } catch (error) {
      if (!timeLimit.isOver()) throw error;
      throw new ModelFailure('timeout', `${request.model} was silent for ${config.timeoutMs / 1000} seconds.`);
    } finally {
      timeLimit.end();
      // Whoever stops listening also stops the provider.
      upstream.abort();
    }
  }

  async function* answer(question: Question): AsyncGenerator<ModelPart> {
    let begun = false;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const part of once(question)) {
          begun = true;
          yield part;
        }
        return;
      } catch (error) {
        question.signal.throwIfAborted();
        const { failure, passing, retryAfterMs } = troubleOf(error, question.model, secrets, now());
        note(failure.message);
        const wait = retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
        if (begun || !passing || attempt === ATTEMPTS || wait > MAX_PAUSE_MS) throw failure;
        await pause(wait, question.signal);
      }
    }
  }

  const textOf = async (question: Question): Promise<string> => {
    let text = '';
    for await (const part of answer(question)) if (part.type === 'delta') text += part.text;
    return text;
  };

  /** First in the provider's own mode for JSON, then in words alone: not every server has such a mode. */
  const judge: Required<LanguageModel>['judge'] = async ({ model, system, text, schema, signal }) => {
    const told = `${system}\n\nAnswer with one JSON value and nothing else. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
    const question = { model, system: told, messages: [{ role: 'user' as const, text }], tools: [], signal };
    try {
      const value = jsonIn(await textOf({ ...question, temperature: 0, form: schema }), schema);
      if (value) return value;
    } catch (error) {
      if (!(error instanceof ModelFailure) || !['refused', 'garbage'].includes(error.kind)) throw error;
    }
    return jsonIn(await textOf(question), schema);
  };

  return { answer, judge };
}

/** A call that cannot be read is no call: to guess its arguments would be to act on what nobody said. */
function callOf(id: string, name: string, input: string, model: string): ToolCall {
  const read = input.trim() === '' ? {} : parsed(input);
  if (!isObject(read)) throw new ModelFailure('garbage', `${model} called ${name} with what is not a JSON object.`);
  return { id, name, input: read };
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
