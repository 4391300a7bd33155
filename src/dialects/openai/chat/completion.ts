/** One completion: a conversation that starts, is answered and ends, as one JSON object or as a stream of chunks. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Conversation, Message } from '../../../conversations/conversation.ts';
import type { TurnResult } from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import { type EventStream, streamEvents } from '../../../http/event-stream.ts';
import { faultOf } from '../../../http/failure.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { errorOf } from '../errors.ts';
import * as mapping from './mapping.ts';

const NO_USAGE = { input: 0, output: 0 };
const DONE = '[DONE]';
type Conversations = Services['conversations'];

/** Starts a conversation, answers the question and ends the conversation, also after an error. */
async function converse(
  caller: Caller,
  conversations: Conversations,
  { start, question }: mapping.CompletionRequest,
  answer: (conversation: Conversation, question: string) => Promise<TurnResult>,
): Promise<TurnResult> {
  const { conversation, messages } = await conversations.create(caller, start);
  const { dryRun = false } = caller.writeOptions;
  let failed = true;
  try {
    const result =
      question === undefined || dryRun
        ? { conversation, messages: question === undefined ? messages : [], usage: NO_USAGE }
        : await answer(conversation, question);
    failed = result.failure !== undefined;
    return result;
  } finally {
    if (!dryRun)
      await conversations.end(caller, conversation.id, failed ? 'failed' : 'ended', () => ({ unjudged: true }));
  }
}

export async function answerWhole(caller: Caller, conversations: Conversations, request: mapping.CompletionRequest) {
  const result = await converse(caller, conversations, request, ({ id }, question) =>
    conversations.say(caller, id, () => question),
  );
  if (result.failure !== undefined) throw new Fault('model_failed', {}, result.failure);
  return mapping.formatCompletion(result);
}

export function streamAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  conversations: Conversations,
  completion: mapping.CompletionRequest,
): Promise<FastifyReply> {
  const { caller } = request;
  const sent: string[] = [];
  const work = async (events: EventStream): Promise<void> => {
    const chunks = new ChunkWriter(events, completion, sent);
    const result = await converse(caller, conversations, completion, (conversation, question) =>
      conversations.say(caller, conversation.id, () => question, chunks.listenerOf(conversation), events.signal),
    );
    if (result.failure !== undefined) throw new Fault('model_failed', {}, result.failure);
    await chunks.finish(result);
  };
  const onError = (error: unknown, events: EventStream): Promise<void> =>
    events.send(errorOf(faultOf(error, request)).body as object);
  /** Repeats a complete stream for a request with the same idempotency key. */
  const replay = () => (sent.at(-1) === DONE ? sent.map((data) => `data: ${data}\n\n`).join('') : undefined);
  return streamEvents(request, reply, work, onError, { replay });
}

/** Writes the messages of one answer as chunks, and records them in `sent`. */
class ChunkWriter {
  readonly #events: EventStream;
  readonly #completion: mapping.CompletionRequest;
  readonly #sent: string[];
  /** The message of the last chunk. A chunk of another message starts after a break. */
  #messageId: string | undefined;

  constructor(events: EventStream, completion: mapping.CompletionRequest, sent: string[]) {
    this.#events = events;
    this.#completion = completion;
    this.#sent = sent;
  }

  listenerOf(conversation: Conversation) {
    const streamed = new Set<string>();
    return {
      delta: (id: string, text: string) => {
        streamed.add(id);
        return this.#write(conversation, id, text);
      },
      // An announcement arrives as one message, without deltas.
      message: (message: Message) => {
        if (mapping.isAnswer(message) && !streamed.has(message.id))
          void this.#write(conversation, message.id, message.text);
      },
    };
  }

  async finish({ conversation, messages, usage, limited }: TurnResult): Promise<void> {
    // Without a question the answer is the greeting, which the model did not stream.
    if (this.#completion.question === undefined)
      for (const { id, text } of messages.filter(mapping.isAnswer)) await this.#write(conversation, id, text);
    if (this.#messageId === undefined) await this.#write(conversation, '', '');
    const finish = mapping.finishReason(limited);
    await this.#send(mapping.formatChunk(conversation, {}, { ...this.#completion, finish }));
    if (this.#completion.withUsage) await this.#send(mapping.formatUsageChunk(conversation, usage));
    await this.#send(DONE);
  }

  async #write(conversation: TurnResult['conversation'], id: string, text: string): Promise<void> {
    if (this.#messageId === undefined)
      await this.#send(mapping.formatChunk(conversation, { role: 'assistant', content: '' }, this.#completion));
    const isSameMessage = this.#messageId === undefined || this.#messageId === id;
    this.#messageId = id;
    const content = isSameMessage ? text : mapping.BREAK + text;
    await this.#send(mapping.formatChunk(conversation, { content }, this.#completion));
  }

  #send(data: object | string): Promise<void> {
    this.#sent.push(typeof data === 'string' ? data : JSON.stringify(data));
    return this.#events.send(data);
  }
}
