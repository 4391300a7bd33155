/** The embedded engine: one process for each directory, and no acknowledged write is lost. */
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Engine, Statement } from '../../src/db/engine.ts';
import { openStore } from '../../src/stores.ts';
import { serveExpectingFailure } from './process.ts';
import { createTestAgent, freshId, newDirectory, onlyOnSqlite, openTestStore, reviseTestAgent } from './workspace.ts';

const now = () => new Date();
const secret = (name: string, value = 'v'): Statement => ({
  sql: 'insert into secrets (name, value) values (?, ?)',
  parameters: [name, value],
});
const run = (engine: Engine, sql: string) => engine.write({ statements: [{ sql, parameters: [] }] });
const count = async (engine: Engine, names: string[]): Promise<number> => {
  const [row] = await engine.read({
    sql: `select count(*) as found from secrets where name in (${names.map(() => '?')})`,
    parameters: names,
  });
  return Number(row!['found']);
};

describe('a directory', onlyOnSqlite, () => {
  test('belongs to the process that opened it first, until that one closes it', async () => {
    const directory = newDirectory();
    const first = await openStore({ databaseUrl: undefined, dataDirectory: directory }, now);
    const again = () => openStore({ databaseUrl: undefined, dataDirectory: directory }, now);
    await assert.rejects(again(), { name: 'DirectoryInUse', message: /Another Parlance is running/ });
    const other = await serveExpectingFailure(directory);
    assert.equal(other.code, 1);
    assert.match(other.output, /Another Parlance is running on the data directory/);
    assert.ok(!other.output.includes('    at '), other.output);
    await first.ping();
    await first.close();
    await (await again()).close();
  });

  test('that cannot be opened is unlocked again', async () => {
    const directory = newDirectory();
    const config = { databaseUrl: undefined, dataDirectory: directory };
    writeFileSync(join(directory, 'parlance.db'), 'this is no database, and long enough to be sure of it'.repeat(99));
    await assert.rejects(openStore(config, now), /not a database/);
    await assert.rejects(openStore(config, now), /not a database/);
  });

  test('loses no write when the writer ends between two of them', async () => {
    const directory = newDirectory();
    const config = { databaseUrl: undefined, dataDirectory: directory };
    const store = await openStore(config, now);
    store.engine.releaseWriter();
    const names: string[] = [];
    const write = (name: string) => {
      names.push(name);
      return store.engine.write({ statements: [secret(name)] });
    };
    await write('before');
    store.engine.releaseWriter();
    store.engine.releaseWriter();
    await Promise.all([write('while it ends'), write('and another')]);
    const waiting = write('in the queue');
    store.engine.releaseWriter();
    await waiting;
    assert.equal(await count(store.engine, names), names.length);
    store.engine.releaseWriter();
    await store.close();
    assert.ok(!existsSync(join(directory, 'parlance.db-wal')), 'the last connection has written the log back');
    const again = await openStore(config, now);
    assert.equal(await count(again.engine, names), names.length);
    await again.close();
  });

  test('writes its log back into the database, however much is written', async () => {
    const directory = newDirectory();
    const store = await openStore({ databaseUrl: undefined, dataDirectory: directory }, now);
    const megabytes = (name: string) => statSync(join(directory, name)).size / 2 ** 20;
    const value = 'v'.repeat(100_000);
    for (let i = 0; i < 400; i += 1) await store.engine.write({ statements: [secret(`s${i}`, value)] });
    assert.ok(megabytes('parlance.db-wal') < 8, `${megabytes('parlance.db-wal')} MB of log for 40 MB`);
    await store.close();
    assert.ok(megabytes('parlance.db') > 38);
  });

  test('has everything again when it is opened again', async () => {
    const directory = newDirectory();
    const workspace = freshId();
    const config = { databaseUrl: undefined, dataDirectory: directory };
    const first = await openStore(config, now);
    const agents = await Promise.all(
      Array.from({ length: 30 }, (_, i) => createTestAgent(first, workspace, { name: `A ${i}` })),
    );
    const moved = await Promise.all(agents.map((agent, i) => reviseTestAgent(first, agent, { role: `R ${i}` })));
    const history = await first.agents.revisions(workspace, agents[3]!.id);
    await first.close();
    const second = await openStore(config, now);
    for (const agent of moved) assert.deepEqual(await second.agents.get(workspace, agent!.id), agent);
    assert.deepEqual(await second.agents.revisions(workspace, agents[3]!.id), history);
    const next = await createTestAgent(second, workspace);
    assert.equal(next.number, Math.max(...agents.map((agent) => agent.number)) + 1);
    await second.close();
  });
});

describe('a commit that fails', onlyOnSqlite, () => {
  test('rejects all of its jobs, writes nothing, and does not end the writer', async () => {
    const { engine } = await openTestStore();
    await run(engine, 'create table parents (id text primary key)');
    await run(
      engine,
      'create table children (parent text references parents (id) deferrable initially deferred) strict',
    );
    // Few enough to be sent as one batch, which is one commit.
    const names = Array.from({ length: 7 }, freshId);
    // SQLite accepts the orphan as a statement and refuses it when the transaction ends.
    const orphan: Statement = { sql: "insert into children (parent) values ('nobody')", parameters: [] };
    const outcomes = await Promise.allSettled([
      ...names.map((name) => engine.write({ statements: [secret(name)] })),
      engine.write({ statements: [orphan] }),
    ]);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.match(String(outcome.reason), /StoreUnavailable: SQLite: FOREIGN KEY constraint failed/);
    }
    assert.equal(await count(engine, names), 0);
    await Promise.all(names.map((name) => engine.write({ statements: [secret(name)] })));
    assert.equal(await count(engine, names), names.length);
  });

  test('because the disk is full acknowledges nothing that is not there', async () => {
    const { engine } = await openTestStore();
    const [row] = await engine.read({ sql: 'pragma page_count', parameters: [] });
    await run(engine, `pragma max_page_count = ${Number(row!['page_count']) + 20}`);
    const large = 'x'.repeat(20_000);
    const names = Array.from({ length: 60 }, freshId);
    const writing = names.map(async (name, i) => {
      // The jobs arrive in several batches, so that some find room on the disk and some do not.
      if (i % 3 === 0) await engine.read({ sql: 'select 1', parameters: [] });
      return engine.write({ statements: [secret(name, i % 2 ? large : 'small')] });
    });
    const outcomes = await Promise.allSettled(writing);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.ok(refused.length > 0);
    for (const { reason } of refused) assert.match(String(reason), /StoreUnavailable: SQLite: .*full/);
    for (const [i, name] of names.entries())
      assert.equal(await count(engine, [name]), outcomes[i]!.status === 'fulfilled' ? 1 : 0);
    await run(engine, 'pragma max_page_count = 1073741823');
    await engine.write({ statements: [secret(freshId(), large)] });
  });
});
