/** PostgreSQL for tests, without the store: queries of the database itself, and new databases. */
import pg from 'pg';
import { databaseUrl, freshId } from './workspace.ts';

/** Runs a query on a connection of its own. */
export async function queryDatabase(
  sql: string,
  parameters: unknown[] = [],
  url = databaseUrl,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** Creates a database and answers its URL. It is dropped when the process ends. */
export async function newDatabase(): Promise<string> {
  const name = `parlance_${freshId().replaceAll('-', '')}`;
  await queryDatabase(`create database ${name}`);
  // After everything else, because servers still write while they close.
  process.once('beforeExit', () => void queryDatabase(`drop database ${name} with (force)`));
  const url = new URL(databaseUrl!);
  url.pathname = `/${name}`;
  return url.href;
}

/** A database that no other test uses, for tests that concern every workspace at once. */
export const ownDatabase = async (): Promise<string | undefined> => (databaseUrl ? newDatabase() : undefined);
