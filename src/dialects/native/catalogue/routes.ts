/** Routes of the catalogues of voices and models. */
import type { FastifyInstance } from 'fastify';
import { VOICES } from '../../../agents/voices.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { listOf } from '../contract.ts';
import * as contract from './contract.ts';

export function catalogueRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    '/voices',
    route({ summary: 'List voices', tag: 'Catalogues', answer: listOf(contract.Voice) }),
    async () => ({
      data: VOICES.map(({ instaview: _name, ...voice }) => voice),
      nextCursor: null,
    }),
  );
  app.get(
    '/models',
    route({ summary: 'List models', tag: 'Catalogues', answer: listOf(contract.Model) }),
    async () => ({ data: services.models(), nextCursor: null }),
  );
}
