/** Routes of voices. */

import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import { listOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatProviders, formatVoices } from './mapping.ts';

export function voiceRoutes(app: FastifyInstance): void {
  app.get(
    '/v1/voice/voices',
    route({ summary: 'List voices', tag: 'Voice', query: contract.VoiceQuery, answer: listOf(contract.Voice) }),
    async ({ query }) => ({ data: formatVoices(query as contract.VoiceQuery) }),
  );

  app.get(
    '/v1/voice/providers',
    route({ summary: 'List voice providers', tag: 'Voice', answer: listOf(contract.VoiceProvider) }),
    async () => ({ data: formatProviders() }),
  );
}
