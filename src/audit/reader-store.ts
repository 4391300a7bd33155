/** The journal alone, opened to be read, also while a server writes it. */
import type { Config } from '../config.ts';
import type { Engine } from '../db/engine.ts';
import { type JournalStore, journalStore } from './store.ts';

export type JournalReader = Pick<JournalStore, 'workspaces' | 'waiting' | 'chain' | 'sealed'>;

export async function openJournal(
  config: Pick<Config, 'databaseUrl' | 'dataDirectory'>,
  now: () => Date,
): Promise<{ journal: JournalReader; close(): Promise<void> }> {
  const engine = await openReading(config, now);
  return { journal: journalStore(engine), close: () => engine.close() };
}

async function openReading(config: Pick<Config, 'databaseUrl' | 'dataDirectory'>, now: () => Date): Promise<Engine> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('../db/postgres/engine.ts');
    return openPostgres({ url: config.databaseUrl, now, connections: 1, migrates: false });
  }
  const { readSqlite } = await import('../db/sqlite/reading.ts');
  return readSqlite(config.dataDirectory);
}
