/** The events of an organisation's sessions, as a stream. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConversationEvent } from '../../../conversations/events.ts';
import { credentials, route } from '../../../http/dialect.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import * as s from '../../../lib/schema.ts';
import type { Services } from '../../../services.ts';
import { formatMessage, formatSession, sessionId } from './mapping.ts';

const PATH = '/v1/chat/events/stream';
const HEARTBEAT_MS = 30_000;
/** Events that may wait for a slow client. The server closes the stream of a client that falls further behind. */
const MAX_PENDING = 500;

export function eventRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    PATH,
    route({
      summary: 'Stream events',
      description:
        'An endless `text/event-stream` of `session.started`, `session.ended`, `message.added` and, every 30 seconds, `heartbeat`. Events before the request are not sent. Browsers cannot send headers here: they send a key or a token as `token`, or the cookie of a log-in.',
      tag: 'Events',
      scope: 'chat:read',
      query: s.object({ token: s.optional(s.string()) }),
      answer: s.string(),
    }),
    async (request, reply) => stream(services, request, reply),
  );
}

/** The credential of a browser, which cannot send headers here. Only this path accepts it, because URLs are logged and shared. */
export function browserCredential(request: FastifyRequest): string | undefined {
  if (!request.url.split('?')[0]?.endsWith(PATH)) return undefined;
  const { token } = request.query as { token?: unknown };
  return typeof token === 'string' && token !== '' ? token : credentials.cookie(request);
}

function stream({ conversations, now }: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const work = async (events: EventStream): Promise<void> => {
    let pending = 0;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const send = (name: string, data: object): void => {
      pending += 1;
      if (pending > MAX_PENDING) end();
      void events.send(data, name).finally(() => {
        pending -= 1;
      });
    };
    const sendHeartbeat = () => send('heartbeat', { timestamp: now().toISOString() });
    const onEvent = (event: ConversationEvent) => send(...formatEvent(event));
    const unsubscribe = conversations.subscribe(request.caller, { onEvent, onClose: () => end() });
    events.signal.addEventListener('abort', () => end());
    await conversations.waitUntilListening();
    const timer = setInterval(sendHeartbeat, HEARTBEAT_MS);
    // The first heartbeat tells the client at once that the stream works.
    sendHeartbeat();
    await ended;
    clearInterval(timer);
    unsubscribe();
  };
  return streamEvents(request, reply, work, async () => undefined);
}

function formatEvent(event: ConversationEvent): [name: string, data: object] {
  const { type, conversation } = event;
  if (type === 'said')
    return ['message.added', { sessionId: sessionId(conversation), ...formatMessage(event.message) }];
  return [`session.${type}`, formatSession(conversation)];
}
