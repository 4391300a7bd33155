/** Schemas of conversations. */
import { ContactInput } from '../../../contacts/contact.ts';
import { CHANNELS, END_REASONS, ROLES, VERDICTS } from '../../../conversations/conversation.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { DIALECTS } from '../../../workspaces/workspace.ts';
import { ListQuery } from '../contract.ts';

const closed = { additionalProperties: false };
const count = () => s.integer({ minimum: 0 });
const Usage = s.object({ input: count(), output: count() }, { description: 'Tokens, as the model counts them.' });
const STATES = ['open', 'ended'] as const;

/** The contact of a conversation or a call. */
export const Whom = s.object(
  { id: s.optional(text.uuid()), ...ContactInput.properties },
  { ...closed, description: 'The `id` of a contact, or facts about a person who is not a contact.' },
);
/** What a conversation or a call runs on. */
export const Grounds = {
  variables: s.optional(s.json({ description: 'Values for the placeholders in prompts and greetings.' })),
  revision: s.optional(
    s.integer({ minimum: 1, maximum: 2_147_483_647, description: 'The revision to run on; the latest by default.' }),
  ),
  label: s.optional(s.string({ minLength: 1, maxLength: 63, description: 'The label of the revision to run on.' })),
  locale: s.optional(text.localeTag()),
  profileId: s.optional(text.uuid()),
  overrides: s.optional(
    s.object(
      {
        model: s.optional(s.string({ minLength: 1, maxLength: 255 })),
        temperature: s.optional(s.number({ minimum: 0, maximum: 2 })),
        topP: s.optional(s.number({ minimum: 0, maximum: 1 })),
        presencePenalty: s.optional(s.number({ minimum: -2, maximum: 2 })),
        frequencyPenalty: s.optional(s.number({ minimum: -2, maximum: 2 })),
        seed: s.optional(s.integer({ minimum: -2_147_483_647, maximum: 2_147_483_647 })),
        maxOutputTokens: s.optional(
          s.integer({ minimum: 1, maximum: 2_147_483_647, description: 'Of one answer, as the model counts them.' }),
        ),
        stopSequences: s.optional(s.array(s.string({ minLength: 1, maxLength: 255 }), { maxItems: 4 })),
        instructions: s.optional(s.string({ maxLength: 100_000 })),
        greeting: s.optional(s.string({ maxLength: 10_000 })),
        context: s.optional(s.string({ maxLength: 100_000, description: 'What to know besides the instructions.' })),
        callSettings: s.optional(s.json()),
      },
      { ...closed, description: 'For this conversation alone.' },
    ),
  ),
};

export const ConversationInput = s.object(
  {
    agentId: text.uuid(),
    channel: s.optional(s.oneOf(['chat', 'whatsapp'], { description: '`chat` by default.' })),
    contact: s.optional(Whom),
    ...Grounds,
    metadata: s.optional(s.json({ description: "The caller's own; shown again with the conversation." })),
  },
  closed,
);
export type ConversationInput = s.Static<typeof ConversationInput>;

export const MessageInput = s.object(
  {
    content: s.string({ minLength: 1, maxLength: 32_000 }),
    stream: s.optional(s.boolean({ description: 'Answer as a stream of events instead of one JSON body.' })),
  },
  closed,
);

export const MessageShape = s.object({
  id: text.uuid(),
  role: s.oneOf(ROLES, { description: 'A `note` is written by the server; the model never sees it.' }),
  content: s.string(),
  at: text.dateTime(),
  agentId: s.optional(text.uuid()),
  toolCalls: s.optional(s.array(s.object({ id: s.string(), name: s.string(), input: s.json() }))),
  toolCallId: s.optional(s.string()),
  toolName: s.optional(s.string()),
  failed: s.optional(s.boolean({ description: 'The tool failed, or the model broke off.' })),
  sources: s.optional(s.array(s.object({ document: s.string(), title: s.string(), chunk: count() }))),
  usage: s.optional(Usage),
  model: s.optional(s.string()),
});

const share = () => s.number({ minimum: 0, maximum: 1 });
const finding = (value: s.Schema) =>
  s.object(
    { value: s.nullable(value), reason: s.optional(s.string()), model: s.nullable(s.string()) },
    { description: 'With the model that found it; without a value, the reason says why.' },
  );
const AnalysisShape = s.object(
  {
    revision: s.integer({ description: 'The revision that the conversation ran on.' }),
    at: text.dateTime(),
    summary: finding(s.string()),
    score: finding(s.number({ minimum: 0, maximum: 100 })),
    tags: finding(s.array(s.string())),
    extracted: finding(s.json()),
    sentiment: s.optional(finding(s.oneOf(['positive', 'neutral', 'negative']))),
    intent: s.optional(
      finding(s.object({ intent: s.nullable(s.string()), confidence: share(), explanation: s.string() })),
    ),
    resolution: s.optional(
      finding(
        s.object({
          classification: s.oneOf(VERDICTS),
          status: s.nullable(s.string({ description: 'That of the resolution that fits.' })),
          confidence: share(),
          satisfied: s.array(s.string({ description: 'What the resolution asks for and the conversation shows.' })),
          evidence: s.array(s.string()),
          explanation: s.string(),
        }),
      ),
    ),
    afterwards: s.optional(s.array(s.object({ tool: s.string(), output: s.string(), failed: s.boolean() }))),
  },
  {
    description: 'The result of the analysis; null while the conversation is open or not yet analysed.',
  },
);

export const ConversationShape = s.object({
  id: text.uuid(),
  number: s.integer(),
  agentId: text.uuid(),
  revision: s.integer({ description: 'The revision that it runs on to its end.' }),
  state: s.oneOf(STATES),
  endReason: s.nullable(s.oneOf(END_REASONS)),
  channel: s.oneOf(CHANNELS),
  locale: s.string(),
  dialect: s.string({ description: 'The API that started the conversation.' }),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `public`.' }),
  contactId: s.nullable(text.uuid()),
  metadata: s.json(),
  usage: Usage,
  startedAt: text.dateTime(),
  lastActivityAt: text.dateTime(),
  endedAt: s.nullable(text.dateTime()),
  analysis: s.nullable(AnalysisShape),
});
export const BegunShape = s.object({ ...ConversationShape.properties, messages: s.array(MessageShape) });
export const AnswerShape = s.object({ messages: s.array(MessageShape), usage: Usage, state: s.oneOf(STATES) });
export const SnapshotShape = s.object(
  {
    personas: s.record(s.object({ agentId: text.uuid(), revision: s.integer() }, { additionalProperties: true })),
    firstAgentId: text.uuid(),
    channel: s.oneOf(CHANNELS),
    locale: s.string(),
    variables: s.json(),
    contact: s.nullable(s.json()),
    memory: s.json(),
    settings: s.record(s.object({ value: s.unknown(), from: s.string() })),
    overrides: s.json(),
    label: s.nullable(s.string()),
    notes: s.array(s.string()),
    startedAt: text.dateTime(),
  },
  { description: 'What a conversation runs on: frozen when it begins.' },
);

export const ConversationQuery = s.object({
  ...ListQuery.properties,
  agentId: s.optional(text.uuid()),
  state: s.optional(s.oneOf(STATES)),
  channel: s.optional(s.oneOf(CHANNELS)),
  dialect: s.optional(s.oneOf(DIALECTS)),
  contactId: s.optional(text.uuid()),
});
export type ConversationQuery = s.Static<typeof ConversationQuery>;
