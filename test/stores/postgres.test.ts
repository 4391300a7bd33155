/** PostgreSQL: several nodes on one database, and connections that can break at any time. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openStore } from '../../src/stores.ts';
import { openTestServer, type TestServer } from '../harness.ts';
import { newDatabase, queryDatabase } from './database.ts';
import { serve } from './process.ts';
import {
  createTestAgent,
  databaseUrl,
  freshId,
  newDirectory,
  onlyOnPostgres,
  openTestStore,
  reviseTestAgent,
} from './workspace.ts';

const now = () => new Date();

/** Sends a request to one node. A key of a workspace works on every node. */
async function request(node: TestServer, key: string, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) {
  const answer = await node.app.http.inject({
    method,
    url: `/v1${path}`,
    headers: { authorization: `Bearer ${key}` },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

describe('two nodes on one database', onlyOnPostgres, () => {
  test("read each other's writes at once", async () => {
    const [one, two] = await Promise.all([openTestServer(), openTestServer()]);
    const { keys } = await one.workspace();
    const { body: made } = await request(one, keys.native, 'POST', '/agents', { name: 'Shared' });
    for (let i = 1; i <= 20; i += 1) {
      const [writer, reader] = i % 2 ? [one, two] : [two, one];
      const written = await request(writer, keys.native, 'PATCH', `/agents/${made.id}`, { name: `Name ${i}` });
      assert.equal(written.status, 200);
      const read = await request(reader, keys.native, 'GET', `/agents/${made.id}`);
      const { receipt: _receipt, ...agent } = written.body;
      assert.deepEqual(read.body, agent);
      assert.equal(read.body.revision, i + 1);
    }
  });

  test('both refuse a key one second after one of them revoked it', async () => {
    let clock = Date.parse('2026-03-01T10:00:00.000Z');
    const given = { now: () => new Date(clock) };
    const [one, two] = await Promise.all([openTestServer({}, given), openTestServer({}, given)]);
    const tenant = await one.workspace();
    const key = await tenant.key('native', {});
    const { body } = await request(one, tenant.keys.native, 'GET', '/keys');
    const { id } = body.data.find((shown: { prefix: string }) => key.startsWith(shown.prefix));
    const allowed = async (node: TestServer) => (await request(node, key, 'GET', '/agents')).status;
    assert.deepEqual([await allowed(one), await allowed(two)], [200, 200]);
    await one.app.services.accounts.revokeKey(await one.app.services.access.byKey(tenant.keys.native, 'native'), id);
    assert.equal(await allowed(one), 401);
    clock += 1000;
    assert.equal(await allowed(two), 401);
  });
});

describe('a new database', onlyOnPostgres, () => {
  test('is filled once, however many nodes start on it', { timeout: 120_000 }, async () => {
    const url = await newDatabase();
    const places = Array.from({ length: 3 }, newDirectory);
    const stores = Array.from({ length: 3 }, () => openStore({ databaseUrl: url, dataDirectory: 'unused' }, now));
    const servers = places.map((directory) => serve(directory, { DATABASE_URL: url }));
    for (const store of await Promise.all(stores)) await store.close();
    for (const server of await Promise.all(servers)) {
      const answer = await fetch(`${server.url}/readyz`);
      assert.equal(answer.status, 200);
      await server.end('SIGTERM');
    }
    const [counts] = await queryDatabase(
      'select count(*)::int as all, max(number)::int as last from migrations',
      [],
      url,
    );
    assert.equal(counts!['all'], counts!['last']);
    assert.equal(places.filter((directory) => existsSync(join(directory, 'credentials.json'))).length, 1);
    const [workspaces] = await queryDatabase('select count(*)::int as all from workspaces', [], url);
    assert.equal(workspaces!['all'], 1);
  });

  test('stays as it was when a migration fails', async () => {
    const url = await newDatabase();
    await queryDatabase('create table agents (other text)', [], url);
    const open = () => openStore({ databaseUrl: url, dataDirectory: 'unused' }, now);
    await assert.rejects(open(), { name: 'StoreUnavailable', message: /agents.*already exists/ });
    const tables = await queryDatabase("select tablename from pg_tables where schemaname = 'public'", [], url);
    assert.deepEqual(tables, [{ tablename: 'agents' }]);
    await queryDatabase('drop table agents', [], url);
    await (await open()).close();
  });

  test('that cannot be reached fails with a sentence and without the password', async () => {
    const unreachable = openStore(
      { databaseUrl: 'postgres://nobody:secret@localhost:1/none', dataDirectory: 'unused' },
      now,
    );
    await assert.rejects(unreachable, (error: Error) => {
      assert.equal(error.name, 'StoreUnavailable');
      assert.match(error.message, /ECONNREFUSED/);
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  });
});

describe('connections', onlyOnPostgres, () => {
  test('that break fail the work in flight, lose nothing that was acknowledged, and are replaced', async () => {
    const url = new URL(databaseUrl!);
    const name = `cut-${freshId()}`;
    url.searchParams.set('application_name', name);
    const store = await openStore({ databaseUrl: url.href, dataDirectory: 'unused' }, now);
    const workspace = freshId();
    const agents = await Promise.all(Array.from({ length: 20 }, () => createTestAgent(store, workspace)));
    let failures = 0;
    let made = 0;
    let stop = false;
    const revisers = agents.map(async (agent) => {
      let acknowledged = agent;
      while (!stop) {
        const next = await reviseTestAgent(store, acknowledged, { role: String(acknowledged.revision) }).catch(
          () => 'failed',
        );
        if (typeof next !== 'string' && next) acknowledged = next;
        else {
          failures += 1;
          // The write may have happened although its answer was lost, so the head is read again.
          const stored = await store.agents.get(workspace, agent.id).catch(() => undefined);
          if (!stored) continue;
          assert.ok(stored.revision === acknowledged.revision || stored.revision === acknowledged.revision + 1);
          acknowledged = stored;
        }
      }
      return acknowledged;
    });
    const creators = agents.map(async () => {
      while (!stop)
        await createTestAgent(store, workspace).then(
          () => {
            made += 1;
          },
          () => {
            failures += 1;
          },
        );
    });
    const deadline = Date.now() + 20_000;
    for (let cuts = 0; (cuts < 10 || failures === 0) && Date.now() < deadline; cuts += 1)
      await queryDatabase('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]);
    stop = true;
    const last = await Promise.all(revisers);
    await Promise.all(creators);
    assert.ok(failures > 0, 'a connection broke while work was in flight');
    for (const agent of last) {
      const stored = await store.agents.get(workspace, agent.id);
      assert.deepEqual(stored?.document, agent.document);
      assert.equal((await store.agents.revisions(workspace, agent.id)).length, agent.revision);
    }
    assert.ok((await store.agents.count(workspace, {})) >= agents.length + made);
    await store.close();
    const connected = () => queryDatabase('select pid from pg_stat_activity where application_name = $1', [name]);
    // The database notices the end of a connection a moment later.
    let left = await connected();
    for (let looks = 0; left.length > 0 && looks < 500; looks += 1) left = await connected();
    assert.deepEqual(left, []);
  });

  test('of one node stay few under load', async () => {
    const url = new URL(databaseUrl!);
    const name = `few-${freshId()}`;
    url.searchParams.set('application_name', name);
    const store = await openStore({ databaseUrl: url.href, dataDirectory: 'unused' }, now);
    const work = Promise.all(Array.from({ length: 500 }, () => createTestAgent(store, freshId())));
    const [during] = await queryDatabase(
      'select count(*)::int as open from pg_stat_activity where application_name = $1',
      [name],
    );
    await work;
    assert.ok(Number(during!['open']) <= 10);
    await store.close();
  });
});

test('many large documents are written at once', onlyOnPostgres, async () => {
  const store = await openTestStore();
  const workspace = freshId();
  const made = await Promise.all(Array.from({ length: 30 }, () => createTestAgent(store, workspace)));
  const role = 'quotes " and \\ backslashes and 😀 '.repeat(30_000);
  const next = await Promise.all(made.map((agent) => reviseTestAgent(store, agent, { role })));
  for (const agent of next) assert.deepEqual(await store.agents.get(workspace, agent!.id), agent);
});
