/** Routes of an agent's revisions. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { WrittenAgent } from '../agents/contract.ts';
import { formatWritten } from '../agents/mapping.ts';
import { ListQuery, listOf, readPage } from '../paging.ts';
import { type ById, idOf, parseBody, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ByNumber {
  Params: { id: string; number: string };
}

const { read, write } = scopedRoutes('History', 'agents');
const refOf = (request: { params: unknown }) => ({ id: idOf(request, 'agent_missing') });

export function revisionRoutes(app: FastifyInstance, services: Services): void {
  storedRoutes(app, services);
  compareRoutes(app, services);
}

function storedRoutes(app: FastifyInstance, { history }: Services): void {
  app.get<ById>(
    '/agents/:id/revisions',
    read({
      summary: 'List revisions',
      description: 'Newest first.',
      query: ListQuery,
      answer: listOf(contract.Revision),
    }),
    async (request) => {
      const { limit, cursor } = request.query as ListQuery;
      const below = mapping.parseCursor(cursor);
      const list = (limit: number) => history.list(request.caller, refOf(request), limit, below);
      const { items, nextCursor } = await readPage(limit, list, ({ number }) => String(number));
      return { data: items.map(mapping.formatRevision), nextCursor };
    },
  );

  app.get<ByNumber>(
    '/agents/:id/revisions/:number',
    read({ summary: 'Get revision', answer: contract.RevisionWithDocument }),
    async (request) => {
      const revision = await history.get(request.caller, refOf(request), mapping.parseNumber(request.params));
      return mapping.formatRevision(revision);
    },
  );

  app.delete<ByNumber>(
    '/agents/:id/revisions/:number',
    write({
      summary: 'Delete revision',
      description:
        'A revision stays while it is the latest, has a label, or an open conversation runs on it. The error names these `holders`.',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await history.remove(request.caller, refOf(request), mapping.parseNumber(request.params));
      return reply.code(204).send();
    },
  );
}

function compareRoutes(app: FastifyInstance, { agents, history }: Services): void {
  app.get<ById>(
    '/agents/:id/diff',
    read({ summary: 'Compare revisions', query: contract.DiffQuery, answer: contract.Diff }),
    async (request) => {
      const { from, to } = request.query as contract.DiffQuery;
      return mapping.formatDiff(await history.diff(request.caller, refOf(request), from, to));
    },
  );

  app.post<ById>(
    '/agents/:id/rollback',
    write({
      summary: 'Roll back agent',
      description: 'Creates a new revision with exactly the document of an old one.',
      body: contract.Rollback,
      handlerChecksBody: true,
      answer: WrittenAgent,
    }),
    async (request) => {
      const { caller } = request;
      const ref = refOf(request);
      await agents.get({ ...caller }, ref);
      const { to } = parseBody(contract.Rollback, request.body);
      const { view } = await history.rollback(caller, ref, to);
      return formatWritten(view, caller);
    },
  );
}
