/** A message and its answer: as one JSON object, or as a stream of pieces. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../../conversations/conversation.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import { isObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { inConversation } from '../calls/lookup.ts';
import { faults } from '../errors.ts';
import { type ById, textIdOf } from '../shared.ts';
import * as mapping from './mapping.ts';

type Request = FastifyRequest<ById>;

const DONE = '[DONE]';

export function answerMessage(services: Services, caller: Caller, request: Request, reply: FastifyReply) {
  const { body } = request;
  const id = textIdOf(request.params);
  const isWhole = isObject(body) && body['stream'] === false;
  return isWhole ? wholeAnswer(services, caller, id, body) : streamedAnswer(services, caller, id, request, reply);
}

async function wholeAnswer(services: Services, caller: Caller, id: string, body: unknown) {
  const { conversations, newId, now } = services;
  const content = () => mapping.parseMessage(asObject(body)).content;
  const result = await inConversation(services, caller, id, (id) => conversations.say(caller, id, content));
  if (result.failure !== undefined) throw unanswered(result.failure);
  const answers = result.messages.filter(({ role }) => role === 'assistant');
  const answer = answers.findLast(({ text }) => text !== '') ?? answers.at(-1);
  // A dry run asks no model, so its answer is empty.
  const empty: Message = { id: newId(), role: 'assistant', text: '', at: now().toISOString() };
  return mapping.formatMessage(answer ?? empty);
}

const unanswered = (reason: string): Fault =>
  new Fault(
    'model_failed',
    reason === 'aborted'
      ? { message: 'The client ended the request, so the answer was cancelled. The messages so far are stored.' }
      : {},
  );

/** Whether a message belongs to the answer: the agent's text, or an announcement while a tool works. */
const isAnswer = ({ role, text }: Message): boolean => (role === 'assistant' || role === 'note') && text !== '';

function streamedAnswer(
  services: Services,
  caller: Caller,
  id: string,
  request: Request,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { conversations, now } = services;
  const streamed = new Set<string>();
  const pieces: object[] = [];
  let finished = false;

  const fail = (fault: Fault, events: EventStream): Promise<void> => {
    const context = { requestId: request.id, at: now().toISOString(), path: request.url };
    const { error } = faults[fault.code](fault, context).body as { error: { code: string; message: string } };
    return events.send({ error: { code: error.code, message: error.message } });
  };
  const work = async (events: EventStream): Promise<void> => {
    const listener = {
      delta: (id: string, delta: string) => {
        streamed.add(id);
        return events.send({ id, delta });
      },
      message: (message: Message) => {
        if (!isAnswer(message)) return;
        const piece = { id: message.id, delta: message.text };
        pieces.push(piece);
        if (!streamed.has(message.id)) void events.send(piece);
      },
      failed: (reason: string) => void fail(unanswered(reason), events),
    };
    const content = () => mapping.parseMessage(asObject(request.body)).content;
    const { failure } = await inConversation(services, caller, id, (id) =>
      conversations.say(caller, id, content, listener, events.signal),
    );
    finished = failure === undefined;
    await events.send(DONE);
  };
  const onError = async (error: unknown, events: EventStream): Promise<void> => {
    await fail(faultOf(error, request), events);
    await events.send(DONE);
  };
  const replay = () =>
    finished
      ? [...pieces.map((piece) => JSON.stringify(piece)), DONE].map((data) => `data: ${data}\n\n`).join('')
      : undefined;
  return streamEvents(request, reply, work, onError, { replay });
}
