/** Method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { credentials, route } from '../../http/dialect.ts';
import { Windows } from '../../http/limits.ts';
import type { Agent } from '../../model/agent.ts';
import { MODELS } from '../../model/models.ts';
import type { ContactInput, DialectName, Key, ToolSpec } from '../../model/records.ts';
import { mergePatch } from '../../model/values.ts';
import { VOICES } from '../../model/voices.ts';
import type { NewKey } from '../../services/accounts.ts';
import type { Services } from '../../services/index.ts';
import * as contract from './contract.ts';
import { hear, present, wants } from './mapping.ts';

interface ById {
  Params: { id: string };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const idOf = (
  request: { params: unknown },
  missing: 'agent_missing' | 'tool_missing' | 'number_missing' | 'contact_missing' | 'key_absent',
): string => {
  const { id } = request.params as { id: string };
  if (!UUID.test(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
};

/** Cursors are opaque to callers: a place in the order, nothing more. */
const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');
const placeOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

export function routes(app: FastifyInstance, services: Services): void {
  agents(app, services);
  accounts(app, services);
  records(app, services);
}

function agents(app: FastifyInstance, { agents }: Services): void {
  const tag = 'Agents';

  app.post(
    '/agents',
    route({
      summary: 'Create agent',
      tag,
      scope: 'agents:write',
      body: contract.AgentDraft,
      late: true,
      answer: { status: 201, schema: contract.Agent },
    }),
    async (request, reply) => {
      const body = asObject(request.body);
      const view = await agents.create(request.caller, { wants: () => wants(body), edits: (view) => hear(body, view) });
      return reply.code(201).header('ETag', `"${view.agent.revision}"`).send(present(view));
    },
  );

  app.get(
    '/agents',
    route({
      summary: 'List agents',
      tag,
      scope: 'agents:read',
      query: contract.AgentListQuery,
      answer: contract.listOf(contract.Agent),
    }),
    async ({ caller, query }) => {
      const {
        limit = 50,
        cursor,
        status,
        ...filter
      } = query as { limit?: number; cursor?: string; status?: string; search?: string; language?: string };
      const [createdAt = '', id = ''] = cursor ? placeOf(cursor).split(' ') : [];
      if (cursor && !UUID.test(id))
        throw new Fault('invalid_query', { issues: [{ path: 'cursor', message: 'is not a cursor', rule: 'format' }] });
      const views = await agents.list(
        caller,
        { ...filter, ...(status && { status: [status] }) },
        { by: 'createdAt', direction: 'desc' },
        { limit: limit + 1, ...(cursor && { after: { createdAt, id } }) },
      );
      const data = views.slice(0, limit);
      return { data: data.map(present), nextCursor: views.length > limit ? cursorOf(placeAfter(data.at(-1)!)) : null };
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ summary: 'Get agent', tag, scope: 'agents:read', answer: contract.Agent }),
    async (request, reply) => {
      const view = await agents.get(request.caller, { id: idOf(request, 'agent_missing') });
      reply.header('ETag', `"${view.agent.revision}"`);
      return present(view);
    },
  );

  app.patch<ById>(
    '/agents/:id',
    route({
      summary: 'Update agent',
      tag,
      scope: 'agents:write',
      body: contract.AgentPatch,
      late: true,
      answer: contract.Agent,
    }),
    async (request, reply) => {
      const body = asObject(request.body);
      const ref = { id: idOf(request, 'agent_missing') };
      const { view } = await agents.update(request.caller, ref, {
        wants: () => wants(body),
        edits: (view) => hear(body, view),
      });
      reply.header('ETag', `"${view.agent.revision}"`);
      return present(view);
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ summary: 'Delete agent', tag, scope: 'agents:write', answer: { status: 204 } }),
    async (request, reply) => {
      await agents.remove(request.caller, { id: idOf(request, 'agent_missing') });
      return reply.code(204).send();
    },
  );
}

const placeAfter = ({ agent }: { agent: Agent }): string => `${agent.createdAt} ${agent.id}`;

/** Log-ins that failed, a minute: enough for a person, too few for a program. */
const FAILED_LOGINS = 20;

