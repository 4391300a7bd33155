import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { Status } from './contract.ts';

export function statusRoutes(app: FastifyInstance, { status }: Services): void {
  app.get(
    '/status',
    route({
      summary: 'Get status',
      description: 'Queues, claims, live calls and conversations, and breakers, for operators. Needs an operator key.',
      tag: 'Status',
      scope: 'status:read',
      answer: Status,
    }),
    async ({ caller }) => status.current(caller),
  );
}
