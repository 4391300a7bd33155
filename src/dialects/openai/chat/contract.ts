/** OpenAI's chat completions, with the fields that an agent can follow. */

import * as s from '../../../lib/schema.ts';

/** A field of a request that may be omitted or null. */
const nullish = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const MAX_INTEGER = 2_147_483_647;
const tokens = () => s.integer({ minimum: 1, maximum: MAX_INTEGER });
const count = () => s.integer({ minimum: 0 });

export const ROLES = ['system', 'developer', 'user', 'assistant'] as const;

export const Message = s.object({
  role: s.oneOf(ROLES),
  content: s.unknown({ description: 'Text, or a list of parts `{type: "text", text}`.' }),
});

export const ChatRequest = s.object({
  model: s.string({ minLength: 1, maxLength: 255, description: 'The id of an agent.' }),
  messages: s.array(Message, {
    minItems: 1,
    maxItems: 2000,
    description:
      'The conversation so far. Its last message is the user’s. Without messages of user or assistant, the answer is the agent’s greeting.',
  }),
  stream: nullish(s.boolean()),
  stream_options: nullish(s.object({ include_usage: nullish(s.boolean()) })),
  temperature: nullish(s.number({ minimum: 0, maximum: 2 })),
  top_p: nullish(s.number({ minimum: 0, maximum: 1 })),
  presence_penalty: nullish(s.number({ minimum: -2, maximum: 2 })),
  frequency_penalty: nullish(s.number({ minimum: -2, maximum: 2 })),
  seed: nullish(s.integer({ minimum: -MAX_INTEGER, maximum: MAX_INTEGER })),
  max_tokens: nullish(tokens()),
  max_completion_tokens: nullish(tokens()),
  stop: s.optional(s.unknown({ description: 'One string or up to four. The answer ends before the first of them.' })),
  n: nullish(s.integer({ minimum: 1, maximum: 1 })),
  user: nullish(s.string({ maxLength: 255, description: 'The id of the user in your own system.' })),
  metadata: nullish(s.json()),
});
export type ChatRequest = s.Static<typeof ChatRequest>;

export const Usage = s.object({ prompt_tokens: count(), completion_tokens: count(), total_tokens: count() });

export const Completion = s.object({
  id: s.string(),
  object: s.string({ const: 'chat.completion' }),
  created: s.integer(),
  model: s.string(),
  system_fingerprint: s.string({ description: 'The revision of the agent that answered.' }),
  choices: s.array(
    s.object({
      index: s.integer(),
      message: s.object({ role: s.oneOf(['assistant']), content: s.string(), refusal: s.nullable(s.string()) }),
      logprobs: s.nullable(s.json()),
      finish_reason: s.oneOf(['stop', 'length']),
    }),
  ),
  usage: Usage,
});
