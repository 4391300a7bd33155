/** Method and path to service call. */
import type { FastifyInstance } from 'fastify';
import type { AgentRef } from '../../../agents/service.ts';
import type { View } from '../../../agents/view.ts';
import { VOICES } from '../../../agents/voices.ts';
import type { Avatar } from '../../../avatars/avatar.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { formatUsage } from '../sessions/mapping.ts';
import { sessionRoutes } from '../sessions/routes.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ById {
  Params: { id: string };
}

function agentRef(id: string): AgentRef {
  const number = mapping.numberIn(id);
  if (number === undefined) throw new Fault('agent_missing', { id });
  return { number };
}

function avatarNumber(id: string): number {
  const number = mapping.numberIn(id);
  if (number === undefined) throw new Fault('avatar_missing', { id });
  return number;
}

export function routes(app: FastifyInstance, services: Services): void {
  agents(app, services);
  avatarRoutes(app, services);
  sessionRoutes(app, services);

  app.get('/voices', route({ summary: 'List voices', tag: 'Voices', answer: contract.Voices }), async () =>
    VOICES.map(({ id, name, language }) => ({ voice_id: id, name, language })),
  );
}

function agents(app: FastifyInstance, { agents, conversations }: Services): void {
  const tag = 'Agents';
  const read = 'agents:read';
  const write = 'agents:write';

  /** The agents of a page with what their sessions come to, which is one question for all of them. */
  const listed = async (caller: Caller, page: View[]): Promise<JsonObject[]> => {
    const ids = page.map(({ agent }) => agent.id);
    const tallies = await conversations.tallies(caller, ids);
    return page.map((view) => mapping.formatListed(view, formatUsage(tallies.get(view.agent.id))));
  };

  app.post(
    '/agents',
    route({
      summary: 'Create agent',
      tag,
      scope: write,
      body: contract.CreateAgent,
      late: true,
      answer: { status: 201, schema: contract.AgentCreated },
    }),
    async ({ caller, body }, reply) => {
      const sent = mapping.words(body);
      const view = await agents.create(caller, {
        defaults: mapping.DEFAULTS,
        wants: () => mapping.wants(sent),
        edits: (view) => mapping.parseNewAgent(sent, view),
      });
      const agent = mapping.formatAgent(view, caller.workspaceNumber, formatUsage(undefined));
      return reply.code(201).send({ success: true, agent, message: 'Agent created successfully' });
    },
  );

  app.get(
    '/agents',
    route({ summary: 'List agents', tag, scope: read, query: contract.ListQuery, answer: contract.AgentList }),
    async ({ caller, query }) => {
      const { limit, offset = 0 } = query as { limit?: number; offset?: number };
      if (limit === undefined) return { success: true, agents: (await everyAgent(caller)).slice(offset) };
      const page = await agents.list(caller, {}, { by: 'updatedAt', direction: 'desc' }, { limit, offset });
      return { success: true, agents: await listed(caller, page) };
    },
  );

  /** Read in pages by creation, which no update can disturb, and put into the order of updates afterwards. */
  async function everyAgent(caller: Caller): Promise<JsonObject[]> {
    const limit = 500;
    const found: { at: string; id: string; item: JsonObject }[] = [];
    let page: View[];
    let after: { createdAt: string; id: string } | undefined;
    do {
      page = await agents.list(caller, {}, { by: 'createdAt', direction: 'desc' }, { limit, ...(after && { after }) });
      const items = await listed(caller, page);
      for (const [i, { agent }] of page.entries()) found.push({ at: agent.updatedAt, id: agent.id, item: items[i]! });
      after = page.at(-1)?.agent;
    } while (page.length === limit);
    return found.sort((a, b) => compare(b.at, a.at) || compare(b.id, a.id)).map(({ item }) => item);
  }

  app.get<ById>(
    '/agents/:id',
    route({ summary: 'Get agent', tag, scope: read, answer: contract.AgentAnswer }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      const { id } = view.agent;
      const usage = formatUsage((await conversations.tallies(caller, [id])).get(id));
      return { success: true, agent: mapping.formatAgent(view, caller.workspaceNumber, usage) };
    },
  );

  app.put<ById>(
    '/agents/:id',
    route({
      summary: 'Update agent',
      tag,
      scope: write,
      body: contract.UpdateAgent,
      late: true,
      answer: contract.Success,
    }),
    async ({ caller, params, body }) => {
      await agents.update(caller, agentRef(params.id), {
        wants: () => mapping.wants(mapping.words(body)),
        edits: (view) => mapping.parseAgent(mapping.words(body), view),
      });
      return { success: true };
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ summary: 'Delete agent', tag, scope: write, answer: contract.SuccessMessage }),
    async ({ caller, params }) => {
      await agents.remove(caller, agentRef(params.id));
      return { success: true, message: 'Agent deleted successfully' };
    },
  );
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

