/** Conversations: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { type Call, isOver } from '../../../calling/call.ts';
import { type Conversation, keepsWords, type Message } from '../../../conversations/conversation.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { idOf, shownId, shownLanguage } from '../agents/mapping.ts';
import * as shapes from './mapping.ts';
import { activeCallsOf, asMessages, countWords, written } from './transcript.ts';

interface ById {
  Params: { id: string };
}

export function conversationRoutes(app: FastifyInstance, { calls, conversations, now }: Services): void {
  const facts = { tag: 'Conversations', scope: 'conversations:read' };
  const meta = (request: { id: string }) => ({ request_id: request.id, timestamp: now().toISOString() });

  const find = async (caller: Caller, shown: string): Promise<Call> => {
    const id = idOf('conv_', shown);
    const call = id === undefined ? undefined : await calls.get(caller, id);
    if (!call || !shapes.isConversation(call)) throw new Fault('call_missing', { id: shown });
    return call;
  };

  const talkOf = (caller: Caller, { conversationId }: Call): Promise<Conversation> | undefined =>
    conversationId === null ? undefined : conversations.get(caller, conversationId);

  /** What was said, of a call that is under way what was said so far; undefined where it is not kept. */
  const wordsOf = async (
    caller: Caller,
    call: Call,
    talk: Conversation | undefined,
  ): Promise<Message[] | undefined> => {
    if (!talk || !(isOver(call.status) ? call.hasTranscript : keepsWords(talk))) return undefined;
    return conversations.messages(caller, talk.id);
  };

  app.get(
    '/conversations',
    route({
      summary: 'List conversations',
      description: 'Every call that was talked, or that somebody tried to, in whichever direction.',
      query: shapes.ConversationQuery,
      answer: shapes.ConversationList,
      ...facts,
    }),
    async (request) => {
      const { caller } = request;
      const { filter, page } = shapes.parseConversations(request.query as shapes.ConversationQuery);
      const [found, total] = filter
        ? await Promise.all([calls.list(caller, filter, page), calls.count(caller, filter)])
        : [[], 0];
      const talks = await conversations.some(
        caller,
        found.flatMap(({ conversationId }) => conversationId ?? []),
      );
      const talkOf = new Map(talks.map((talk) => [talk.id, talk]));
      const { limit, offset } = page;
      const pagination = { page: offset / limit + 1, per_page: limit, total, total_pages: Math.ceil(total / limit) };
      return {
        data: found.map((call) => shapes.formatConversation(call, talkOf.get(call.conversationId ?? ''))),
        meta: { ...meta(request), pagination },
      };
    },
  );

  app.get<ById>(
    '/conversations/:id',
    route({
      summary: 'Get conversation',
      description: 'The analytics are its sentiment, outcome and topics.',
      query: shapes.DetailQuery,
      answer: shapes.OneConversation,
      ...facts,
    }),
    async (request) => {
      const { caller } = request;
      const query = request.query as shapes.DetailQuery;
      const { include_transcript = true, include_recording = true, include_analytics = true } = query;
      const call = await find(caller, request.params.id);
      const talk = await talkOf(caller, call);
      const { recording_url, sentiment, outcome, topics, ...data } = shapes.formatConversation(call, talk);
      const words = include_transcript ? await wordsOf(caller, call, talk) : undefined;
      const transcript = words ? asMessages(activeCallsOf(words), { timestamps: true, labels: true }) : null;
      return {
        data: {
          ...data,
          ...(include_analytics && { sentiment, outcome, topics }),
          ...(include_recording && { recording_url }),
          ...(include_transcript && { transcript }),
        },
        meta: meta(request),
      };
    },
  );

  app.get<ById>(
    '/conversations/:id/transcript',
    route({
      summary: 'Get conversation transcript',
      description:
        'While the call is under way: what was said so far. As `text`, `srt` and `vtt` the answer is not JSON, and times are counted from the answer of the call.',
      query: shapes.TranscriptQuery,
      answer: shapes.OneTranscript,
      ...facts,
    }),
    async (request, reply) => {
      const { caller } = request;
      const query = request.query as shapes.TranscriptQuery;
      const { format = 'json', include_timestamps = true, include_sentiment = false, speaker_labels = true } = query;
      const call = await find(caller, request.params.id);
      const talk = await talkOf(caller, call);
      const words = await wordsOf(caller, call, talk);
      if (!talk || !words) throw new Fault('conversation_missing', { id: request.params.id });
      const lines = activeCallsOf(words);
      const style = { timestamps: include_timestamps, labels: speaker_labels };
      if (format !== 'json') {
        const { type, text } = written(format, lines, call.answeredAt ?? talk.startedAt, style);
        return reply.type(type).send(text);
      }
      return {
        data: {
          conversation_id: shownId('conv_', call.id),
          language: shownLanguage(talk.locale),
          word_count: countWords(lines, talk.locale),
          ...(include_sentiment && { sentiment: call.sentiment }),
          messages: asMessages(lines, style, include_sentiment),
        },
        meta: meta(request),
      };
    },
  );
}
