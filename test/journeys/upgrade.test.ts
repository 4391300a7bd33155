/**
 * A database that version 0.1 wrote: this version opens it without changing a row, and goes on with it. The file was
 * made by a 0.1 server that served all its APIs; its key opens nothing else.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createApp } from '../../src/app.ts';
import { verifyChain } from '../../src/audit/verify.ts';
import { readConfig } from '../../src/config.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';

const KEY = 'par_qqccUujm2NZvHDRiQCjHQ3BtvNy98Y3D';
const AGENTS = ['Agntix', 'Ayra one', 'Human', 'Insta', 'Kejue one', 'Receptionist', 'Sample agent'];

function databaseOf01(): string {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-upgrade-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const packed = readFileSync(join(import.meta.dirname, 'databases/parlance-0.1.db.gz'));
  writeFileSync(join(directory, 'parlance.db'), gunzipSync(packed));
  return directory;
}

/** Every row of every table, as text. */
function rowsOf(directory: string): Record<string, string[]> {
  const database = new DatabaseSync(join(directory, 'parlance.db'), { readOnly: true });
  const names = database.prepare("select name from sqlite_master where type = 'table' order by name").all();
  const rows = names.map(({ name }) => [
    String(name),
    database
      .prepare(`select * from "${name}"`)
      .all()
      .map((row) => JSON.stringify(row))
      .sort(),
  ]);
  database.close();
  return Object.fromEntries(rows);
}

const open = (directory: string) => createApp(readConfig({ PARLANCE_LOG: 'silent' }, { data: directory }));

test('a database of 0.1 is opened without a changed row', async () => {
  const directory = databaseOf01();
  const before = rowsOf(directory);
  const app = await open(directory);
  assert.equal(await app.services.firstStart('http://127.0.0.1:1'), undefined);
  await app.close();
  assert.deepEqual(rowsOf(directory), before);
});

test('everything that 0.1 stored is answered, and goes on', async () => {
  const app = await open(databaseOf01());
  after(() => app.close());
  const ask = async (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object) => {
    const answer = await app.http.inject({
      method,
      url,
      headers: { authorization: `Bearer ${KEY}` },
      ...(payload && { payload }),
    });
    assert.ok(answer.statusCode < 300, `${method} ${url} answered ${answer.statusCode} ${answer.body}`);
    return answer.json();
  };
  const names = (list: { data: { name: string }[] }) => list.data.map(({ name }) => name).sort();

  assert.deepEqual(names(await ask('GET', '/v1/agents')), AGENTS);
  const agents: { id: string; name: string }[] = (await ask('GET', '/v1/agents')).data;
  const { id } = agents.find(({ name }) => name === 'Receptionist')!;
  const agent = await ask('GET', `/v1/agents/${id}`);
  assert.deepEqual([agent.revision, agent.metadata], [3, { team: 'back', nested: { a: 1 } }]);
  assert.equal((await ask('GET', `/v1/agents/${id}/revisions`)).data.length, 3);
  assert.equal((await ask('GET', `/v1/agents/${id}/labels`)).data[0].name, 'production');
  assert.ok((await ask('GET', `/v1/agents/${id}/explain`)).settings);

  for (const list of [
    'tools',
    'phone-numbers',
    'contacts',
    'corpora',
    'webhooks',
    'conversations',
    'calls',
    'campaigns',
  ])
    assert.ok((await ask('GET', `/v1/${list}`)).data.length > 0, list);
  const { data: conversations } = await ask('GET', '/v1/conversations');
  for (const conversation of conversations)
    assert.ok((await ask('GET', `/v1/conversations/${conversation.id}/messages`)).data.length > 0);

  assert.equal((await ask('PATCH', `/v1/agents/${id}`, { description: 'Changed' })).revision, 4);
  const live = conversations.find(({ state }: { state: string }) => state === 'open');
  const answer = await ask('POST', `/v1/conversations/${live.id}/messages`, { content: 'Are you still there?' });
  assert.equal(answer.messages.at(-1).role, 'assistant');
});

test('its audit chain is intact, and is carried on', async () => {
  const app = await open(databaseOf01());
  after(() => app.close());
  const { auditLog } = app.store;
  const [workspace = ''] = await auditLog.workspaces();
  const before = await verifyChain(auditLog, workspace);
  assert.deepEqual([before.entries, before.broken], [36, null]);
  const contacts = app.services.contacts;
  await contacts.create(systemCaller({ id: workspace, number: 1 }), { firstName: 'Cy' });
  await app.services.chainWriter.chainDue();
  const later = await verifyChain(auditLog, workspace);
  assert.deepEqual([later.entries, later.broken], [37, null]);
});
