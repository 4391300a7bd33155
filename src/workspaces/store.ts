/** The rows of workspaces, users and keys, of ended sessions, and of secrets that all nodes share. */

import type { Entry } from '../audit/entry.ts';
import { type Recorder, recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { inList, prepared, type Sql, sqlFor } from '../db/sql.ts';
import type { Key, User, Workspace } from './workspace.ts';

export type AccountStore = ReturnType<typeof accountStore>;

export function accountStore(engine: Engine) {
  const context: StoreContext = { engine, db: sqlFor(engine), record: recorder(engine) };
  return { ...secretRows(context), ...workspaceRows(context), ...userRows(context), ...keyRows(context) };
}

interface StoreContext {
  engine: Engine;
  db: Sql;
  record: Recorder;
}

/** Secrets of the server, and the sessions that have ended. */
const secretRows = ({ engine, db }: StoreContext) => ({
  /** A value that all nodes share. The first call creates it with `make`. */
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

  /** Ends a session. Sessions that have expired are removed with it, because their tokens are refused anyway. */
  async endSession(id: string, expiresAt: string, now: string): Promise<void> {
    const removeExpired = db.deleteFrom('ended_sessions').where('expires_at', '<', now);
    const insert = db
      .insertInto('ended_sessions')
      .values({ id, expires_at: expiresAt })
      .onConflict((oc) => oc.doNothing());
    await engine.write({ statements: [removeExpired.compile(), insert.compile()] });
  },

  async hasEnded(sessionId: string): Promise<boolean> {
    const query = db.selectFrom('ended_sessions').select('id').where('id', '=', sessionId);
    return (await engine.read(query.compile())).length > 0;
  },
});

const workspaceRows = ({ engine, db, record }: StoreContext) => ({
  /** Whether the database has a workspace. */
  async hasWorkspaces(): Promise<boolean> {
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

  /** The workspaces with these ids, in the order of creation; null means all. */
  async workspaces(ids: readonly string[] | null): Promise<Workspace[]> {
    let query = db.selectFrom('workspaces').selectAll().orderBy('created_at').orderBy('id');
    if (ids) query = query.where('id', 'in', inList(ids));
    return (await engine.read(query.compile())).map(workspaceOf);
  },
});

const userRows = ({ engine, db, record }: StoreContext) => ({
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
});

function keyRows({ engine, db, record }: StoreContext) {
  const keyByHash = prepared<[string]>((slot) =>
    db
      .selectFrom('keys')
      .innerJoin('workspaces', 'workspaces.id', 'keys.workspace_id')
      .selectAll('keys')
      .select('workspaces.number as workspace_number')
      .where('hash', '=', slot<string>(0)),
  );

  return {
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

    /** A key by its hash, with the number of its workspace. */
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

    /** A key of any workspace, for operators. */
    async keyAnywhere(id: string): Promise<Key | undefined> {
      const [row] = await engine.read(db.selectFrom('keys').selectAll().where('id', '=', id).compile());
      return row && keyOf(row);
    },

    /** Answers whether the workspace has such a key and it was not revoked before. */
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
