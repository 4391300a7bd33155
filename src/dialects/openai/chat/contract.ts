/** The shapes of OpenAI's chat completions and models, as far as an agent can be spoken to in them. */
import * as s from '../../../lib/schema.ts';

const nullable = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const MAX_ITEMS = 2_147_483_647;
/** Of one answer. */
const tokens = () => s.integer({ minimum: 1, maximum: MAX_ITEMS });
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
      'All that was said so far, the last of it by the user. Where nothing was said yet, the agent answers with its greeting.',
  }),
  stream: nullable(s.boolean()),
  stream_options: nullable(s.object({ include_usage: nullable(s.boolean()) })),
  temperature: nullable(s.number({ minimum: 0, maximum: 2 })),
  top_p: nullable(s.number({ minimum: 0, maximum: 1 })),
  presence_penalty: nullable(s.number({ minimum: -2, maximum: 2 })),
  frequency_penalty: nullable(s.number({ minimum: -2, maximum: 2 })),
  seed: nullable(s.integer({ minimum: -MAX_ITEMS, maximum: MAX_ITEMS })),
  max_tokens: nullable(tokens()),
  max_completion_tokens: nullable(tokens()),
  stop: s.optional(s.unknown({ description: 'Up to four texts, or one: the answer ends before the first of them.' })),
  n: nullable(s.integer({ minimum: 1, maximum: 1 })),
  user: nullable(s.string({ maxLength: 255, description: 'Who is speaking, in your own system.' })),
  metadata: nullable(s.json()),
});
export type ChatRequest = s.Static<typeof ChatRequest>;

export const Usage = s.object({ prompt_tokens: count(), completion_tokens: count(), total_tokens: count() });

export const Completion = s.object({
  id: s.string(),
  object: s.string({ const: 'chat.completion' }),
  created: s.integer(),
  model: s.string(),
  system_fingerprint: s.string({ description: 'The revision that the agent answered on.' }),
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

export const Model = s.object({
  id: s.string({ description: 'The id of the agent.' }),
  object: s.string({ const: 'model' }),
  created: s.integer(),
  owned_by: s.string(),
  name: s.string({ description: 'What the agent is called; not one of OpenAI’s fields.' }),
});
export const ModelList = s.object({ object: s.string({ const: 'list' }), data: s.array(Model) });
