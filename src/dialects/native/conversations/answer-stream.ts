/** Streams the answer to a message as server-sent events. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import type { Services } from '../../../services.ts';
import { formatMessage, formatOutcome, modelFailed } from './mapping.ts';

type Event = readonly [name: string, data: object];

/** `content` checks the body. The service calls it after it has found the conversation. */
export function streamAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  conversations: Services['conversations'],
  { id, content }: { id: string; content: () => string },
): Promise<FastifyReply> {
  const completed: Event[] = [];
  let done: Event | undefined;

  const work = async (events: EventStream): Promise<void> => {
    const send = ([name, data]: Event) => events.send(data, name);
    const sendMessage = (event: Event) => {
      completed.push(event);
      void send(event);
    };
    const turn = await conversations.say(
      request.caller,
      id,
      content,
      {
        message: (message) => sendMessage(['message.completed', { message: formatMessage(message) }]),
        delta: (id, delta) => send(['message.delta', { id, delta }]),
        call: ({ id, name, input }) => void send(['tool.called', { id, name, input }]),
        handoff: (agentId) => void send(['handoff', { agentId }]),
        failed: (reason) => void send(errorEvent(modelFailed(reason))),
      },
      events.signal,
    );
    done = ['done', formatOutcome(turn)];
    await send(done);
  };

  const onError = async (error: unknown, events: EventStream): Promise<void> => {
    const [name, data] = errorEvent(faultOf(error, request));
    await events.send(data, name);
  };
  /** A repeated request with the same idempotency key gets the completed messages, if the first one was done. */
  const replay = () => done && [...completed, done].map(formatEvent).join('');
  return streamEvents(request, reply, work, onError, { replay });
}

const errorEvent = ({ code, message }: { code: string; message: string }): Event => ['error', { code, message }];
const formatEvent = ([name, data]: Event): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
