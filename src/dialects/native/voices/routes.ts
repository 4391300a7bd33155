/** The route of the voices, which every workspace shares. */
import type { FastifyInstance } from 'fastify';
import { VOICES } from '../../../agents/voices.ts';
import { route } from '../../../http/dialect.ts';
import { listOf } from '../paging.ts';
import { Voice } from './contract.ts';

const DATA = VOICES.map(({ instaview: _name, ...voice }) => voice);

export function voiceRoutes(app: FastifyInstance): void {
  app.get('/voices', route({ summary: 'List voices', tag: 'Catalogues', answer: listOf(Voice) }), async () => ({
    data: DATA,
    nextCursor: null,
  }));
}
