/** Opens the audit log alone and for reading only, also while a server is running on the same database. */
import type { Config } from '../config.ts';
import type { Engine } from '../db/engine.ts';
import { type AuditStore, auditStore } from './store.ts';

export type AuditReader = Pick<AuditStore, 'workspaces' | 'waiting' | 'chain' | 'sealed'>;

export async function openAuditLog(
  config: Pick<Config, 'databaseUrl' | 'dataDirectory'>,
  now: () => Date,
): Promise<{ auditLog: AuditReader; close(): Promise<void> }> {
  const engine = await openForReading(config, now);
  return { auditLog: auditStore(engine), close: () => engine.close() };
}

async function openForReading(config: Pick<Config, 'databaseUrl' | 'dataDirectory'>, now: () => Date): Promise<Engine> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('../db/postgres/engine.ts');
    return openPostgres({ url: config.databaseUrl, now, connections: 1, migrates: false });
  }
  const { readSqlite } = await import('../db/sqlite/reading.ts');
  return readSqlite(config.dataDirectory);
}
