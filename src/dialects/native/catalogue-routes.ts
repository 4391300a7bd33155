/** The catalogues that every workspace shares. */
import type { FastifyInstance } from 'fastify';
import { route } from '../../http/dialect.ts';
import { MODELS } from '../../model/models.ts';
import { VOICES } from '../../model/voices.ts';
import * as contract from './contract.ts';

export function catalogueRoutes(app: FastifyInstance): void {
  app.get(
    '/voices',
    route({ summary: 'List voices', tag: 'Catalogues', answer: contract.listOf(contract.Voice) }),
    async () => ({
      data: VOICES.map(({ instaview: _name, ...voice }) => voice),
      nextCursor: null,
    }),
  );
  app.get(
    '/models',
    route({ summary: 'List models', tag: 'Catalogues', answer: contract.listOf(contract.Model) }),
    async () => ({ data: MODELS, nextCursor: null }),
  );
}
