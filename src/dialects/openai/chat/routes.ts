/** The route of chat completions. */

import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { answerWhole, streamAnswer } from './completion.ts';
import * as contract from './contract.ts';
import { parseRequest } from './mapping.ts';

export function chatRoutes(app: FastifyInstance, { conversations }: Services): void {
  app.post(
    '/chat/completions',
    route({
      summary: 'Create chat completion',
      description:
        'The agent answers as it does in any chat: with its instructions, knowledge, memory and tools. It remembers nothing between two requests. Each request is one conversation, which `GET /v1/conversations?dialect=openai` lists. With `stream` the answer is `text/event-stream` of `chat.completion.chunk` and ends with `[DONE]`.',
      tag: 'Chat',
      scope: 'conversations:write',
      body: contract.ChatRequest,
      answer: { ...contract.Completion, 'x-streams': true },
    }),
    async (request, reply) => {
      const completion = parseRequest(request.body as contract.ChatRequest);
      return completion.stream
        ? streamAnswer(request, reply, conversations, completion)
        : answerWhole(request.caller, conversations, completion);
    },
  );
}