function avatarRoutes(app: FastifyInstance, { avatars, accounts }: Services): void {
  const tag = 'Avatars';
  const read = 'avatars:read';
  const write = 'avatars:write';

  const mine = async (caller: Caller): Promise<JsonObject[]> =>
    (await avatars.list(caller)).map((avatar) => mapping.formatAvatar(avatar, caller.workspaceNumber, true));

  /** Those that are open to everybody, each with its owner's number. */
  const open = async ({ workspaceId }: Caller): Promise<JsonObject[]> => {
    const all: Avatar[] = await avatars.listPublic();
    const numbers = await accounts.workspaceNumbers(all.map((avatar) => avatar.workspaceId));
    return all.map((avatar) =>
      mapping.formatAvatar(avatar, numbers.get(avatar.workspaceId)!, avatar.workspaceId === workspaceId),
    );
  };

  app.get(
    '/avatars',
    route({ summary: 'List avatars', tag, scope: read, answer: contract.Avatars }),
    async ({ caller }) => mine(caller),
  );

  app.get(
    '/avatars/public',
    route({ summary: 'List public avatars', tag, scope: read, answer: contract.Avatars }),
    async ({ caller }) => open(caller),
  );

  app.get<ById>(
    '/avatars/user/:id',
    route({
      summary: 'List avatars of a user',
      description: 'Deprecated. The caller sees all of its own, and of others those that are public.',
      tag,
      scope: read,
      answer: contract.Avatars,
    }),
    async ({ caller, params }) => {
      const user = mapping.numberIn(params.id);
      if (user === caller.workspaceNumber) return mine(caller);
      return (await open(caller)).filter((avatar) => avatar['user_id'] === user);
    },
  );

  app.post(
    '/avatars',
    route({
      summary: 'Create avatar',
      tag,
      scope: write,
      body: contract.CreateAvatar,
      late: true,
      answer: { status: 201, schema: contract.AvatarCreated },
    }),
    async ({ caller, body }, reply) => {
      const { number } = await avatars.create(caller, mapping.parseNewAvatar(mapping.words(body)));
      return reply.code(201).send({ id: number, message: 'Avatar created' });
    },
  );

  app.put<ById>(
    '/avatars/:id',
    route({
      summary: 'Update avatar',
      tag,
      scope: write,
      body: contract.UpdateAvatar,
      late: true,
      answer: contract.Success,
    }),
    async ({ caller, params, body }) => {
      const avatar = await avatars.get(caller, avatarNumber(params.id));
      await avatars.update(caller, avatar.number, mapping.parseAvatar(mapping.words(body), avatar));
      return { success: true };
    },
  );

  app.delete<ById>(
    '/avatars/:id',
    route({ summary: 'Delete avatar', tag, scope: write, answer: contract.Success }),
    async ({ caller, params }) => {
      await avatars.remove(caller, avatarNumber(params.id));
      return { success: true };
    },
  );
}
