/** Method and path to service call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { View } from '../../../agents/view.ts';
import type { Conversation, Message } from '../../../conversations/conversation.ts';
import type { TurnResult } from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { errorOf } from '../errors.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const PAGE = 500;
const NO_USAGE = { input: 0, output: 0 };
type Conversations = Services['conversations'];

export function routes(app: FastifyInstance, { agents, conversations }: Services): void {
  app.get(
    '/models',
    route({
      summary: 'List models',
      description: 'The agents that are active.',
      tag: 'Models',
      scope: 'agents:read',
      answer: contract.ModelList,
    }),
    async ({ caller }) => {
      const found: View[] = [];
      let page: View[];
      let after: { createdAt: string; id: string } | undefined;
      do {
        const place = { limit: PAGE, ...(after && { after }) };
        page = await agents.list(caller, { status: ['active'] }, { by: 'createdAt', direction: 'desc' }, place);
        found.push(...page);
        after = page.at(-1)?.agent;
      } while (page.length === PAGE);
      return { object: 'list', data: found.map(mapping.formatModel) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/models/:id',
    route({ summary: 'Get model', tag: 'Models', scope: 'agents:read', answer: contract.Model }),
    async ({ caller, params }) => mapping.formatModel(await agents.get({ ...caller }, { id: params.id.toLowerCase() })),
  );

  app.post(
    '/chat/completions',
    route({
      summary: 'Create chat completion',
      description:
        'The agent answers as it does in any chat: with its instructions, knowledge, memory and tools. Nothing is remembered between two requests; each is a conversation by itself, which `GET /v1/conversations?dialect=openai` lists. With `stream` the answer is `text/event-stream` of `chat.completion.chunk` and ends with `[DONE]`.',
      tag: 'Chat',
      scope: 'conversations:write',
      body: contract.ChatRequest,
      answer: { ...contract.Completion, 'x-streams': true },
    }),
    async (request, reply) => {
      const asked = mapping.parseRequest(request.body as contract.ChatRequest);
      return asked.stream ? stream(request, reply, conversations, asked) : whole(request.caller, conversations, asked);
    },
  );
}

/** Begins, says what is to be said, and ends: whatever comes of it, nothing stays open. */
async function converse(
  caller: Caller,
  conversations: Conversations,
  { beginning, words }: mapping.Asked,
  answer: (conversation: Conversation, words: string) => Promise<TurnResult>,
): Promise<TurnResult> {
  const { conversation, messages } = await conversations.create(caller, beginning);
  const { dryRun = false } = caller.writeOptions;
  let failed = true;
  try {
    const said =
      words === undefined || dryRun
        ? { conversation, messages: words === undefined ? messages : [], usage: NO_USAGE }
        : await answer(conversation, words);
    failed = said.failure !== undefined;
    return said;
  } finally {
    if (!dryRun)
      await conversations.end(caller, conversation.id, failed ? 'failed' : 'ended', () => ({ unjudged: true }));
  }
}

async function whole(caller: Caller, conversations: Conversations, asked: mapping.Asked) {
  const said = await converse(caller, conversations, asked, ({ id }, words) =>
    conversations.say(caller, id, () => words),
  );
  if (said.failure !== undefined) throw new Fault('model_failed', {}, said.failure);
  return mapping.formatCompletion(said);
}

function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  conversations: Conversations,
  asked: mapping.Asked,
): Promise<FastifyReply> {
  const { caller } = request;
  const sent: string[] = [];
  const work = async (events: EventStream): Promise<void> => {
    const send = (data: object | string): Promise<void> => {
      sent.push(typeof data === 'string' ? data : JSON.stringify(data));
      return events.send(data);
    };
    /** The message that is being told, so that the next one begins after a break. */
    let telling: string | undefined;
    const tell = async (about: Conversation, id: string, content: string): Promise<void> => {
      if (telling === undefined) await send(mapping.formatChunk(about, { role: 'assistant', content: '' }, asked));
      const text = telling === undefined || telling === id ? content : mapping.BREAK + content;
      telling = id;
      await send(mapping.formatChunk(about, { content: text }, asked));
    };
    const streamed = new Set<string>();
    const said = await converse(caller, conversations, asked, (conversation, words) =>
      conversations.say(
        caller,
        conversation.id,
        () => words,
        {
          delta: (id, text) => {
            streamed.add(id);
            return tell(conversation, id, text);
          },
          // An announcement comes at once and whole.
          message: (message: Message) => {
            if (mapping.isHeard(message) && !streamed.has(message.id))
              void tell(conversation, message.id, message.text);
          },
        },
        events.signal,
      ),
    );
    if (said.failure !== undefined) throw new Fault('model_failed', {}, said.failure);
    const { conversation } = said;
    if (asked.words === undefined)
      for (const { id, text } of said.messages.filter(mapping.isHeard)) await tell(conversation, id, text);
    if (telling === undefined) await tell(conversation, '', '');
    await send(mapping.formatChunk(conversation, {}, { ...asked, finish: mapping.finishOf(said.limited) }));
    if (asked.withUsage) await send(mapping.formatUsageChunk(conversation, said.usage));
    await send('[DONE]');
  };
  const broken = (error: unknown, events: EventStream): Promise<void> =>
    events.send(errorOf(faultOf(error, request)).body as object);
  /** Whoever sends it again under the same idempotency key is told the same, if it was told to the end. */
  const replay = () => (sent.at(-1) === '[DONE]' ? sent.map((data) => `data: ${data}\n\n`).join('') : undefined);
  return streamEvents(request, reply, work, broken, { replay });
}
