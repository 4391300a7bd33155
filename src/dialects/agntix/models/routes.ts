/** Routes of models. */

import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { listOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatChatModel, formatVoiceModels, isSelectable } from './mapping.ts';

export function modelRoutes(app: FastifyInstance, { models }: Services): void {
  app.get(
    '/v1/chat/models',
    route({ summary: 'List chat models', tag: 'Models', answer: listOf(contract.ChatModel) }),
    async () => ({ data: models().filter(isSelectable).map(formatChatModel) }),
  );

  app.get(
    '/v1/voice/models',
    route({
      summary: 'List voice models',
      tag: 'Voice',
      query: contract.VoiceModelQuery,
      answer: listOf(contract.VoiceModel),
    }),
    async ({ query }) => ({ data: formatVoiceModels(query as contract.VoiceModelQuery) }),
  );
}
