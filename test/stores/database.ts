/** PostgreSQL for tests, past the store: questions to the database itself, and databases of one's own. */
import pg from 'pg';
import { databaseUrl, freshId } from './workspace.ts';

/** Asks the database itself. */
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

export async function newDatabase(): Promise<string> {
  const name = `parlance_${freshId().replaceAll('-', '')}`;
  await queryDatabase(`create database ${name}`);
  // After everything else, for houses that close have things to write.
  process.once('beforeExit', () => void queryDatabase(`drop database ${name} with (force)`));
  const url = new URL(databaseUrl!);
  url.pathname = `/${name}`;
  return url.href;
}

/** For tests of what concerns every workspace at once: a database that no other test looks into. */
export const ownDatabase = async (): Promise<string | undefined> => (databaseUrl ? newDatabase() : undefined);
