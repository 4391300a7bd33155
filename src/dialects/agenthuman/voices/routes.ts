/** Routes of voices. */
import type { FastifyInstance } from 'fastify';
import { VOICES } from '../../../agents/voices.ts';
import { route } from '../../../http/dialect.ts';
import * as contract from './contract.ts';
import { formatVoice } from './mapping.ts';

export function voiceRoutes(app: FastifyInstance): void {
  app.get('/voices', route({ summary: 'List voices', tag: 'Voices', answer: contract.VoiceList }), async () =>
    VOICES.map(formatVoice),
  );
}
