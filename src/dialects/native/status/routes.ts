/** The route of the status of a node. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { scopedRoutes } from '../shared.ts';
import { Status } from './contract.ts';

const { read } = scopedRoutes('Status', 'status');

export function statusRoutes(app: FastifyInstance, { status }: Services): void {
  app.get(
    '/status',
    read({
      summary: 'Get status',
      description: 'Queues, claims, live calls and conversations, and breakers, for operators. Needs an operator key.',
      answer: Status,
    }),
    async ({ caller }) => status.current(caller),
  );
}
