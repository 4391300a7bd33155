/** The rows of avatars. An update names the `updatedAt` that it read, and writes nothing if the row has changed since. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { guardsHeld, inList, sqlFor } from '../db/sql.ts';
import type { Avatar } from './avatar.ts';

export type AvatarStore = ReturnType<typeof avatarStore>;

export function avatarStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  return {
    async create(avatar: Omit<Avatar, 'number'>, entry: Entry): Promise<Avatar> {
      const insert = db
        .insertInto('avatars')
        .values({
          workspace_id: avatar.workspaceId,
          id: avatar.id,
          ...avatarColumns(avatar),
          created_at: avatar.createdAt,
        })
        .returningAll();
      const rows = await engine.write({ statements: [insert.compile(), record(avatar.workspaceId, entry)] });
      return avatarOf(rows![0]![0]!);
    },

    async list(workspaceId: string): Promise<Avatar[]> {
      const query = db
        .selectFrom('avatars')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('created_at', 'desc')
        .orderBy('number', 'desc');
      return (await engine.read(query.compile())).map(avatarOf);
    },

    async listPublic(limit: number): Promise<Avatar[]> {
      const query = db
        .selectFrom('avatars')
        .selectAll()
        .where('public', '=', 1)
        .orderBy('created_at', 'desc')
        .orderBy('number', 'desc')
        .limit(limit);
      return (await engine.read(query.compile())).map(avatarOf);
    },

    /** An avatar of the workspace. */
    async getByNumber(workspaceId: string, number: number): Promise<Avatar | undefined> {
      const query = db
        .selectFrom('avatars')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('number', '=', number);
      const [row] = await engine.read(query.compile());
      return row && avatarOf(row);
    },

    /** The avatars with these ids or numbers that agents of the workspace may use: its own and public ones. */
    async listUsable(workspaceId: string, ids: readonly string[], numbers: readonly number[]): Promise<Avatar[]> {
      const query = db
        .selectFrom('avatars')
        .selectAll()
        .where((eb) => eb.or([eb('id', 'in', inList(ids)), eb('number', 'in', numbers.length > 0 ? numbers : [-1])]))
        .where((eb) => eb.or([eb('workspace_id', '=', workspaceId), eb('public', '=', 1)]));
      return (await engine.read(query.compile())).map(avatarOf);
    },

    /** Answers false, and writes nothing, when the avatar has changed since. */
    async update(avatar: Avatar, entry: Entry, since: string): Promise<boolean> {
      const update = db
        .updateTable('avatars')
        .set(avatarColumns(avatar))
        .where('workspace_id', '=', avatar.workspaceId)
        .where('id', '=', avatar.id)
        .where('updated_at', '=', since);
      return guardsHeld(
        await engine.write({ statements: [update.compile(), record(avatar.workspaceId, entry)], guards: 1 }),
      );
    },

    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('avatars').where('workspace_id', '=', workspaceId).where('id', '=', id);
      return guardsHeld(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
    },
  };
}

const avatarColumns = (avatar: Omit<Avatar, 'number'>) => ({
  name: avatar.name,
  url: avatar.url,
  voice_id: avatar.voiceId,
  favorite: avatar.favorite ? 1 : 0,
  public: avatar.public ? 1 : 0,
  updated_at: avatar.updatedAt,
});

const avatarOf = (row: ResultRow): Avatar => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  number: Number(row['number']),
  name: String(row['name']),
  url: String(row['url']),
  voiceId: row['voice_id'] as string | null,
  favorite: Number(row['favorite']) === 1,
  public: Number(row['public']) === 1,
  createdAt: String(row['created_at']),
  updatedAt: String(row['updated_at']),
});
