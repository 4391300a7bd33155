/** Opens the audit log alone and for reading only, also while a server is running on the same database. */
import type { Config } from '../config.ts';
import type { Engine } from '../db/engine.ts';
import type { ChainedEntry } from './entry.ts';
import { auditStore } from './store.ts';

/** The methods of the audit store that only read. */
export interface AuditReader {
  /** The ids of all workspaces that have entries or a chain. */
  workspaces(): Promise<string[]>;
  /** The number of entries of a workspace that are not chained yet. */
  countUnchained(workspaceId: string): Promise<number>;
  /** The place and hash of the last chained entry. */
  chainEnd(workspaceId: string): Promise<{ seq: number; hash: string }>;
  /** Chained entries after a place, in order. */
  chained(workspaceId: string, afterSeq: number, limit: number): Promise<ChainedEntry[]>;
}

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
  const { openSqliteReader: readSqlite } = await import('../db/sqlite/reader.ts');
  return readSqlite(config.dataDirectory);
}
