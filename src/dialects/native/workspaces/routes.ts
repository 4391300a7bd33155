/** Routes of sessions, workspaces, keys and users. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { credentials, route } from '../../../http/dialect.ts';
import { RateWindows } from '../../../http/limits.ts';
import type { Services } from '../../../services.ts';
import type { NewKey } from '../../../workspaces/service.ts';
import type { Key, KeyDialect } from '../../../workspaces/workspace.ts';
import { ListQuery, listOf } from '../contract.ts';
import { type ById, idOf } from '../shared.ts';
import * as contract from './contract.ts';

/** Failed log-ins per minute: enough for a person, too few for a program. */
const FAILED_LOGINS = 20;

export function accountRoutes(app: FastifyInstance, services: Services): void {
  sessionRoutes(app, services);
  workspaceRoutes(app, services);
  keyRoutes(app, services);
  userRoutes(app, services);
  revokeRoutes(app, services);
}

function sessionRoutes(app: FastifyInstance, { accounts, now }: Services): void {
  const failures = new RateWindows(60);
  const logIn = async (address: string, email: string, password: string) => {
    const who = `${address} ${email.toLowerCase()}`;
    if (failures.countOf(who, now()) >= FAILED_LOGINS) throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      return await accounts.login(email, password);
    } catch (error) {
      failures.count(who, FAILED_LOGINS, now());
      throw error;
    }
  };

  app.post(
    '/login',
    route({ summary: 'Log in', tag: 'Accounts', public: true, body: contract.LoginInput, answer: contract.Session }),
    async (request, reply) => {
      const { email, password } = request.body as { email: string; password: string };
      const { user, token, expiresAt } = await logIn(request.ip, email, password);
      const secure = request.protocol === 'https' ? '; Secure' : '';
      reply.header(
        'Set-Cookie',
        `${credentials.SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Expires=${new Date(expiresAt).toUTCString()}${secure}`,
      );
      return { token, expiresAt, user };
    },
  );
  app.post(
    '/logout',
    route({
      summary: 'Log out',
      description: 'The token, or that of the cookie, is no longer taken.',
      tag: 'Accounts',
      public: true,
      answer: { status: 204 },
    }),
    async (request, reply) => {
      const token = credentials.bearer(request) ?? credentials.cookie(request);
      if (token !== undefined) await accounts.logout(token);
      return reply
        .header('Set-Cookie', `${credentials.SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
        .code(204)
        .send();
    },
  );
}

function workspaceRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/workspaces',
    route({
      summary: 'Create workspace',
      tag: 'Accounts',
      scope: 'workspaces:write',
      body: contract.WorkspaceInput,
      answer: { status: 201, schema: contract.Workspace },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(await accounts.addWorkspace(caller, (body as { name: string }).name)),
  );
  app.get(
    '/workspaces',
    route({
      summary: 'List workspaces',
      tag: 'Accounts',
      scope: 'workspaces:read',
      query: ListQuery,
      answer: listOf(contract.Workspace),
    }),
    async ({ caller }) => ({ data: await accounts.workspaces(caller), nextCursor: null }),
  );
  app.get<ById>(
    '/workspaces/:id',
    route({ summary: 'Get workspace', tag: 'Accounts', scope: 'workspaces:read', answer: contract.Workspace }),
    async ({ caller, params }) => accounts.getWorkspace(caller, params.id),
  );
}

function keyRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/keys',
    route({
      summary: 'Create key',
      tag: 'Accounts',
      scope: 'keys:write',
      body: contract.KeyInput,
      answer: { status: 201, schema: contract.NewKey },
    }),
    async ({ caller, body }, reply) => {
      const input = body as Omit<NewKey, 'workspaceId'> & {
        workspaceId?: string;
        dialect: KeyDialect;
        kind?: Key['kind'];
      };
      const { key, value } = await accounts.addKey(caller, {
        ...input,
        workspaceId: input.workspaceId ?? caller.workspaceId,
      });
      return reply.code(201).send({ ...key, key: value });
    },
  );
  app.get(
    '/keys',
    route({
      summary: 'List keys',
      tag: 'Accounts',
      scope: 'keys:read',
      query: contract.WorkspaceQuery,
      answer: listOf(contract.Key),
    }),
    async ({ caller, query }) => {
      const { workspaceId = caller.workspaceId } = query as { workspaceId?: string };
      return { data: await accounts.keys(caller, workspaceId), nextCursor: null };
    },
  );
}

function revokeRoutes(app: FastifyInstance, { accounts }: Services): void {
  for (const [method, url] of [
    ['DELETE', '/keys/:id'],
    ['POST', '/keys/:id/revoke'],
  ] as const)
    app.route<ById>({
      method,
      url,
      ...route({
        summary: method === 'DELETE' ? 'Delete key' : 'Revoke key',
        tag: 'Accounts',
        scope: 'keys:write',
        answer: { status: 204 },
      }),
      handler: async (request, reply) => {
        await accounts.revokeKey(request.caller, idOf(request, 'key_absent'));
        return reply.code(204).send();
      },
    });
}

function userRoutes(app: FastifyInstance, { accounts }: Services): void {
  app.post(
    '/users',
    route({
      summary: 'Create user',
      tag: 'Accounts',
      scope: 'users:write',
      body: contract.UserInput,
      answer: { status: 201, schema: contract.User },
    }),
    async ({ caller, body }, reply) => {
      const input = body as { workspaceId?: string; email: string; password: string; name?: string | null };
      const user = await accounts.addUser(caller, { ...input, workspaceId: input.workspaceId ?? caller.workspaceId });
      return reply.code(201).send(user);
    },
  );
  app.get(
    '/users',
    route({
      summary: 'List users',
      tag: 'Accounts',
      scope: 'users:read',
      query: contract.WorkspaceQuery,
      answer: listOf(contract.User),
    }),
    async ({ caller, query }) => {
      const { workspaceId = caller.workspaceId } = query as { workspaceId?: string };
      return { data: await accounts.users(caller, workspaceId), nextCursor: null };
    },
  );
}
