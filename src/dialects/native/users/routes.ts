/** Routes of the users of a workspace. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { listOf } from '../paging.ts';
import { scopedRoutes } from '../shared.ts';
import { WorkspaceQuery } from '../workspaces/contract.ts';
import { inOwnWorkspace } from '../workspaces/mapping.ts';
import * as contract from './contract.ts';

const { read, write } = scopedRoutes('Accounts', 'users');

export function userRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/users',
    write({ summary: 'Create user', body: contract.UserInput, answer: { status: 201, schema: contract.User } }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(await accounts.addUser(caller, inOwnWorkspace(caller, body as contract.UserInput))),
  );
  app.get(
    '/users',
    read({ summary: 'List users', query: WorkspaceQuery, answer: listOf(contract.User) }),
    async ({ caller, query }) => {
      const { workspaceId } = inOwnWorkspace(caller, query as WorkspaceQuery);
      return { data: await accounts.users(caller, workspaceId), nextCursor: null };
    },
  );
}
