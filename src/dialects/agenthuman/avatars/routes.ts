/** Routes of avatars. */
import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, bodyOf, numberIn, pathNumber, Success } from '../shared.ts';
import * as contract from './contract.ts';
import { formatAvatar, parseAvatar, parseNewAvatar } from './mapping.ts';

const READ = { tag: 'Avatars', scope: 'avatars:read' };
const WRITE = { tag: 'Avatars', scope: 'avatars:write' };

const numberOf = ({ id }: ById['Params']): number => pathNumber(id, 'avatar_missing');

export function avatarRoutes(app: FastifyInstance, services: Services): void {
  readRoutes(app, services);
  writeRoutes(app, services);
}

function readRoutes(app: FastifyInstance, services: Services): void {
  app.get('/avatars', route({ ...READ, summary: 'List avatars', answer: contract.AvatarList }), async ({ caller }) =>
    listOwn(services, caller),
  );

  app.get(
    '/avatars/public',
    route({ ...READ, summary: 'List public avatars', answer: contract.AvatarList }),
    async ({ caller }) => listPublic(services, caller),
  );

  app.get<ById>(
    '/avatars/user/:id',
    route({
      ...READ,
      summary: 'List avatars of a user',
      description: "Deprecated. Lists all of the caller's own avatars, or the public avatars of another user.",
      answer: contract.AvatarList,
    }),
    async ({ caller, params }) => {
      const user = numberIn(params.id);
      if (user === caller.workspaceNumber) return listOwn(services, caller);
      return (await listPublic(services, caller)).filter((avatar) => avatar.user_id === user);
    },
  );
}

function writeRoutes(app: FastifyInstance, { avatars }: Services): void {
  app.post(
    '/avatars',
    route({
      ...WRITE,
      summary: 'Create avatar',
      body: contract.CreateAvatar,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.AvatarCreated },
    }),
    async ({ caller, body }, reply) => {
      const { number } = await avatars.create(caller, parseNewAvatar(bodyOf(body)));
      return reply.code(201).send({ id: number, message: 'Avatar created' });
    },
  );

  app.put<ById>(
    '/avatars/:id',
    route({
      ...WRITE,
      summary: 'Update avatar',
      body: contract.UpdateAvatar,
      handlerChecksBody: true,
      answer: Success,
    }),
    async ({ caller, params, body }) => {
      const avatar = await avatars.get(caller, numberOf(params));
      await avatars.update(caller, avatar.number, parseAvatar(bodyOf(body), avatar));
      return { success: true };
    },
  );

  app.delete<ById>(
    '/avatars/:id',
    route({ ...WRITE, summary: 'Delete avatar', answer: Success }),
    async ({ caller, params }) => {
      await avatars.remove(caller, numberOf(params));
      return { success: true };
    },
  );
}

const listOwn = async ({ avatars }: Services, caller: Caller): Promise<contract.Avatar[]> =>
  (await avatars.list(caller)).map((avatar) => formatAvatar(avatar, caller.workspaceNumber, true));

/** The public avatars of every workspace, with the number of the workspace as `user_id`. */
async function listPublic({ avatars, accounts }: Services, caller: Caller): Promise<contract.Avatar[]> {
  const found = await avatars.listPublic();
  const numbers = await accounts.workspaceNumbers(found.map(({ workspaceId }) => workspaceId));
  return found.map((avatar) =>
    formatAvatar(avatar, numbers.get(avatar.workspaceId)!, avatar.workspaceId === caller.workspaceId),
  );
}
