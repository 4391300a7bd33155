/** Workspaces, the people in them, and the keys that open them. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { prepared, someOf, sqlFor } from '../db/sql.ts';
import type { Key, User, Workspace } from './workspace.ts';

export type AccountStore = ReturnType<typeof accountStore>;

export function accountStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const keyByHash = prepared<[string]>((slot) =>
    db
      .selectFrom('keys')
      .innerJoin('workspaces', 'workspaces.id', 'keys.workspace_id')
      .selectAll('keys')
      .select('workspaces.number as workspace_number')
      .where('hash', '=', slot<string>(0)),
  );

  return {
    /** A value that all nodes share; the first to ask makes it. */
    async secret(name: string, make: () => string): Promise<string> {
      const insert = db
        .insertInto('secrets')
        .values({ name, value: make() })
        .onConflict((oc) => oc.doNothing());
      await engine.write({ statements: [insert.compile()] });
      const read = db.selectFrom('secrets').select('value').where('name', '=', name);
      const [row] = await engine.read(read.compile());
      return String(row!['value']);
    },

    /** From now on the session is over; those that have ended by themselves are forgotten. */
    async endSession(id: string, expiresAt: string, now: string): Promise<void> {
      const forget = db.deleteFrom('ended_sessions').where('expires_at', '<', now);
      const insert = db
        .insertInto('ended_sessions')
        .values({ id, expires_at: expiresAt })
        .onConflict((oc) => oc.doNothing());
      await engine.write({ statements: [forget.compile(), insert.compile()] });
    },

    async hasEnded(sessionId: string): Promise<boolean> {
      const query = db.selectFrom('ended_sessions').select('id').where('id', '=', sessionId);
      return (await engine.read(query.compile())).length > 0;
    },

    async anyWorkspace(): Promise<boolean> {
      return (await engine.read(db.selectFrom('workspaces').select('id').limit(1).compile())).length > 0;
    },

    async createWorkspace(workspace: Omit<Workspace, 'number'>, entry: Entry): Promise<Workspace> {
      const insert = db
        .insertInto('workspaces')
        .values({
          id: workspace.id,
          name: workspace.name,
          created_at: workspace.createdAt,
        })
        .returningAll();
      const rows = await engine.write({ statements: [insert.compile(), record(workspace.id, entry)] });
      return workspaceOf(rows![0]![0]!);
    },

    async workspace(id: string): Promise<Workspace | undefined> {
      const [row] = await engine.read(db.selectFrom('workspaces').selectAll().where('id', '=', id).compile());
      return row && workspaceOf(row);
    },

    async workspaces(ids: readonly string[] | null): Promise<Workspace[]> {
      let query = db.selectFrom('workspaces').selectAll().orderBy('created_at').orderBy('id');
      if (ids) query = query.where('id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(workspaceOf);
    },

    async createUser(user: Omit<User, 'number'>, passwordHash: string, entry: Entry): Promise<User> {
      const insert = db
        .insertInto('users')
        .values({
          workspace_id: user.workspaceId,
          id: user.id,
          email: user.email,
          name: user.name,
          password_hash: passwordHash,
          created_at: user.createdAt,
        })
        .returningAll();
      const rows = await engine.write({ statements: [insert.compile(), record(user.workspaceId, entry)] });
      return userOf(rows![0]![0]!);
    },

    async users(workspaceId: string): Promise<User[]> {
      const query = db
        .selectFrom('users')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('created_at')
        .orderBy('id');
      return (await engine.read(query.compile())).map(userOf);
    },

    async user(workspaceId: string, id: string): Promise<User | undefined> {
      const query = db.selectFrom('users').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && userOf(row);
    },

    async userByEmail(email: string): Promise<{ user: User; passwordHash: string } | undefined> {
      const [row] = await engine.read(db.selectFrom('users').selectAll().where('email', '=', email).compile());
      return row && { user: userOf(row), passwordHash: String(row['password_hash']) };
    },

    async createKey(key: Key, hash: string, entry: Entry): Promise<void> {
      const insert = db.insertInto('keys').values({
        workspace_id: key.workspaceId,
        id: key.id,
        hash,
        prefix: key.prefix,
        name: key.name,
        dialect: key.dialect,
        kind: key.kind,
        scopes: key.scopes && JSON.stringify(key.scopes),
        workspace_ids: JSON.stringify(key.workspaceIds),
        created_at: key.createdAt,
        expires_at: key.expiresAt,
        revoked_at: key.revokedAt,
      });
      await engine.write({ statements: [insert.compile(), record(key.workspaceId, entry)] });
    },

    async keyByHash(hash: string): Promise<{ key: Key; hash: string; workspaceNumber: number } | undefined> {
      const [row] = await engine.read(keyByHash(hash));
      return row && { key: keyOf(row), hash: String(row['hash']), workspaceNumber: Number(row['workspace_number']) };
    },

    async keys(workspaceId: string): Promise<Key[]> {
      const query = db
        .selectFrom('keys')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('created_at')
        .orderBy('id');
      return (await engine.read(query.compile())).map(keyOf);
    },

    async key(workspaceId: string, id: string): Promise<Key | undefined> {
      const query = db.selectFrom('keys').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && keyOf(row);
    },

    /** A key by its id, whatever its workspace: for operators. */
    async keyAnywhere(id: string): Promise<Key | undefined> {
      const [row] = await engine.read(db.selectFrom('keys').selectAll().where('id', '=', id).compile());
      return row && keyOf(row);
    },

    /** Answers whether there was such a key. */
    async revokeKey(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const update = db
        .updateTable('keys')
        .set({ revoked_at: entry.at })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .where('revoked_at', 'is', null);
      return (await engine.write({ statements: [update.compile(), record(workspaceId, entry)], guards: 1 })) !== null;
    },
  };
}

const workspaceOf = (row: ResultRow): Workspace => ({
  id: String(row['id']),
  number: Number(row['number']),
  name: String(row['name']),
  createdAt: String(row['created_at']),
});

const userOf = (row: ResultRow): User => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  number: Number(row['number']),
  email: String(row['email']),
  name: row['name'] as string | null,
  createdAt: String(row['created_at']),
});

const keyOf = (row: ResultRow): Key => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  name: row['name'] as string | null,
  dialect: row['dialect'] as Key['dialect'],
  kind: row['kind'] as Key['kind'],
  prefix: String(row['prefix']),
  scopes: row['scopes'] === null ? null : (JSON.parse(String(row['scopes'])) as string[]),
  workspaceIds: JSON.parse(String(row['workspace_ids'])) as string[],
  createdAt: String(row['created_at']),
  expiresAt: row['expires_at'] as string | null,
  revokedAt: row['revoked_at'] as string | null,
});
