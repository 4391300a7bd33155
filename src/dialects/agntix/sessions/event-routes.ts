/** What happens in an organisation's sessions, as a stream of named events. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConversationEvent } from '../../../conversations/events.ts';
import { credentials, route } from '../../../http/dialect.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import * as s from '../../../lib/schema.ts';
import type { Services } from '../../../services.ts';
import { formatMessage, formatSession, sessionId } from './mapping.ts';

const PATH = '/v1/chat/events/stream';
const HEARTBEAT_MS = 30_000;
/** Events that may wait for a slow client; who is further behind has to come again. */
const MAX_WAITING = 500;

export function eventRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    PATH,
    route({
      summary: 'Stream events',
      description:
        'An endless `text/event-stream` of `session.started`, `session.ended`, `message.added` and, every 30 seconds, `heartbeat`. From now on: nothing is told again. Browsers, which send no headers here, show a key or a token as `token`, or the cookie of a log-in.',
      tag: 'Events',
      scope: 'chat:read',
      query: s.object({ token: s.optional(s.string()) }),
      answer: s.string(),
    }),
    async (request, reply) => stream(services, request, reply),
  );
}

/** What browsers can show where they can send no header: on this address only, for links are kept and passed on. */
export function shownByBrowser(request: FastifyRequest): string | undefined {
  if (!request.url.split('?')[0]?.endsWith(PATH)) return undefined;
  const { token } = request.query as { token?: unknown };
  return typeof token === 'string' && token !== '' ? token : credentials.cookie(request);
}

function stream({ conversations, now }: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const work = async (events: EventStream): Promise<void> => {
    let waiting = 0;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const send = (name: string, data: object): void => {
      waiting += 1;
      if (waiting > MAX_WAITING) end();
      void events.send(data, name).finally(() => {
        waiting -= 1;
      });
    };
    const beat = () => send('heartbeat', { timestamp: now().toISOString() });
    const tell = (event: ConversationEvent) => send(...wordsFor(event));
    const unwatch = conversations.subscribe(request.caller, { onEvent: tell, settleEnded: () => end() });
    events.signal.addEventListener('abort', () => end());
    await conversations.listens();
    const heart = setInterval(beat, HEARTBEAT_MS);
    // Whoever comes is told at once that the line stands.
    beat();
    await ended;
    clearInterval(heart);
    unwatch();
  };
  return streamEvents(request, reply, work, async () => undefined);
}

function wordsFor(event: ConversationEvent): [name: string, data: object] {
  const { type, conversation } = event;
  if (type === 'said')
    return ['message.added', { sessionId: sessionId(conversation), ...formatMessage(event.message) }];
  return [`session.${type}`, formatSession(conversation)];
}
