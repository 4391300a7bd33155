/** The embedded database, opened to be read beside the process that holds the directory: no lock, no migration. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Engine, type ResultRow, StoreUnavailable } from '../engine.ts';
import { SQLITE } from './engine.ts';

export function readSqlite(directory: string): Engine {
  const path = join(directory, 'parlance.db');
  if (!existsSync(path)) throw new StoreUnavailable(`There is no database in ${directory}.`);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new StoreUnavailable(`SQLite: ${(error as Error).message}`, { cause: error });
    }
  };
  const db = attempt(() => new DatabaseSync(path, { readOnly: true }));
  const refuse = () => Promise.reject(new StoreUnavailable('The store was opened to be read.'));
  return {
    name: 'sqlite',
    kysely: SQLITE,
    read: async ({ sql, parameters }) =>
      attempt(() => db.prepare(sql).all(...(parameters as SQLInputValue[])) as unknown as ResultRow[]),
    write: refuse,
    revise: refuse,
    notices: null,
    rest() {},
    close: async () => db.close(),
  };
}
