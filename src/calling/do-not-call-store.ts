/** Do-not-call entries as rows: numbers that no agent of a workspace calls. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { guardsHeld, inList, type Sql, sqlFor } from '../db/sql.ts';
import type { DoNotCallEntry } from './call.ts';

export interface DoNotCallStore {
  /** The entries that exist among these numbers. */
  getMany(workspaceId: string, phones: readonly string[]): Promise<DoNotCallEntry[]>;
  /** Sorted by number, starting after `after`. */
  list(workspaceId: string, limit: number, after?: string): Promise<DoNotCallEntry[]>;
  /** Existing entries keep their reason and author. */
  add(workspaceId: string, entries: readonly DoNotCallEntry[], entry: Entry): Promise<void>;
  /** Answers false where the number has no entry. */
  remove(workspaceId: string, phone: string, entry: Entry): Promise<boolean>;
}

/** Rows per insert: both engines limit the parameters of a statement. */
const INSERT_BATCH_SIZE = 300;

export function doNotCallStore(engine: Engine): DoNotCallStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const entriesOf = (workspaceId: string) =>
    db.selectFrom('do_not_call').selectAll().where('workspace_id', '=', workspaceId);

  return {
    async getMany(workspaceId, phones) {
      const query = entriesOf(workspaceId).where('phone', 'in', inList(phones));
      return (await engine.read(query.compile())).map(entryOf);
    },

    async list(workspaceId, limit, after = '') {
      const query = entriesOf(workspaceId).where('phone', '>', after).orderBy('phone').limit(limit);
      return (await engine.read(query.compile())).map(entryOf);
    },

    async add(workspaceId, entries, entry) {
      await engine.write({ statements: [...insertions(db, workspaceId, entries), record(workspaceId, entry)] });
    },

    async remove(workspaceId, phone, entry) {
      const remove = db.deleteFrom('do_not_call').where('workspace_id', '=', workspaceId).where('phone', '=', phone);
      return guardsHeld(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
    },
  };
}

function insertions(db: Sql, workspaceId: string, entries: readonly DoNotCallEntry[]): Statement[] {
  const statements: Statement[] = [];
  for (let i = 0; i < entries.length; i += INSERT_BATCH_SIZE) {
    const rows = entries
      .slice(i, i + INSERT_BATCH_SIZE)
      .map(({ phone, reason, at, by }) => ({ workspace_id: workspaceId, phone, reason, at, by }));
    const insert = db.insertInto('do_not_call').values(rows);
    statements.push(insert.onConflict((one) => one.columns(['workspace_id', 'phone']).doNothing()).compile());
  }
  return statements;
}

const entryOf = (row: ResultRow): DoNotCallEntry => ({
  workspaceId: String(row['workspace_id']),
  phone: String(row['phone']),
  reason: row['reason'] as string | null,
  at: String(row['at']),
  by: String(row['by']),
});
