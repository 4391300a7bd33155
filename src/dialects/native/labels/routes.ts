/** Routes of the labels on an agent's revisions. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { listOf } from '../paging.ts';
import { type ById, idOf, parseBody, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';

interface ByName {
  Params: { id: string; name: string };
}

const { read, write } = scopedRoutes('History', 'agents');
const refOf = (request: { params: unknown }) => ({ id: idOf(request, 'agent_missing') });

export function labelRoutes(app: FastifyInstance, { agents, history }: Services): void {
  app.get<ById>(
    '/agents/:id/labels',
    read({ summary: 'List labels', answer: listOf(contract.Label) }),
    async (request) => ({ data: await history.labels(request.caller, refOf(request)), nextCursor: null }),
  );
  app.get<ByName>('/agents/:id/labels/:name', read({ summary: 'Get label', answer: contract.Label }), async (request) =>
    history.label(request.caller, refOf(request), request.params.name),
  );
  app.put<ByName>(
    '/agents/:id/labels/:name',
    write({
      summary: 'Assign label',
      description: 'Puts the label on a revision and removes it from the revision that had it.',
      body: contract.LabelInput,
      handlerChecksBody: true,
      answer: contract.Label,
    }),
    async (request) => {
      const ref = refOf(request);
      await agents.get({ ...request.caller }, ref);
      const label = parseBody(contract.LabelInput, request.body);
      return history.assign(request.caller, ref, request.params.name, label);
    },
  );
  app.delete<ByName>(
    '/agents/:id/labels/:name',
    write({ summary: 'Remove label', answer: { status: 204 } }),
    async (request, reply) => {
      await history.unassign(request.caller, refOf(request), request.params.name);
      return reply.code(204).send();
    },
  );
}
