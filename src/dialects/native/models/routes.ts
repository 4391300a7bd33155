/** The route of the models, which every workspace shares. */
import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { listOf } from '../paging.ts';
import { Model } from './contract.ts';

export function modelRoutes(app: FastifyInstance, { models }: Services): void {
  app.get('/models', route({ summary: 'List models', tag: 'Catalogues', answer: listOf(Model) }), async () => ({
    data: models(),
    nextCursor: null,
  }));
}
