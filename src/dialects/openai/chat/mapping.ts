/** What a request for a completion says, and how an answer is shown. */

import type { View } from '../../../agents/view.ts';
import type { ConversationFacts, Message, Sampling, Usage } from '../../../conversations/conversation.ts';
import type { StartRequest, TurnResult } from '../../../conversations/service.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import type { ChatRequest } from './contract.ts';

export interface Asked {
  beginning: StartRequest;
  /** What the user says now; undefined where nothing was said yet, and the greeting is the answer. */
  words: string | undefined;
  stream: boolean;
  withUsage: boolean;
}

const MAX_MESSAGE_CHARACTERS = 32_000;
const MAX_STOPS = 4;
/** What would have to be obeyed to be true, and cannot be: an agent has tools and forms of its own. */
const NOT_HERE = ['tools', 'functions', 'audio', 'logprobs', 'modalities', 'prediction', 'web_search_options'];

export function parseRequest(body: ChatRequest): Asked {
  refuseWhatCannotBe(body as JsonObject);
  const said = body.messages.map(({ role, content }, i) => ({ role, text: textOf(content, `messages.${i}.content`) }));
  const context = said
    .filter(({ role }) => role === 'system' || role === 'developer')
    .map(({ text }) => text)
    .join('\n\n');
  const spoken = said.flatMap(({ role, text }, i) =>
    role === 'user' || role === 'assistant' ? [{ role, text, at: `messages.${i}` }] : [],
  );
  const last = spoken.at(-1);
  if (last) judgeLast(last);
  const { model, user, metadata } = body;
  return {
    beginning: {
      agent: { id: model.toLowerCase() },
      channel: 'chat',
      earlier: spoken.slice(0, -1).map(({ role, text }) => ({ role, text })),
      overrides: {
        ...samplingIn(body),
        ...(context.trim() !== '' && { context }),
      },
      ...(user && { contact: { externalId: user } }),
      ...(metadata && { metadata }),
    },
    words: last?.text,
    stream: body.stream ?? false,
    withUsage: body.stream_options?.include_usage ?? false,
  };
}

function samplingIn(body: ChatRequest): Sampling {
  const stop = stopsIn(body.stop);
  const said = {
    temperature: body.temperature,
    topP: body.top_p,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    seed: body.seed,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    stopSequences: stop.length > 0 ? stop : undefined,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value != null));
}

function stopsIn(stop: unknown): string[] {
  const all: unknown[] = stop == null ? [] : [stop].flat();
  if (all.length > MAX_STOPS || !all.every((one) => typeof one === 'string' && one !== ''))
    throw wrong('stop', `must be a text or a list of at most ${MAX_STOPS} of them`, 'type');
  return all as string[];
}

const wrong = (path: string, message: string, rule: string): Error =>
  invalid([{ path, message, rule } satisfies Issue]);

function refuseWhatCannotBe(body: JsonObject): void {
  for (const field of NOT_HERE) {
    const value = body[field];
    const plain = field === 'modalities' && Array.isArray(value) && value.every((one) => one === 'text');
    if (value == null || value === false || plain || (Array.isArray(value) && value.length === 0)) continue;
    throw wrong(field, 'is not something that an agent can be asked for', 'unsupported');
  }
  const format = body['response_format'];
  if (isObject(format) && format['type'] !== 'text')
    throw wrong('response_format', 'can only be text: an agent speaks', 'unsupported');
}

function textOf(content: unknown, path: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrong(path, 'must be text or a list of parts', 'type');
  const parts = content.map((part, i) => {
    if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
    throw wrong(`${path}.${i}`, 'must be a part with text: agents neither see nor hear here', 'type');
  });
  return parts.join('\n');
}

function judgeLast({ role, text, at }: { role: string; text: string; at: string }): void {
  if (role !== 'user') throw wrong(`${at}.role`, 'must be user: the last word is theirs', 'enum');
  if (text.trim() === '') throw wrong(`${at}.content`, 'must not be empty', 'minLength');
  if (text.length > MAX_MESSAGE_CHARACTERS)
    throw wrong(`${at}.content`, `must have at most ${MAX_MESSAGE_CHARACTERS} characters`, 'maxLength');
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

const headOf = ({ id, agentId, revision, startedAt }: ConversationFacts) => ({
  id: `chatcmpl-${id.replaceAll('-', '')}`,
  created: seconds(startedAt),
  model: agentId,
  system_fingerprint: `revision_${revision}`,
});

const formatUsage = ({ input, output }: Usage) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

/** Between what was said before a tool was called and what was said after it. */
export const BREAK = '\n\n';

/** Whether it is words to whoever is speaking with the agent; an announcement of the house is. */
export const isHeard = ({ role, text }: Message): boolean => (role === 'assistant' || role === 'note') && text !== '';

/** Why the last answer ended. */
export const finishOf = (limited = false) => (limited ? 'length' : 'stop');

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
          .filter(isHeard)
          .map(({ text }) => text)
          .join(BREAK),
        refusal: null,
      },
      logprobs: null,
      finish_reason: finishOf(limited),
    },
  ],
  usage: formatUsage(usage),
});

/** One piece of a stream. Where usage was asked for, every piece has the field and the last one the figures. */
export const formatChunk = (
  conversation: ConversationFacts,
  delta: { role?: 'assistant'; content?: string },
  { withUsage, finish = null }: { withUsage: boolean; finish?: ReturnType<typeof finishOf> | null },
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

export const formatModel = ({ agent }: View) => ({
  id: agent.id,
  object: 'model',
  created: seconds(agent.createdAt),
  owned_by: 'parlance',
  name: agent.document.name,
});
