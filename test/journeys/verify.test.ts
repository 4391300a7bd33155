/** `parlance audit verify`: the real command, beside a running server, on the engine of this test run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createApp } from '../../src/app.ts';
import { sqlFor } from '../../src/db/sql.ts';
import { openStore } from '../../src/stores.ts';
import { configOf } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';
import { newDirectory } from '../stores/workspace.ts';

const COMMAND = join(import.meta.dirname, '../../bin/parlance.js');
const database = (await ownDatabase()) ?? '';
const directory = newDirectory();
const config = configOf({ DATABASE_URL: database }, directory);
const app = await createApp(config);
after(() => app.close());
const { accounts, chainWriter } = app.services;
const { engine, auditLog } = app.store;
const db = sqlFor(engine);

interface Result {
  code: number;
  lines: string[];
  error: string;
}

function parlance(args: string[], environment: Record<string, string> = {}): Promise<Result> {
  const env = { ...process.env, DATABASE_URL: database, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, 'audit', ...args], { env }, (failure, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      resolve({ code: Number(failure?.code ?? 0), lines, error: stderr.trim() });
    });
  });
}
const verify = (...args: string[]) => parlance(['verify', '--data', directory, ...args]);

/** A workspace with this number of entries in its audit log. */
async function workspace(entries: number): Promise<string> {
  const { id } = await accounts.createWorkspace('Test');
  for (let i = 1; i < entries; i += 1) await accounts.createKey({ workspaceId: id, dialect: 'native' });
  return id;
}

test('an empty audit log', async () => {
  assert.deepEqual(await verify(), { code: 0, lines: ['The audit log is empty.'], error: '' });
});

test('each workspace has a line: its entries, its last hash, and the entries that are not in the chain yet', async () => {
  const [one, two] = [await workspace(1), await workspace(4)].toSorted() as [string, string];
  await chainWriter.chainDue();
  await accounts.createKey({ workspaceId: two, dialect: 'native' });
  const [first, second] = await Promise.all([one, two].map((id) => auditLog.chainEnd(id)));
  const count = ({ seq }: { seq: number }) => `${seq} ${seq === 1 ? 'entry' : 'entries'}`;
  const { code, lines } = await verify();
  assert.deepEqual(
    [code, lines],
    [
      0,
      [
        `${one}  ${count(first!)}, intact; the last hash is ${first!.hash}`,
        `${two}  ${count(second!)}, intact; the last hash is ${second!.hash}; 1 not in the chain yet`,
      ],
    ],
  );
  const alone = await verify('--workspace', one);
  assert.deepEqual([alone.code, alone.lines], [0, lines.slice(0, 1)]);
});

test('a broken chain is named, and the others are verified too', async () => {
  const [broken, intact] = [await workspace(5), await workspace(2)];
  await chainWriter.chainDue();
  const row = db.deleteFrom('journal').where('workspace_id', '=', broken).where('seq', '=', 3);
  await engine.write({ statements: [row.compile()] });
  const { code, lines } = await verify();
  assert.equal(code, 1);
  assert.deepEqual(
    lines.filter((line) => line.includes('BROKEN')),
    [`${broken}  BROKEN after 2 entries: entry 3 is missing`],
  );
  assert.ok(lines.some((line) => line.startsWith(`${intact}  2 entries, intact`)));
  assert.equal((await verify('--workspace', broken)).code, 1);
  assert.equal((await verify('--workspace', intact)).code, 0);
});

test('a chain that cannot be verified is not called intact', async () => {
  const unknown = await verify('--workspace', 'unknown');
  const error = 'The audit log has no entries of the workspace unknown; check the id.';
  assert.deepEqual(unknown, { code: 2, lines: [], error });
  const usage = 'Usage: parlance audit verify [--workspace ID] [--data DIR]';
  for (const args of [[], ['repair'], ['verify', 'twice']]) {
    const { code, error } = await parlance(args);
    assert.deepEqual([code, error], [2, usage]);
  }
  const empty = newDirectory();
  const noDatabase = await parlance(['verify', '--data', empty], { DATABASE_URL: '' });
  assert.deepEqual(
    [noDatabase.code, noDatabase.error],
    [2, `There is no database in ${empty}; name its directory with --data.`],
  );
  const noServer = await parlance(['verify'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  assert.equal(noServer.code, 2);
  assert.match(noServer.error, /^PostgreSQL: /);
});

test('a running server completes the chain when it is closed', async () => {
  const url = await ownDatabase();
  const ownDirectory = newDirectory();
  const parlance = await createApp(configOf({ DATABASE_URL: url ?? '' }, ownDirectory));
  parlance.start();
  const { id } = await parlance.services.accounts.createWorkspace('Brief');
  await parlance.close();
  const store = await openStore({ databaseUrl: url, dataDirectory: ownDirectory }, () => new Date());
  const state = [await store.auditLog.countUnchained(id), (await store.auditLog.chainEnd(id)).seq];
  await store.close();
  assert.deepEqual(state, [0, 1]);
});
