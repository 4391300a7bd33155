/** Idempotency keys that were used, and what was answered. */
import type { Engine } from '../db/engine.ts';
import { sqlFor } from '../db/sql.ts';

export interface KeptAnswer {
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
    /** Throws AlreadyThere when somebody has it. */
    take: (workspaceId: string, key: string, request: string, at: string): Promise<void> =>
      write(db.insertInto('idempotency').values({ workspace_id: workspaceId, key, request, at })),

    async get(workspaceId: string, key: string) {
      const query = db
        .selectFrom('idempotency')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('key', '=', key);
      const [row] = await engine.read(query.compile());
      if (!row) return undefined;
      const answer: KeptAnswer | undefined =
        row['status'] === null
          ? undefined
          : {
              status: Number(row['status']),
              headers: JSON.parse(String(row['headers'])) as Record<string, string>,
              body: String(row['body']),
            };
      return { request: String(row['request']), at: String(row['at']), answer };
    },

    finish: (workspaceId: string, key: string, { status, headers, body }: KeptAnswer): Promise<void> =>
      write(
        db
          .updateTable('idempotency')
          .set({ status, headers: JSON.stringify(headers), body })
          .where('workspace_id', '=', workspaceId)
          .where('key', '=', key),
      ),

    drop: (workspaceId: string, key: string): Promise<void> =>
      write(db.deleteFrom('idempotency').where('workspace_id', '=', workspaceId).where('key', '=', key)),

    dropBefore: (at: string): Promise<void> => write(db.deleteFrom('idempotency').where('at', '<', at)),
  };
}
