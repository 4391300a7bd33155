/** What may be done with avatars. */
import type { AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { Avatar } from './avatar.ts';

type AvatarFields = Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>;

const MAX_PUBLIC_AVATARS = 100;

export interface AvatarService {
  /** The avatars of the workspace, newest first. */
  list(caller: Caller): Promise<Avatar[]>;
  /** The newest public avatars of all workspaces, at most 100. */
  listPublic(): Promise<Avatar[]>;
  /** An avatar of the workspace by its number. Throws `avatar_missing`. */
  get(caller: Caller, number: number): Promise<Avatar>;
  /** Creates an avatar; by default without a voice, not a favorite and not public. */
  create(
    caller: Caller,
    input: Pick<AvatarFields, 'name' | 'url'> & Partial<Omit<AvatarFields, 'name' | 'url'>>,
  ): Promise<Avatar>;
  /** Changes an avatar, at once for every agent that has it. Throws `avatar_missing`. */
  update(caller: Caller, number: number, changes: Partial<AvatarFields>): Promise<Avatar>;
  /** Deletes an avatar and removes it from the agents that have it. Throws `avatar_missing`. */
  remove(caller: Caller, number: number): Promise<void>;
}

export function avatarService(ctx: Context, agents: Pick<AgentService, 'removeReferences'>): AvatarService {
  const { store, now, newId } = ctx;
  const writable = (caller: Caller) => storesFor(ctx, caller).avatars;
  const get: AvatarService['get'] = async ({ workspaceId }, number) => {
    const avatar = await store.avatars.getByNumber(workspaceId, number);
    if (!avatar) throw new Fault('avatar_missing', { id: String(number) });
    return avatar;
  };

  return {
    list: ({ workspaceId }) => store.avatars.list(workspaceId),
    listPublic: () => store.avatars.listPublic(MAX_PUBLIC_AVATARS),
    get,
    create(caller, input) {
      const id = newId();
      const at = now().toISOString();
      const avatar = {
        workspaceId: caller.workspaceId,
        id,
        name: input.name,
        url: input.url,
        voiceId: input.voiceId ?? null,
        favorite: input.favorite ?? false,
        public: input.public ?? false,
        createdAt: at,
        updatedAt: at,
      };
      return writable(caller).create(avatar, auditEntry(ctx, caller, 'avatar.created', id));
    },
    update: (caller, number, changes) =>
      updateGuarded(
        now,
        () => get(caller, number),
        (before) => ({ ...before, ...changes }),
        (avatar, since) => writable(caller).update(avatar, auditEntry(ctx, caller, 'avatar.updated', avatar.id), since),
      ),
    async remove(caller, number) {
      const avatar = await get(caller, number);
      const entry = auditEntry(ctx, caller, 'avatar.deleted', avatar.id);
      if (!(await writable(caller).remove(caller.workspaceId, avatar.id, entry)))
        throw new Fault('avatar_missing', { id: String(number) });
      await agents.removeReferences(caller, avatar.id);
    },
  };
}
