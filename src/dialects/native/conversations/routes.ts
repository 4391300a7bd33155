/** Routes of conversations. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { ListQuery, listOf, newestFirst, numberIn, readPage } from '../paging.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import { streamAnswer } from './answer-stream.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const { read, write } = scopedRoutes('Conversations', 'conversations');
const conversationId = (request: { params: unknown }) => idOf(request, 'conversation_missing');

export function conversationRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  messageRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { conversations }: Services): void {
  app.post(
    '/conversations',
    write({
      summary: 'Begin conversation',
      description:
        'The whole conversation runs on the agent as it is now, or on the `revision` or the `label` of the body. Updates apply to the next conversation. If the agent speaks first, its greeting is the first message.',
      body: contract.ConversationInput,
      answer: { status: 201, schema: contract.StartedConversation },
    }),
    async ({ caller, body }, reply) => {
      const { conversation, messages } = await conversations.create(caller, mapping.parseStart(body));
      const formatted = { ...mapping.formatConversation(conversation), messages: messages.map(mapping.formatMessage) };
      return reply.code(201).send(formatted);
    },
  );
  app.get(
    '/conversations',
    read({
      summary: 'List conversations',
      description: 'Newest first.',
      query: contract.ConversationQuery,
      answer: listOf(contract.Conversation),
    }),
    async ({ caller, query }) => {
      const filter = mapping.parseFilter(query as contract.ConversationQuery);
      const list = (page: { limit: number; below?: number }) => conversations.list(caller, filter, page);
      const { items, nextCursor } = await newestFirst(query as ListQuery, list, ({ number }) => number);
      return { data: items.map(mapping.formatConversation), nextCursor };
    },
  );
}

function memberRoutes(app: FastifyInstance, { conversations }: Services): void {
  app.get<ById>(
    '/conversations/:id',
    read({ summary: 'Get conversation', answer: contract.Conversation }),
    async (request) => mapping.formatConversation(await conversations.get(request.caller, conversationId(request))),
  );
  app.get<ById>(
    '/conversations/:id/snapshot',
    read({
      summary: 'Get snapshot',
      description: 'Everything that the conversation runs on, without the secrets of its tools.',
      answer: contract.Snapshot,
    }),
    async (request) => conversations.snapshot(request.caller, conversationId(request)),
  );
  app.post<ById>(
    '/conversations/:id/end',
    write({
      summary: 'End conversation',
      description: 'A conversation that has ended stays as it is.',
      answer: contract.Conversation,
    }),
    async (request) => mapping.formatConversation(await conversations.end(request.caller, conversationId(request))),
  );
}

function messageRoutes(app: FastifyInstance, { conversations }: Services): void {
  app.get<ById>(
    '/conversations/:id/messages',
    read({
      summary: 'List messages',
      description: 'In the order of the conversation.',
      query: ListQuery,
      answer: listOf(contract.Message),
    }),
    async (request) => {
      const { limit, cursor } = request.query as ListQuery;
      const after = cursor === undefined ? 0 : numberIn(cursor);
      const list = (limit: number) => conversations.messages(request.caller, conversationId(request), { limit, after });
      const { items, nextCursor } = await readPage(limit, list, ({ seq }) => String(seq));
      return { data: items.map(mapping.formatMessage), nextCursor };
    },
  );
  app.post<ById>(
    '/conversations/:id/messages',
    write({
      summary: 'Say something',
      description:
        'Answers all messages of this turn, your own first. With `stream` the answer is `text/event-stream`: `message.delta {id, delta}`, `tool.called {id, name, input}`, `handoff {agentId}`, `message.completed {message}`, `error {code, message}` and, last, `done {usage, state}`. Closing the connection cancels the answer; the text so far is stored and marked as `failed`.',
      body: contract.MessageInput,
      handlerChecksBody: true,
      answer: { ...contract.Answer, 'x-streams': true },
    }),
    async (request, reply) => {
      const id = conversationId(request);
      const content = () => mapping.parseContent(asObject(request.body));
      if (mapping.wantsStream(request.body)) return streamAnswer(request, reply, conversations, { id, content });
      const turn = await conversations.say(request.caller, id, content);
      if (turn.failure !== undefined) throw mapping.modelFailed(turn.failure);
      return { messages: turn.messages.map(mapping.formatMessage), ...mapping.formatOutcome(turn) };
    },
  );
}
