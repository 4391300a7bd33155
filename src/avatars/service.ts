/** What may be done with avatars. */
import type { AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { Avatar } from './avatar.ts';

export type AvatarService = ReturnType<typeof avatarService>;

export function avatarService(ctx: Context, agents: Pick<AgentService, 'removeReferences'>) {
  const { store, now, newId } = ctx;
  const kept = (caller: Caller) => storesFor(ctx, caller).avatars;
  const at = () => now().toISOString();

  return {
    list: ({ workspaceId }: Caller) => store.avatars.list(workspaceId),
    listPublic: () => store.avatars.listPublic(100),

    async get({ workspaceId }: Caller, number: number): Promise<Avatar> {
      const avatar = await store.avatars.getByNumber(workspaceId, number);
      if (!avatar) throw new Fault('avatar_missing', { id: String(number) });
      return avatar;
    },
    create(
      caller: Caller,
      input: { name: string; url: string; voiceId?: string | null; favorite?: boolean; public?: boolean },
    ) {
      const id = newId();
      const avatar = {
        workspaceId: caller.workspaceId,
        id,
        name: input.name,
        url: input.url,
        voiceId: input.voiceId ?? null,
        favorite: input.favorite ?? false,
        public: input.public ?? false,
        createdAt: at(),
        updatedAt: at(),
      };
      return kept(caller).create(avatar, auditEntry(ctx, caller, 'avatar.created', id));
    },
    /** In force at once for every agent that wears it. */
    update(
      caller: Caller,
      number: number,
      changes: Partial<Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>>,
    ): Promise<Avatar> {
      return updateGuarded(
        now,
        () => this.get(caller, number),
        (before) => ({ ...before, ...changes }),
        (avatar, since) => kept(caller).update(avatar, auditEntry(ctx, caller, 'avatar.updated', avatar.id), since),
      );
    },
    /** Agents that wear it lose it. */
    async remove(caller: Caller, number: number): Promise<void> {
      const avatar = await this.get(caller, number);
      const entry = auditEntry(ctx, caller, 'avatar.deleted', avatar.id);
      if (!(await kept(caller).remove(caller.workspaceId, avatar.id, entry)))
        throw new Fault('avatar_missing', { id: String(number) });
      await agents.removeReferences(caller, avatar.id);
    },
  };
}
