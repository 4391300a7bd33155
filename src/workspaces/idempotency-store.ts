/** The rows of idempotency keys: each with the fingerprint of its request and, once it is known, the answer. */
import type { Engine } from '../db/engine.ts';
import { sqlFor } from '../db/sql.ts';

export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export type IdempotencyStore = ReturnType<typeof idempotencyStore>;

export function idempotencyStore(engine: Engine) {
  const db = sqlFor(engine);
  const write = async (statement: { compile(): { sql: string; parameters: readonly unknown[] } }): Promise<void> => {
    await engine.write({ statements: [statement.compile()] });
  };

  return {
    /** Claims a key for a request. Throws `AlreadyThere` when a request has claimed it before. */
    claim: (workspaceId: string, key: string, request: string, at: string): Promise<void> =>
      write(db.insertInto('idempotency').values({ workspace_id: workspaceId, key, request, at })),

    /** The request that has claimed a key, and its answer; `answer` is undefined while the request runs. */
    async get(workspaceId: string, key: string) {
      const query = db
        .selectFrom('idempotency')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('key', '=', key);
      const [row] = await engine.read(query.compile());
      if (!row) return undefined;
      const answer: StoredAnswer | undefined =
        row['status'] === null
          ? undefined
          : {
              status: Number(row['status']),
              headers: JSON.parse(String(row['headers'])) as Record<string, string>,
              body: String(row['body']),
            };
      return { request: String(row['request']), at: String(row['at']), answer };
    },

    /** Stores the answer of a request. */
    finish: (workspaceId: string, key: string, { status, headers, body }: StoredAnswer): Promise<void> =>
      write(
        db
          .updateTable('idempotency')
          .set({ status, headers: JSON.stringify(headers), body })
          .where('workspace_id', '=', workspaceId)
          .where('key', '=', key),
      ),

    /** Frees a key. */
    release: (workspaceId: string, key: string): Promise<void> =>
      write(db.deleteFrom('idempotency').where('workspace_id', '=', workspaceId).where('key', '=', key)),

    /** Frees all keys that were claimed before a time. */
    releaseBefore: (at: string): Promise<void> => write(db.deleteFrom('idempotency').where('at', '<', at)),
  };
}
