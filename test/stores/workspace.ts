/** A store for tests, on the engine that DATABASE_URL chooses, and records to put in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Agent, type AgentDocument, newDocument } from '../../src/agents/agent.ts';
import type { Entry } from '../../src/audit/entry.ts';
import { newId } from '../../src/lib/ids.ts';
import { openStore, type Store } from '../../src/stores.ts';

/** The PostgreSQL database of this run; undefined for the embedded engine. */
export const databaseUrl = process.env['DATABASE_URL'] || undefined;
export const onlyOnPostgres = { skip: databaseUrl ? false : 'is about PostgreSQL: set DATABASE_URL' };
export const onlyOnSqlite = { skip: databaseUrl ? 'is about the embedded engine' : false };

export const AT = '2026-03-01T10:00:00.000Z';
export const author = { at: AT, by: 'key:tester', via: 'native' };
/** The audit entry of a write. */
export const entry = (who = author): Entry => ({
  ...who,
  id: freshId(),
  action: 'thing.changed',
  target: freshId(),
  revision: null,
  detail: {},
});
export const freshId = (): string => newId(new Date());

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-store-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export async function openTestStore(directory = newDirectory(), url = databaseUrl): Promise<Store> {
  const store = await openStore({ databaseUrl: url, dataDirectory: directory }, () => new Date(AT));
  after(() => store.close());
  return store;
}

export function blankAgent(workspaceId: string, facts: Partial<AgentDocument> = {}, at = AT) {
  const document = { ...newDocument('Agent'), ...facts };
  return { workspaceId, id: freshId(), ownerId: null, createdAt: at, updatedAt: at, document };
}

export const createTestAgent = (
  store: Store,
  workspaceId: string,
  facts?: Partial<AgentDocument>,
  at?: string,
): Promise<Agent> => store.agents.create(blankAgent(workspaceId, facts, at), entry()).then((agent) => agent!);

/** Writes one revision and answers the new head; undefined when another write was first. */
export async function reviseTestAgent(
  store: Store,
  agent: Agent,
  facts: Partial<AgentDocument>,
): Promise<Agent | undefined> {
  const document = { ...agent.document, ...facts };
  const edits = Object.entries(facts).map(([path, value]) => ({ op: 'set', path, value }) as const);
  const won = await store.agents.revise(agent, { document, edits }, entry());
  return won ? { ...agent, document, revision: agent.revision + 1, updatedAt: author.at } : undefined;
}
