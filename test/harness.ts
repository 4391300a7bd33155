/**
 * A server for tests, on the embedded engine or on the PostgreSQL that DATABASE_URL names. Each test gets its own
 * workspace, so the isolation of workspaces also isolates the tests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type App, type AppOptions, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
import type { JsonObject } from '../src/lib/values.ts';
import { type DialectName, KEY_DIALECTS, type Key, type KeyDialect } from '../src/workspaces/workspace.ts';

export interface TestServer {
  app: App;
  workspace(name?: string): Promise<Tenant>;
  /** The same tenant on this server, where another server on the same database has created it. */
  admit(tenant: Tenant): Tenant;
  /** Closes the app and opens it again on the same database. Existing tenants must be admitted again. */
  restart(): Promise<void>;
}

export interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  /** Sends this key instead of the tenant's own; null sends none. */
  key?: string | null;
  /** The body as it is, instead of JSON of `body`. */
  raw?: string | Buffer;
}

export interface Answer {
  status: number;
  body: JsonObject;
  headers: LightMyRequestResponse['headers'];
  text: string;
}

/** A workspace with a key for each dialect. */
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

/** The path before the vendor's own paths, by dialect. */
export const BASES = Object.fromEntries(
  dialects(configOf()).map((dialect) => [dialect.name, dialect.prefix + (dialect.base ?? '')]),
) as Record<DialectName, string>;

export async function openTestServer(
  environment: Record<string, string> = {},
  given: AppOptions = {},
): Promise<TestServer> {
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
  const created = await Promise.all(
    KEY_DIALECTS.map((dialect) =>
      accounts.createKey({
        workspaceId: workspace.id,
        dialect,
        kind: dialect === 'native' ? 'operator' : 'standard',
      }),
    ),
  );
  const keys = Object.fromEntries(created.map(({ key, value }) => [key.dialect, value])) as Record<KeyDialect, string>;
  return tenantAt(app, workspace.id, keys);
}

/** A tenant whose requests go to this app. On PostgreSQL several apps can serve the same tenant. */
function tenantAt(app: App, id: string, keys: Tenant['keys']): Tenant {
  return {
    id,
    keys,
    key: async (dialect, facts) => {
      const { value } = await app.services.accounts.createKey({
        workspaceId: id,
        dialect: keyDialectOf(dialect),
        ...facts,
      });
      return value;
    },
    async ask(dialect, method, path, { body, headers = {}, key = keys[keyDialectOf(dialect)], raw } = {}) {
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

/** The dialect whose keys open this one. */
const keyDialectOf = (dialect: DialectName): KeyDialect => (dialect === 'openai' ? 'native' : dialect);

function credentialOf(dialect: DialectName, key: string | null): Record<string, string> {
  if (key === null) return {};
  const inHeader = dialect === 'kejue' || dialect === 'agenthuman' || dialect === 'agntix';
  return inHeader ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}

/** Answers that are not JSON, such as pages, have an empty body. */
function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}
