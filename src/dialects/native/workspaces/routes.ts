/** Routes of workspaces. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { ListQuery, listOf } from '../paging.ts';
import { type ById, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';

const { read, write } = scopedRoutes('Accounts', 'workspaces');

export function workspaceRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/workspaces',
    write({
      summary: 'Create workspace',
      body: contract.WorkspaceInput,
      answer: { status: 201, schema: contract.Workspace },
    }),
    async ({ caller, body }, reply) => {
      const { name } = body as contract.WorkspaceInput;
      return reply.code(201).send(await accounts.addWorkspace(caller, name));
    },
  );
  app.get(
    '/workspaces',
    read({ summary: 'List workspaces', query: ListQuery, answer: listOf(contract.Workspace) }),
    async ({ caller }) => ({ data: await accounts.workspaces(caller), nextCursor: null }),
  );
  app.get<ById>(
    '/workspaces/:id',
    read({ summary: 'Get workspace', answer: contract.Workspace }),
    async ({ caller, params }) => accounts.getWorkspace(caller, params.id),
  );
}
