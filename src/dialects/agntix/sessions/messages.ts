/** A message and its answer: whole, or as a stream of pieces. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../../conversations/conversation.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import { isObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { inConversation } from '../calls/mapping.ts';
import { faults } from '../errors.ts';
import { type ById, plainIdOf } from '../shared.ts';
import * as sessions from './mapping.ts';

type Request = FastifyRequest<ById>;

const DONE = '[DONE]';

export function answerMessage(services: Services, caller: Caller, request: Request, reply: FastifyReply) {
  const { body } = request;
  const { id } = plainIdOf(request.params);
  const whole = isObject(body) && body['stream'] === false;
  return whole ? wholeAnswer(services, caller, id, body) : streamedAnswer(services, caller, id, request, reply);
}

async function wholeAnswer(services: Services, caller: Caller, id: string, body: unknown) {
  const { conversations, newId, now } = services;
  const content = () => sessions.parseMessage(asObject(body)).content;
  const said = await inConversation(services, caller, id, (talk) => conversations.say(caller, talk, content));
  if (said.failure !== undefined) throw unanswered(said.failure);
  const answers = said.messages.filter(({ role }) => role === 'assistant');
  const answer = answers.findLast(({ text }) => text !== '') ?? answers.at(-1);
  // A rehearsal asks nobody, so there is nothing to tell.
  const silence: Message = { id: newId(), role: 'assistant', text: '', at: now().toISOString() };
  return sessions.formatMessage(answer ?? silence);
}

const unanswered = (reason: string): Fault =>
  new Fault(
    'model_failed',
    reason === 'aborted' ? { message: 'The answer was called off; what was said is kept.' } : {},
  );

/** What the other side hears: what the agent says, and what is said in its place while tools are at work. */
const isHeard = ({ role, text }: Message): boolean => (role === 'assistant' || role === 'note') && text !== '';

function streamedAnswer(
  services: Services,
  caller: Caller,
  id: string,
  request: Request,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { conversations, now } = services;
  const streamed = new Set<string>();
  const parsed: object[] = [];
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
        if (!isHeard(message)) return;
        const piece = { id: message.id, delta: message.text };
        parsed.push(piece);
        if (!streamed.has(message.id)) void events.send(piece);
      },
      failed: (reason: string) => void fail(unanswered(reason), events),
    };
    const content = () => sessions.parseMessage(asObject(request.body)).content;
    const { failure } = await inConversation(services, caller, id, (talk) =>
      conversations.say(caller, talk, content, listener, events.signal),
    );
    finished = failure === undefined;
    await events.send(DONE);
  };
  const broken = async (error: unknown, events: EventStream): Promise<void> => {
    await fail(faultOf(error, request), events);
    await events.send(DONE);
  };
  const replay = () =>
    finished
      ? [...parsed.map((piece) => JSON.stringify(piece)), DONE].map((data) => `data: ${data}\n\n`).join('')
      : undefined;
  return streamEvents(request, reply, work, broken, { replay });
}
