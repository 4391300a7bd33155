/** The route of the audit log. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { listOf, readPage } from '../paging.ts';
import { scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatEntry, parseQuery } from './mapping.ts';

const { read } = scopedRoutes('Audit', 'audit');

export function auditRoutes(app: FastifyInstance, { audit }: Services): void {
  app.get(
    '/audit',
    read({
      summary: 'List audit entries',
      description: 'One entry for each accepted write of the workspace, newest first.',
      query: contract.AuditQuery,
      answer: listOf(contract.AuditEntry),
    }),
    async ({ caller, query }) => {
      const { limit, filter, after } = parseQuery(query as contract.AuditQuery);
      const list = (limit: number) => audit.list(caller, filter, limit, after);
      const { items, nextCursor } = await readPage(limit, list, ({ id }) => id);
      return { data: items.map(formatEntry), nextCursor };
    },
  );
}
