/** Routes of the audit log of the caller's workspace. */

import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { listOf } from '../contract.ts';
import { cursorOf, notACursor, placeOf } from '../shared.ts';
import * as contract from './contract.ts';

export function auditRoutes(app: FastifyInstance, { audit }: Services): void {
  app.get(
    '/audit',
    route({
      summary: 'List audit entries',
      description: 'One entry for each accepted write of the workspace, newest first.',
      tag: 'Audit',
      scope: 'audit:read',
      query: contract.AuditQuery,
      answer: listOf(contract.AuditEntry),
    }),
    async ({ caller, query }) => {
      const { limit = 50, cursor, ...filter } = query as { limit?: number; cursor?: string };
      const after = cursor ? placeOf(cursor) : undefined;
      if (after !== undefined && !isUuid(after)) throw notACursor();
      const entries = await audit.list(caller, filter, limit + 1, after);
      const data = entries.slice(0, limit);
      return {
        data: data.map(({ workspaceId: _own, ...shown }) => shown),
        nextCursor: entries.length > limit ? cursorOf(data.at(-1)!.id) : null,
      };
    },
  );
}
