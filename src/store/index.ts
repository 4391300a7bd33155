/** Opens whichever engine the configuration names and puts the verbs in front of it. */
import type { Config } from '../config.ts';
import { type AccountStore, accountStore } from './accounts.ts';
import { type AgentStore, agentStore } from './agents.ts';
import type { Engine } from './engine.ts';
import { type RecordStore, recordStore } from './records.ts';

export interface Store {
  engine: Engine;
  agents: AgentStore;
  accounts: AccountStore;
  records: RecordStore;
  close(): Promise<void>;
}

export async function openStore(
  config: Pick<Config, 'databaseUrl' | 'dataDirectory'>,
  now: () => Date,
): Promise<Store> {
  const engine = await openEngine(config, now);
  return {
    engine,
    agents: agentStore(engine),
    accounts: accountStore(engine),
    records: recordStore(engine),
    close: () => engine.close(),
  };
}

/** Each engine is loaded only where it is used. */
async function openEngine(config: Pick<Config, 'databaseUrl' | 'dataDirectory'>, now: () => Date): Promise<Engine> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('./postgres/engine.ts');
    return openPostgres({ url: config.databaseUrl, now });
  }
  const { openSqlite } = await import('./sqlite/engine.ts');
  return openSqlite({ directory: config.dataDirectory, now });
}
