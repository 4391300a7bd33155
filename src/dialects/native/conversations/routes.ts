/** Routes of conversations. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TurnResult } from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import type { Services } from '../../../services.ts';
import { ListQuery, listOf } from '../contract.ts';
import { type ById, cursorOf, idOf, newestFirst, numberIn } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const tag = 'Conversations';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'conversations:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'conversations:write' });
const theId = (request: { params: unknown }) => idOf(request, 'conversation_missing');

export function conversationRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  messageRoute(app, services);
}

function collectionRoutes(app: FastifyInstance, services: Services): void {
  const { conversations } = services;
  const { formatConversation, formatMessage } = mapping;

  app.post(
    '/conversations',
    write({
      summary: 'Begin conversation',
      description:
        'It runs on the agent as it is now, or as the `revision` or the `label` has it, to its end: updates reach the next one. The greeting is its first message, where the agent speaks first.',
      body: contract.ConversationInput,
      answer: { status: 201, schema: contract.BegunShape },
    }),
    async ({ caller, body }, reply) => {
      const { conversation, messages } = await conversations.create(caller, mapping.parseBeginning(body));
      return reply.code(201).send({ ...formatConversation(conversation), messages: messages.map(formatMessage) });
    },
  );
  app.get(
    '/conversations',
    read({
      summary: 'List conversations',
      description: 'Newest first.',
      query: contract.ConversationQuery,
      answer: listOf(contract.ConversationShape),
    }),
    async ({ caller, query }) => {
      const { limit, cursor, state, channel, ...filter } = query as contract.ConversationQuery;
      const wanted = { ...filter, ...(state && { status: state }), ...(channel && { channel: [channel] }) };
      const list = (page: { limit: number; below?: number }) => conversations.list(caller, wanted, page);
      const { shown, nextCursor } = await newestFirst({ limit, cursor }, list, ({ number }) => number);
      return { data: shown.map(formatConversation), nextCursor };
    },
  );
}

function memberRoutes(app: FastifyInstance, services: Services): void {
  const { conversations } = services;
  const { formatConversation, formatMessage } = mapping;

  app.get<ById>(
    '/conversations/:id',
    read({ summary: 'Get conversation', answer: contract.ConversationShape }),
    async (request) => formatConversation(await conversations.get(request.caller, theId(request))),
  );
  app.get<ById>(
    '/conversations/:id/messages',
    read({
      summary: 'List messages',
      description: 'In the order of the conversation.',
      query: ListQuery,
      answer: listOf(contract.MessageShape),
    }),
    async (request) => {
      const { limit = 50, cursor } = request.query as { limit?: number; cursor?: string };
      const after = cursor === undefined ? 0 : numberIn(cursor);
      const found = await conversations.messages(request.caller, theId(request), { limit: limit + 1, after });
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return { data: shown.map(formatMessage), nextCursor: last ? cursorOf(String(last.seq)) : null };
    },
  );
  app.get<ById>(
    '/conversations/:id/snapshot',
    read({
      summary: 'Get snapshot',
      description: 'What the conversation runs on, with the secrets of its tools left out.',
      answer: contract.SnapshotShape,
    }),
    async (request) => conversations.snapshot(request.caller, theId(request)),
  );
  app.post<ById>(
    '/conversations/:id/end',
    write({
      summary: 'End conversation',
      description: 'One that has ended already is left as it is.',
      answer: contract.ConversationShape,
    }),
    async (request) => formatConversation(await conversations.end(request.caller, theId(request))),
  );
}

function messageRoute(app: FastifyInstance, { conversations }: Services): void {
  app.post<ById>(
    '/conversations/:id/messages',
    write({
      summary: 'Say something',
      description:
        'Answers all messages of this turn, your own first. With `stream` the answer is `text/event-stream`: `message.delta {id, delta}`, `tool.called {id, name, input}`, `handoff {agentId}`, `message.completed {message}`, `error {code, message}` and, last, `done {usage, state}`. Closing the connection cancels the answer; the text so far is stored and marked as `failed`.',
      body: contract.MessageInput,
      handlerChecksBody: true,
      answer: { ...contract.AnswerShape, 'x-streams': true },
    }),
    async (request, reply) => {
      const id = theId(request);
      const content = () => mapping.parseContent(asObject(request.body));
      const wantsStream = (request.body as { stream?: unknown } | undefined)?.stream === true;
      if (wantsStream) return streamAnswer(request, reply, conversations, content);
      const turn = await conversations.say(request.caller, id, content);
      if (turn.failure !== undefined) throw modelFailed(turn.failure);
      return { messages: turn.messages.map(mapping.formatMessage), ...ending(turn) };
    },
  );
}

const ending = ({ conversation, usage }: TurnResult) => ({ usage, state: conversation.state.status });

const REASONS: Record<string, string> = {
  timeout: 'took too long',
  'rate-limited': 'is asked too often at the moment',
  cut: 'broke off',
  garbage: 'sent an answer that cannot be read',
  refused: 'refused the request',
  'unknown-model': 'is not known to its provider',
  endless: 'did not come to an end',
  aborted: 'was called off',
};
const modelFailed = (reason: string): Fault =>
  new Fault('model_failed', { message: `The model ${REASONS[reason] ?? 'did not answer'}; what was said is kept.` });

function streamAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  conversations: Services['conversations'],
  content: () => string,
): Promise<FastifyReply> {
  const completed: object[] = [];
  let last: object | undefined;
  const work = async (events: EventStream): Promise<void> => {
    const turn = await conversations.say(
      request.caller,
      theId(request),
      content,
      {
        message: (message) => {
          completed.push({ message: mapping.formatMessage(message) });
          void events.send(completed.at(-1)!, 'message.completed');
        },
        delta: (id, delta) => events.send({ id, delta }, 'message.delta'),
        call: ({ id, name, input }) => void events.send({ id, name, input }, 'tool.called'),
        handoff: (agentId) => void events.send({ agentId }, 'handoff'),
        failed: (reason) => {
          const { code, message } = modelFailed(reason);
          void events.send({ code, message }, 'error');
        },
      },
      events.signal,
    );
    last = ending(turn);
    await events.send(last, 'done');
  };
  const broken = async (error: unknown, events: EventStream): Promise<void> => {
    const { code, message } = faultOf(error, request);
    await events.send({ code, message }, 'error');
  };
  const replay = () =>
    last &&
    [...completed.map((data) => ['message.completed', data] as const), ['done', last] as const]
      .map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      .join('');
  return streamEvents(request, reply, work, broken, { replay });
}
