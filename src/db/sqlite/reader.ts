/** The embedded database opened for reading only, while another process may be writing it. No lock, no migrations. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Engine, type ResultRow, StoreUnavailable } from '../engine.ts';
import { SQLITE } from './engine.ts';

export function openSqliteReader(directory: string): Engine {
  const path = join(directory, 'parlance.db');
  if (!existsSync(path))
    throw new StoreUnavailable(`There is no database in ${directory}; name its directory with --data.`);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new StoreUnavailable(`SQLite: ${(error as Error).message}`, { cause: error });
    }
  };
  const db = attempt(() => new DatabaseSync(path, { readOnly: true }));
  const refuse = () => Promise.reject(new StoreUnavailable('The database was opened for reading only.'));
  return {
    name: 'sqlite',
    kysely: SQLITE,
    read: async ({ sql, parameters }) =>
      attempt(() => db.prepare(sql).all(...(parameters as SQLInputValue[])) as unknown as ResultRow[]),
    write: refuse,
    revise: refuse,
    notices: null,
    releaseWriter() {},
    close: async () => db.close(),
  };
}