function accounts(app: FastifyInstance, { accounts }: Services): void {
  const failures = new Windows(60);
  const logIn = async (address: string, email: string, password: string) => {
    const who = `${address} ${email.toLowerCase()}`;
    if (failures.taken(who, new Date()) >= FAILED_LOGINS) throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      return await accounts.login(email, password);
    } catch (error) {
      failures.take(who, FAILED_LOGINS, new Date());
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
    route({ summary: 'Log out', tag: 'Accounts', public: true, answer: { status: 204 } }),
    async (_request, reply) =>
      reply
        .header('Set-Cookie', `${credentials.SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
        .code(204)
        .send(),
  );

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
      query: contract.ListQuery,
      answer: contract.listOf(contract.Workspace),
    }),
    async ({ caller }) => ({ data: await accounts.workspaces(caller), nextCursor: null }),
  );
  app.get<ById>(
    '/workspaces/:id',
    route({ summary: 'Get workspace', tag: 'Accounts', scope: 'workspaces:read', answer: contract.Workspace }),
    async ({ caller, params }) => accounts.reach(caller, params.id),
  );

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
        dialect: DialectName;
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
      answer: contract.listOf(contract.Key),
    }),
    async ({ caller, query }) => {
      const { workspaceId = caller.workspaceId } = query as { workspaceId?: string };
      return { data: await accounts.keys(caller, workspaceId), nextCursor: null };
    },
  );
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
      answer: contract.listOf(contract.User),
    }),
    async ({ caller, query }) => {
      const { workspaceId = caller.workspaceId } = query as { workspaceId?: string };
      return { data: await accounts.users(caller, workspaceId), nextCursor: null };
    },
  );
}

interface Stored {
  id: string;
  createdAt: string;
  updatedAt: string;
}
const stamped = ({ id, createdAt, updatedAt }: Stored, fields: object) => ({ id, ...fields, createdAt, updatedAt });

/** The lists of records are pages by offset underneath; outside there is only a cursor. */
async function page<T>(
  query: unknown,
  list: (page: { limit: number; offset: number }) => Promise<{ items: T[]; total: number }>,
  show: (item: T) => unknown,
) {
  const { limit = 50, cursor } = query as { limit?: number; cursor?: string };
  const offset = cursor ? Number(placeOf(cursor)) : 0;
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new Fault('invalid_query', { issues: [{ path: 'cursor', message: 'is not a cursor', rule: 'format' }] });
  const { items, total } = await list({ limit, offset });
  const next = offset + items.length;
  return { data: items.map(show), nextCursor: next < total ? cursorOf(String(next)) : null };
}

function records(app: FastifyInstance, { records }: Services): void {
  const { phoneNumbers, tools, contacts } = records;

  const showNumber = (item: Awaited<ReturnType<typeof phoneNumbers.get>>) => {
    const { workspaceId: _workspace, ...shown } = item;
    return shown;
  };
  app.post(
    '/phone-numbers',
    route({
      summary: 'Add phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      body: contract.PhoneNumberInput,
      answer: { status: 201, schema: contract.PhoneNumber },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(showNumber(await phoneNumbers.create(caller, body as { number: string; provider: string }))),
  );
  app.get(
    '/phone-numbers',
    route({
      summary: 'List phone numbers',
      tag: 'Phone numbers',
      scope: 'phone-numbers:read',
      query: contract.ListQuery,
      answer: contract.listOf(contract.PhoneNumber),
    }),
    async ({ caller, query }) => page(query, (where) => phoneNumbers.list(caller, where), showNumber),
  );
  app.get<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Get phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:read',
      answer: contract.PhoneNumber,
    }),
    async (request) => showNumber(await phoneNumbers.get(request.caller, idOf(request, 'number_missing'))),
  );
  app.patch<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Update phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      body: contract.PhoneNumberPatch,
      answer: contract.PhoneNumber,
    }),
    async (request) =>
      showNumber(await phoneNumbers.update(request.caller, idOf(request, 'number_missing'), request.body as object)),
  );
  app.delete<ById>(
    '/phone-numbers/:id',
    route({
      summary: 'Remove phone number',
      tag: 'Phone numbers',
      scope: 'phone-numbers:write',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await phoneNumbers.remove(request.caller, idOf(request, 'number_missing'));
      return reply.code(204).send();
    },
  );

  const showTool = (tool: Awaited<ReturnType<typeof tools.get>>) => stamped(tool, tool.spec);
  app.post(
    '/tools',
    route({
      summary: 'Create tool',
      tag: 'Tools',
      scope: 'tools:write',
      body: contract.ToolInput,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(showTool(await tools.create(caller, body as ToolSpec))),
  );
  app.get(
    '/tools',
    route({
      summary: 'List tools',
      tag: 'Tools',
      scope: 'tools:read',
      query: contract.SearchQuery,
      answer: contract.listOf(contract.Tool),
    }),
    async ({ caller, query }) =>
      page(query, (where) => tools.list(caller, query as { search?: string }, where), showTool),
  );
  app.get<ById>(
    '/tools/:id',
    route({ summary: 'Get tool', tag: 'Tools', scope: 'tools:read', answer: contract.Tool }),
    async (request) => showTool(await tools.get(request.caller, idOf(request, 'tool_missing'))),
  );
  app.patch<ById>(
    '/tools/:id',
    route({
      summary: 'Update tool',
      tag: 'Tools',
      scope: 'tools:write',
      body: contract.ToolPatch,
      late: true,
      answer: contract.Tool,
    }),
    async (request) => {
      const patch = asObject(request.body);
      return showTool(
        await tools.update(
          request.caller,
          idOf(request, 'tool_missing'),
          (spec) => mergePatch(spec, patch) as ToolSpec,
        ),
      );
    },
  );
  app.delete<ById>(
    '/tools/:id',
    route({ summary: 'Delete tool', tag: 'Tools', scope: 'tools:write', answer: { status: 204 } }),
    async (request, reply) => {
      await tools.remove(request.caller, idOf(request, 'tool_missing'));
      return reply.code(204).send();
    },
  );

  const showContact = (contact: Awaited<ReturnType<typeof contacts.get>>) => stamped(contact, contact.fields);
  app.post(
    '/contacts',
    route({
      summary: 'Create contact',
      tag: 'Contacts',
      scope: 'contacts:write',
      body: contract.ContactInput,
      answer: { status: 201, schema: contract.Contact },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(showContact(await contacts.create(caller, body as ContactInput))),
  );
  app.get(
    '/contacts',
    route({
      summary: 'List contacts',
      tag: 'Contacts',
      scope: 'contacts:read',
      query: contract.SearchQuery,
      answer: contract.listOf(contract.Contact),
    }),
    async ({ caller, query }) =>
      page(query, (where) => contacts.list(caller, query as { search?: string }, where), showContact),
  );
  app.get<ById>(
    '/contacts/:id',
    route({ summary: 'Get contact', tag: 'Contacts', scope: 'contacts:read', answer: contract.Contact }),
    async (request) => showContact(await contacts.get(request.caller, idOf(request, 'contact_missing'))),
  );
  app.patch<ById>(
    '/contacts/:id',
    route({
      summary: 'Update contact',
      tag: 'Contacts',
      scope: 'contacts:write',
      body: contract.ContactInput,
      late: true,
      answer: contract.Contact,
    }),
    async (request) => {
      const patch = asObject(request.body);
      return showContact(
        await contacts.update(
          request.caller,
          idOf(request, 'contact_missing'),
          (fields) => mergePatch(fields, patch) as ContactInput,
        ),
      );
    },
  );
  app.delete<ById>(
    '/contacts/:id',
    route({ summary: 'Delete contact', tag: 'Contacts', scope: 'contacts:write', answer: { status: 204 } }),
    async (request, reply) => {
      await contacts.remove(request.caller, idOf(request, 'contact_missing'));
      return reply.code(204).send();
    },
  );

  app.get(
    '/voices',
    route({ summary: 'List voices', tag: 'Catalogues', answer: contract.listOf(contract.Voice) }),
    async () => ({
      data: VOICES.map(({ instaview: _name, ...voice }) => voice),
      nextCursor: null,
    }),
  );
  app.get(
    '/models',
    route({ summary: 'List models', tag: 'Catalogues', answer: contract.listOf(contract.Model) }),
    async () => ({ data: MODELS, nextCursor: null }),
  );
}
