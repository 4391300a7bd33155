/** Routes of API keys. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { listOf } from '../paging.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import { WorkspaceQuery } from '../workspaces/contract.ts';
import { inOwnWorkspace } from '../workspaces/mapping.ts';
import * as contract from './contract.ts';

const { read, write } = scopedRoutes('Accounts', 'keys');

export function keyRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/keys',
    write({ summary: 'Create key', body: contract.KeyInput, answer: { status: 201, schema: contract.NewKey } }),
    async ({ caller, body }, reply) => {
      const { key, value } = await accounts.addKey(caller, inOwnWorkspace(caller, body as contract.KeyInput));
      return reply.code(201).send({ ...key, key: value });
    },
  );
  app.get(
    '/keys',
    read({ summary: 'List keys', query: WorkspaceQuery, answer: listOf(contract.Key) }),
    async ({ caller, query }) => {
      const { workspaceId } = inOwnWorkspace(caller, query as WorkspaceQuery);
      return { data: await accounts.keys(caller, workspaceId), nextCursor: null };
    },
  );
  // Both do the same.
  for (const { method, url, summary } of [
    { method: 'DELETE', url: '/keys/:id', summary: 'Delete key' },
    { method: 'POST', url: '/keys/:id/revoke', summary: 'Revoke key' },
  ])
    app.route<ById>({
      ...{ method, url },
      ...write({ summary, answer: { status: 204 } }),
      handler: async (request, reply) => {
        await accounts.revokeKey(request.caller, idOf(request, 'key_absent'));
        return reply.code(204).send();
      },
    });
}
