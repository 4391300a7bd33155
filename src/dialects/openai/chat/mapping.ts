/** Requests for completions, and their answers as one object or as chunks. */

import type { ConversationFacts, Message, Sampling, Usage } from '../../../conversations/conversation.ts';
import type { StartRequest, TurnResult } from '../../../conversations/service.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { toSeconds } from '../shared.ts';
import type { ChatRequest } from './contract.ts';

export interface CompletionRequest {
  start: StartRequest;
  /** The last message of the user. Without one, the answer is the greeting. */
  question: string | undefined;
  stream: boolean;
  withUsage: boolean;
}

const MAX_MESSAGE_CHARACTERS = 32_000;
const MAX_STOPS = 4;
/** Fields that change the form of an answer. An agent cannot follow them, so requests with them are refused. */
const UNSUPPORTED_FIELDS = [
  'tools',
  'functions',
  'audio',
  'logprobs',
  'modalities',
  'prediction',
  'web_search_options',
];

export function parseRequest(body: ChatRequest): CompletionRequest {
  refuseUnsupported(body as JsonObject);
  const messages = body.messages.map(({ role, content }, i) => ({
    role,
    text: textOf(content, `messages.${i}.content`),
  }));
  const context = messages
    .filter(({ role }) => role === 'system' || role === 'developer')
    .map(({ text }) => text)
    .join('\n\n');
  const earlier = messages.flatMap(({ role, text }, i) =>
    role === 'user' || role === 'assistant' ? [{ role, text, at: `messages.${i}` }] : [],
  );
  const last = earlier.at(-1);
  if (last) checkLast(last);
  const { model, user, metadata } = body;
  return {
    start: {
      agent: { id: model.toLowerCase() },
      channel: 'chat',
      priorMessages: earlier.slice(0, -1).map(({ role, text }) => ({ role, text })),
      overrides: {
        ...samplingIn(body),
        ...(context.trim() !== '' && { context }),
      },
      ...(user && { contact: { externalId: user } }),
      ...(metadata && { metadata }),
    },
    question: last?.text,
    stream: body.stream ?? false,
    withUsage: body.stream_options?.include_usage ?? false,
  };
}

function samplingIn(body: ChatRequest): Sampling {
  const stop = stopsIn(body.stop);
  const sampling = {
    temperature: body.temperature,
    topP: body.top_p,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    seed: body.seed,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    stopSequences: stop.length > 0 ? stop : undefined,
  };
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value != null));
}

function stopsIn(stop: unknown): string[] {
  const all: unknown[] = stop == null ? [] : [stop].flat();
  if (all.length > MAX_STOPS || !all.every((one) => typeof one === 'string' && one !== ''))
    throw wrong('stop', `must be a string or a list of at most ${MAX_STOPS} strings`, 'type');
  return all as string[];
}

const wrong = (path: string, message: string, rule: string): Error =>
  invalid([{ path, message, rule } satisfies Issue]);

function refuseUnsupported(body: JsonObject): void {
  for (const field of UNSUPPORTED_FIELDS) {
    const value = body[field];
    const isText = field === 'modalities' && Array.isArray(value) && value.every((one) => one === 'text');
    if (value == null || value === false || isText || (Array.isArray(value) && value.length === 0)) continue;
    throw wrong(field, 'is not supported: agents use their own tools and answer with text; omit it', 'unsupported');
  }
  const format = body['response_format'];
  if (isObject(format) && format['type'] !== 'text')
    throw wrong('response_format', 'must be text: agents answer with text only', 'unsupported');
}

function textOf(content: unknown, path: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrong(path, 'must be text or a list of parts', 'type');
  const parts = content.map((part, i) => {
    if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
    throw wrong(`${path}.${i}`, 'must be a part of type text: this API accepts no images and no audio', 'type');
  });
  return parts.join('\n');
}

function checkLast({ role, text, at }: { role: string; text: string; at: string }): void {
  if (role !== 'user') throw wrong(`${at}.role`, 'must be user: the last message must be the user’s', 'enum');
  if (text.trim() === '') throw wrong(`${at}.content`, 'must not be empty', 'minLength');
  if (text.length > MAX_MESSAGE_CHARACTERS)
    throw wrong(`${at}.content`, `must have at most ${MAX_MESSAGE_CHARACTERS} characters`, 'maxLength');
}

const headOf = ({ id, agentId, revision, startedAt }: ConversationFacts) => ({
  id: `chatcmpl-${id.replaceAll('-', '')}`,
  created: toSeconds(startedAt),
  model: agentId,
  system_fingerprint: `revision_${revision}`,
});

const formatUsage = ({ input, output }: Usage) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

/** Separates the text before a tool call from the text after it. */
export const BREAK = '\n\n';

/** Whether a message belongs to the answer: the agent's text, or an announcement while a tool works. */
export const isAnswer = ({ role, text }: Message): boolean => (role === 'assistant' || role === 'note') && text !== '';

export const finishReason = (limited = false) => (limited ? 'length' : 'stop');

export const formatCompletion = ({
  conversation,
  messages,
  usage,
  limited,
}: Pick<TurnResult, 'conversation' | 'messages' | 'usage' | 'limited'>) => ({
  ...headOf(conversation),
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: messages
          .filter(isAnswer)
          .map(({ text }) => text)
          .join(BREAK),
        refusal: null,
      },
      logprobs: null,
      finish_reason: finishReason(limited),
    },
  ],
  usage: formatUsage(usage),
});

/** One chunk of a stream. If the client asked for usage, every chunk has the field and the last one has the numbers. */
export const formatChunk = (
  conversation: ConversationFacts,
  delta: { role?: 'assistant'; content?: string },
  { withUsage, finish = null }: { withUsage: boolean; finish?: ReturnType<typeof finishReason> | null },
) => ({
  ...headOf(conversation),
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  ...(withUsage && { usage: null }),
});

export const formatUsageChunk = (conversation: ConversationFacts, usage: Usage) => ({
  ...headOf(conversation),
  object: 'chat.completion.chunk',
  choices: [],
  usage: formatUsage(usage),
});
