/** The route of explanations. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { parseQuery, requireScopes } from './mapping.ts';

const { read } = scopedRoutes('History', 'agents');

export function explainRoutes(app: FastifyInstance, { agents, explain }: Services): void {
  app.get<ById>(
    '/agents/:id/explain',
    read({
      summary: 'Explain agent',
      description:
        'Each setting and each field of a profile, with its author, its time, and the values it overrides; for a contact also ' +
        'when they may be called next, and why. A `campaign` needs `campaigns:read` too, a `contact` `contacts:read`.',
      query: contract.ExplainQuery,
      answer: contract.Explanation,
    }),
    async (request) => {
      const { caller } = request;
      const query = request.query as contract.ExplainQuery;
      requireScopes(caller, query);
      const ref = { id: idOf(request, 'agent_missing') };
      await agents.get({ ...caller }, ref);
      return explain.explain(caller, ref, parseQuery(query));
    },
  );
}
