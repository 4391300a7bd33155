/** `parlance audit verify`: the real command, beside a running house, on whichever engine this run is about. */
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

interface Ended {
  code: number;
  said: string[];
  complained: string;
}

function parlance(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const env = { ...process.env, DATABASE_URL: database, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, 'audit', ...args], { env }, (error, stdout, stderr) => {
      const said = stdout.split('\n').filter((line) => line !== '');
      resolve({ code: Number(error?.code ?? 0), said, complained: stderr.trim() });
    });
  });
}
const verify = (...args: string[]) => parlance(['verify', '--data', directory, ...args]);

/** A workspace with so many entries. */
async function workspace(entries: number): Promise<string> {
  const { id } = await accounts.createWorkspace('Test');
  for (let i = 1; i < entries; i += 1) await accounts.createKey({ workspaceId: id, dialect: 'native' });
  return id;
}

test('an empty journal is said to be empty', async () => {
  assert.deepEqual(await verify(), { code: 0, said: ['The journal is empty.'], complained: '' });
});

test('each workspace is told of: its entries, its last seal, what is not sealed yet', async () => {
  const [one, two] = [await workspace(1), await workspace(4)].toSorted() as [string, string];
  await chainWriter.chainDue();
  await accounts.createKey({ workspaceId: two, dialect: 'native' });
  const [first, second] = await Promise.all([one, two].map((id) => auditLog.chain(id)));
  const many = ({ seq }: { seq: number }) => `${seq} ${seq === 1 ? 'entry' : 'entries'}`;
  const { code, said } = await verify();
  assert.deepEqual(
    [code, said],
    [
      0,
      [
        `${one}  ${many(first!)}, intact; the last seal is ${first!.hash}`,
        `${two}  ${many(second!)}, intact; the last seal is ${second!.hash}; 1 not sealed yet`,
      ],
    ],
  );
  const alone = await verify('--workspace', one);
  assert.deepEqual([alone.code, alone.said], [0, said.slice(0, 1)]);
});

test('a broken chain is named, and the others are looked at all the same', async () => {
  const [broken, whole] = [await workspace(5), await workspace(2)];
  await chainWriter.chainDue();
  const row = db.deleteFrom('journal').where('workspace_id', '=', broken).where('seq', '=', 3);
  await engine.write({ statements: [row.compile()] });
  const { code, said } = await verify();
  assert.equal(code, 1);
  assert.deepEqual(
    said.filter((line) => line.includes('BROKEN')),
    [`${broken}  BROKEN after 2 entries: entry 3 is missing`],
  );
  assert.ok(said.some((line) => line.startsWith(`${whole}  2 entries, intact`)));
  assert.equal((await verify('--workspace', broken)).code, 1);
  assert.equal((await verify('--workspace', whole)).code, 0);
});

test('what cannot be found out is not called intact', async () => {
  const nobody = await verify('--workspace', 'nobody');
  assert.deepEqual([nobody.code, nobody.said, nobody.complained], [2, [], 'The journal knows no workspace nobody.']);
  const usage = 'Usage: parlance audit verify [--workspace ID] [--data DIR]';
  for (const args of [[], ['repair'], ['verify', 'twice']]) {
    const { code, complained } = await parlance(args);
    assert.deepEqual([code, complained], [2, usage]);
  }
  const empty = newDirectory();
  const nothing = await parlance(['verify', '--data', empty], { DATABASE_URL: '' });
  assert.deepEqual(
    [nothing.code, nothing.complained],
    [2, `There is no database in ${empty}; name its directory with --data.`],
  );
  const nowhere = await parlance(['verify'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.complained, /^PostgreSQL: /);
});

test('a house that has begun seals what is left when it is closed', async () => {
  const url = await ownDatabase();
  const place = newDirectory();
  const parlance = await createApp(configOf({ DATABASE_URL: url ?? '' }, place));
  parlance.begin();
  const { id } = await parlance.services.accounts.createWorkspace('Brief');
  await parlance.close();
  const store = await openStore({ databaseUrl: url, dataDirectory: place }, () => new Date());
  const left = [await store.auditLog.waiting(id), (await store.auditLog.chain(id)).seq];
  await store.close();
  assert.deepEqual(left, [0, 1]);
});
