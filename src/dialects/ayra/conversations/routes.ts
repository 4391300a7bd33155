/** Routes of conversations. */
import type { FastifyInstance } from 'fastify';
import { type Call, hasEnded } from '../../../calling/call.ts';
import type { CallFilter, CallPage } from '../../../calling/call-service.ts';
import { type Conversation, keepsTranscript, type Message } from '../../../conversations/conversation.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, formatMeta, formatPagination, parseId, positionOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Conversations', scope: 'conversations:read' };

export function conversationRoutes(app: FastifyInstance, services: Services): void {
  const metaOf = (request: { id: string }) => formatMeta(request, services.now().toISOString());

  app.get(
    '/conversations',
    route({
      ...READ,
      summary: 'List conversations',
      description: 'Every connected or attempted call, inbound and outbound.',
      query: contract.ConversationQuery,
      answer: contract.ConversationList,
    }),
    async (request) => {
      const query = request.query as contract.ConversationQuery;
      const position = positionOf(query);
      const page = mapping.pageOf(query, position);
      const { data, total } = await list(services, request.caller, mapping.filterOf(query), page);
      return { data, meta: { ...metaOf(request), pagination: formatPagination(total, position) } };
    },
  );

  app.get<ById>(
    '/conversations/:id',
    route({
      ...READ,
      summary: 'Get conversation',
      description: 'The analytics are its sentiment, outcome and topics.',
      query: contract.DetailQuery,
      answer: contract.OneConversation,
    }),
    async (request) => {
      const query = request.query as contract.DetailQuery;
      const data = await readDetail(services, request.caller, request.params.id, query);
      return { data, meta: metaOf(request) };
    },
  );

  app.get<ById>(
    '/conversations/:id/transcript',
    route({
      ...READ,
      summary: 'Get conversation transcript',
      description:
        'During the call: the transcript so far. The formats `text`, `srt` and `vtt` are not JSON, and their times count from the answer of the call.',
      query: contract.TranscriptQuery,
      answer: contract.OneTranscript,
    }),
    async (request, reply) => {
      const query = request.query as contract.TranscriptQuery;
      const { call, conversation, messages } = await readTranscript(services, request.caller, request.params.id);
      const file = mapping.formatFile(call, conversation, messages, query);
      if (file) return reply.type(file.type).send(file.text);
      return { data: mapping.formatTranscript(call, conversation, messages, query), meta: metaOf(request) };
    },
  );
}

async function list(
  { calls, conversations }: Services,
  caller: Caller,
  filter: CallFilter | undefined,
  page: CallPage,
) {
  if (!filter) return { data: [], total: 0 };
  const [found, total] = await Promise.all([calls.list(caller, filter, page), calls.count(caller, filter)]);
  const ids = found.flatMap(({ conversationId }) => conversationId ?? []);
  const conversationOf = new Map((await conversations.getMany(caller, ids)).map((one) => [one.id, one]));
  return {
    data: found.map((call) => mapping.formatConversation(call, conversationOf.get(call.conversationId ?? ''))),
    total,
  };
}

async function find({ calls }: Services, caller: Caller, sent: string): Promise<Call> {
  const id = parseId('conv_', sent);
  const call = id === undefined ? undefined : await calls.get(caller, id);
  if (!call || !mapping.isConversation(call)) throw new Fault('call_missing', { id: sent });
  return call;
}

async function readDetail(services: Services, caller: Caller, id: string, query: contract.DetailQuery) {
  const call = await find(services, caller, id);
  const conversation = await readConversation(services, caller, call);
  const hasTranscript = query.include_transcript !== false;
  const messages = hasTranscript ? await readMessages(services, caller, call, conversation) : undefined;
  return mapping.formatDetail(call, conversation, messages, query);
}

async function readTranscript(services: Services, caller: Caller, id: string) {
  const call = await find(services, caller, id);
  const conversation = await readConversation(services, caller, call);
  const messages = await readMessages(services, caller, call, conversation);
  if (!conversation || !messages) throw new Fault('conversation_missing', { id });
  return { call, conversation, messages };
}

const readConversation = async (
  { conversations }: Services,
  caller: Caller,
  { conversationId }: Call,
): Promise<Conversation | undefined> =>
  conversationId === null ? undefined : conversations.get(caller, conversationId);

/** The messages so far, or `undefined` if the transcript is not stored. */
async function readMessages(
  { conversations }: Services,
  caller: Caller,
  call: Call,
  conversation: Conversation | undefined,
): Promise<Message[] | undefined> {
  if (!conversation) return undefined;
  const isStored = hasEnded(call.status) ? call.hasTranscript : keepsTranscript(conversation);
  return isStored ? conversations.messages(caller, conversation.id) : undefined;
}
