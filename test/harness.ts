/**
 * A house for tests: one a process, on the embedded engine or on the PostgreSQL that DATABASE_URL names. Each test
 * gets workspaces of its own, so the wall between customers is the wall between tests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type App, createApp, type Given } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
import type { JsonObject } from '../src/lib/values.ts';
import { type DialectName, KEY_DIALECTS, type Key, type KeyDialect } from '../src/workspaces/workspace.ts';

export interface TestServer {
  app: App;
  workspace(name?: string): Promise<Tenant>;
  /** Lets in a guest of another house on the same database. */
  admit(tenant: Tenant): Tenant;
  /** Closes it and opens it again on what it has kept; guests are to be admitted again. */
  restart(): Promise<void>;
}

export interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  /** Show no key, or this one instead of the workspace's own. */
  key?: string | null;
  raw?: string | Buffer;
}

export interface Answer {
  status: number;
  body: JsonObject;
  headers: LightMyRequestResponse['headers'];
  text: string;
}

/** One customer: a workspace with a key for each tongue. */
export interface Tenant {
  id: string;
  keys: Record<KeyDialect, string>;
  ask(dialect: DialectName, method: string, path: string, ask?: Ask): Promise<Answer>;
  key(
    dialect: DialectName,
    facts: { scopes?: string[]; kind?: Key['kind']; workspaceIds?: string[]; expiresAt?: string },
  ): Promise<string>;
}

export const configOf = (environment: Record<string, string> = {}, data = 'unused') =>
  readConfig(
    {
      PARLANCE_LOG: process.env['PARLANCE_LOG'] ?? 'silent',
      DATABASE_URL: process.env['DATABASE_URL'] ?? '',
      ...environment,
    },
    { data },
  );

/** Where each tongue's own paths begin. */
export const BASES = Object.fromEntries(
  dialects(configOf()).map((dialect) => [dialect.name, dialect.prefix + (dialect.base ?? '')]),
) as Record<DialectName, string>;

export async function openTestServer(environment: Record<string, string> = {}, given: Given = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-test-'));
  const config = configOf(environment, directory);
  let app = await createApp(config, given);
  after(async () => {
    await app.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    get app() {
      return app;
    },
    workspace: (name = 'Test') => newTenant(app, name),
    admit: ({ id, keys }) => tenantAt(app, id, keys),
    async restart() {
      await app.close();
      app = await createApp(config, given);
    },
  };
}

async function newTenant(app: App, name: string): Promise<Tenant> {
  const { accounts } = app.services;
  const workspace = await accounts.createWorkspace(name);
  const made = await Promise.all(
    KEY_DIALECTS.map((dialect) =>
      accounts.createKey({
        workspaceId: workspace.id,
        dialect,
        kind: dialect === 'native' ? 'operator' : 'standard',
      }),
    ),
  );
  const keys = Object.fromEntries(made.map(({ key, value }) => [key.dialect, value])) as Record<KeyDialect, string>;
  return tenantAt(app, workspace.id, keys);
}

/** The same customer at another door: on PostgreSQL a second node opens it. */
function tenantAt(app: App, id: string, keys: Tenant['keys']): Tenant {
  return {
    id,
    keys,
    key: async (dialect, facts) => {
      const { value } = await app.services.accounts.createKey({ workspaceId: id, dialect: keysAt(dialect), ...facts });
      return value;
    },
    async ask(dialect, method, path, { body, headers = {}, key = keys[keysAt(dialect)], raw } = {}) {
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await app.http.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url: BASES[dialect] + path,
        headers: {
          ...credentialOf(dialect, key),
          ...(payload !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(payload !== undefined && { payload }),
      });
      return {
        status: response.statusCode,
        body: parsed(response.payload),
        headers: response.headers,
        text: response.payload,
      };
    },
  };
}

/** The tongue whose keys open a door. */
const keysAt = (dialect: DialectName): KeyDialect => (dialect === 'openai' ? 'native' : dialect);

function credentialOf(dialect: DialectName, key: string | null): Record<string, string> {
  if (key === null) return {};
  const inHeader = dialect === 'kejue' || dialect === 'agenthuman' || dialect === 'agntix';
  return inHeader ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}

function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}
