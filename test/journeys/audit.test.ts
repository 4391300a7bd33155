/** The audit log: every accepted write adds exactly one entry, and nothing else adds one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';

// The clock advances by a second each time it is read, so that all entries have an order.
let time = Date.parse('2030-01-01T00:00:00Z');
const tick = () => {
  time += 1000;
  return new Date(time);
};
const parlance = await openTestServer({}, { now: tick });
const { auditLog } = parlance.app.store;

interface Entry extends JsonObject {
  id: string;
  at: string;
  by: string;
  via: string;
  action: string;
  target: string;
  seq: number | null;
  hash: string | null;
}

/** Every entry, newest first. */
async function allEntries(tenant: Tenant, filter = ''): Promise<Entry[]> {
  const found: Entry[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await tenant.ask('native', 'GET', `/audit?limit=7&cursor=${cursor}${filter}`);
    assert.equal(status, 200);
    found.push(...(body['data'] as Entry[]));
    if (body['nextCursor'] === null) return found;
    cursor = String(body['nextCursor']);
  }
}

/** Runs `work` and returns the entries that it has added, oldest first. */
async function entriesOf(tenant: Tenant, work: () => Promise<unknown>) {
  const before = new Set((await auditLog.list(tenant.id, {}, 1000)).map(({ id }) => id));
  await work();
  const after = await auditLog.list(tenant.id, {}, 1000);
  return after.filter(({ id }) => !before.has(id)).toReversed();
}

/** One write through a dialect. It must succeed and add entries with these actions only. */
async function write(
  tenant: Tenant,
  actions: string | string[],
  dialect: KeyDialect,
  method: string,
  path: string,
  body?: unknown,
): Promise<JsonObject> {
  let answer: Answer | undefined;
  const entries = await entriesOf(tenant, async () => {
    answer = await tenant.ask(dialect, method, path, { body });
  });
  assert.ok(answer!.status < 300, `${method} ${path} answered ${answer!.text}`);
  const found = entries.map(({ action }) => action);
  assert.deepEqual(found, [actions].flat(), `${dialect} ${method} ${path}`);
  for (const { via, by } of entries) {
    assert.equal(via, dialect);
    assert.match(by, /^key:[0-9a-f-]{36}$/);
  }
  return answer!.body;
}

const FIRST = ['workspace.created', ...Array<string>(6).fill('key.created')];
const interview = { name: 'Interview', type: 'ONLINE', focus: 'SCREENING', language: 'EN', duration: 30 };

describe('every kind of write adds one entry', () => {
  test('a workspace and its keys', async () => {
    const tenant = await parlance.workspace();
    const entries = await allEntries(tenant);
    assert.deepEqual(entries.map(({ action }) => action).toReversed(), FIRST);
    assert.deepEqual([...new Set(entries.map(({ by }) => by))], ['system']);
    assert.equal(entries.at(-1)!.target, tenant.id);

    const created = await tenant.ask('native', 'POST', '/workspaces', { body: { name: 'Next' } });
    const [first, ...more] = await auditLog.list(String(created.body['id']), {}, 10);
    assert.deepEqual([first?.action, first?.target, more], ['workspace.created', created.body['id'], []]);
    assert.match(first!.by, /^key:/);

    const key = await write(tenant, 'key.created', 'native', 'POST', '/keys', { dialect: 'native' });
    await write(tenant, 'key.revoked', 'native', 'DELETE', `/keys/${key['id']}`);
    const person = { email: `${tenant.id}@example.com`, password: 'a long enough password' };
    await write(tenant, 'user.created', 'native', 'POST', '/users', person);
    const { settings } = parlance.app.services;
    const caller = systemCaller({ id: tenant.id, number: 1 });
    const patch = { callSettings: { window: { start: '10:00' } } };
    const updates = await entriesOf(tenant, () => settings.update(caller, tenant.id, patch));
    assert.deepEqual(
      updates.map(({ action, revision }) => [action, revision]),
      [['workspace.settings_updated', 1]],
    );
    assert.deepEqual(await entriesOf(tenant, () => settings.update(caller, tenant.id, patch)), []);
  });

  test('records of the native API', async () => {
    const tenant = await parlance.workspace();
    for (const [kind, path, draft, patch] of [
      ['contact', '/contacts', { firstName: 'Ana' }, { firstName: 'Bea' }],
      ['tool', '/tools', { name: 'look_up' }, { description: 'Looks it up' }],
      ['phone_number', '/phone-numbers', { number: '+15551234567', provider: 'twilio' }, { label: 'Main' }],
      ['agent', '/agents', { name: 'Ana' }, { name: 'Bea' }],
    ] as const) {
      const created = await write(tenant, `${kind}.created`, 'native', 'POST', path, draft);
      const one = `${path}/${created['id']}`;
      await write(tenant, `${kind}.updated`, 'native', 'PATCH', one, patch);
      await write(tenant, [], 'native', 'PATCH', one, patch);
      await write(tenant, `${kind}.deleted`, 'native', 'DELETE', one);
      const [last] = await allEntries(tenant);
      assert.equal(last!.target, created['id']);
    }
  });

  test("records of the vendors' APIs", async () => {
    const tenant = await parlance.workspace();
    for (const [dialect, path, draft, method, patch] of [
      ['kejue', '/agents', { name: 'A' }, 'PATCH', { name: 'B' }],
      ['agenthuman', '/agents', { name: 'A' }, 'PUT', { name: 'B' }],
      ['instaview', '/agents', interview, 'PATCH', { duration: 20 }],
      ['ayra', '/agents', { name: 'A', voice_platform: 'vapi' }, 'PUT', { name: 'B' }],
      ['agntix', '/v2/chat/agents', { fullName: 'A', description: 'd', role: 'r' }, 'PATCH', { role: 's' }],
    ] as const) {
      const created = await write(tenant, 'agent.created', dialect, 'POST', path, draft);
      const one = `${path}/${idIn(created)}`;
      await write(tenant, 'agent.updated', dialect, method, one, patch);
      await write(tenant, [], dialect, method, one, patch);
      await write(tenant, 'agent.deleted', dialect, 'DELETE', one);
    }
    const avatar = await write(tenant, 'avatar.created', 'agenthuman', 'POST', '/avatars', {
      name: 'A',
      url: 'https://example.com/a.png',
    });
    await write(tenant, 'avatar.updated', 'agenthuman', 'PUT', `/avatars/${idIn(avatar)}`, { name: 'B' });
    await write(tenant, 'avatar.deleted', 'agenthuman', 'DELETE', `/avatars/${idIn(avatar)}`);
  });

  test('changes of a part of an agent are changes of the agent', async () => {
    const tenant = await parlance.workspace();
    const voice = { name: 'A', language_locale: 'en', prompt: 'Hi' };
    const agent = await write(tenant, 'agent.created', 'kejue', 'POST', '/agents', { name: 'A', voice_config: voice });
    const one = `/agents/${idIn(agent)}`;
    const config = await write(tenant, 'agent.updated', 'kejue', 'POST', `${one}/voice-configs`, voice);
    await write(tenant, 'agent.updated', 'kejue', 'PATCH', `${one}/voice-configs/${config['id']}`, { prompt: 'Ho' });
    await write(tenant, 'agent.updated', 'kejue', 'DELETE', `${one}/voice-configs/${config['id']}`);
    await write(tenant, 'agent.updated', 'kejue', 'POST', `${one}/tools`, { tool_name: 'hang_up' });
    await write(tenant, 'agent.updated', 'kejue', 'DELETE', `${one}/tools/hang_up`);

    const draft = { fullName: 'A', description: 'd', role: 'r', knowledgeStoreId: 'ks_1' };
    const other = await write(tenant, 'agent.created', 'agntix', 'POST', '/v2/chat/agents', draft);
    await write(tenant, [], 'agntix', 'POST', '/v2/chat/agents/validate-config', draft);
    await write(tenant, 'agent.created', 'agntix', 'POST', `/v1/chat/agents/${idIn(other)}/clone`, {});
    await write(tenant, 'agent.updated', 'agntix', 'DELETE', `/v1/chat/agents/${idIn(other)}/knowledge-store`);
  });

  test('agents that lose a reference change too, with one entry each', async () => {
    const tenant = await parlance.workspace();
    const tool = await write(tenant, 'tool.created', 'native', 'POST', '/tools', { name: 'look_up' });
    for (const name of ['A', 'B'])
      await write(tenant, 'agent.created', 'native', 'POST', '/agents', { name, tools: [{ toolId: tool['id'] }] });
    const actions = ['tool.deleted', 'agent.updated', 'agent.updated'];
    await write(tenant, actions, 'native', 'DELETE', `/tools/${tool['id']}`);
  });
});

test('refused and repeated writes and dry runs add no entry', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const one = `/agents/${agent['id']}`;
  const dryRun = { 'parlance-dry-run': '1' };
  const writes: [number, string, string, unknown, Record<string, string>?][] = [
    [422, 'PATCH', one, { name: '' }],
    [422, 'PATCH', one, { tools: [{ toolId: agent['id'] }] }],
    [412, 'PATCH', one, { name: 'Bea' }, { 'if-match': '"7"' }],
    [404, 'PATCH', `/agents/${tenant.id}`, { name: 'Bea' }],
    [404, 'DELETE', `/tools/${tenant.id}`, undefined],
    [422, 'POST', '/agents', {}],
    [422, 'POST', '/keys', { dialect: 'smoke' }],
    [200, 'PATCH', one, { name: 'Bea' }, dryRun],
    [201, 'POST', '/agents', { name: 'Bea' }, dryRun],
    [201, 'POST', '/tools', { name: 'look_up' }, dryRun],
    [201, 'POST', '/contacts', { firstName: 'Bea' }, dryRun],
    [204, 'DELETE', one, undefined, dryRun],
    [200, 'PATCH', one, { name: 'Ana' }],
  ];
  const entries = await entriesOf(tenant, async () => {
    for (const [status, method, path, body, headers = {}] of writes) {
      const answer = await tenant.ask('native', method, path, { body, headers });
      assert.equal(answer.status, status, `${method} ${path} answered ${answer.text}`);
    }
    const truncated = await tenant.ask('native', 'PATCH', one, { raw: '{"name":' });
    assert.equal(truncated.status, 400);
  });
  assert.deepEqual(entries, []);

  const once = { body: { name: 'Cleo' }, headers: { 'idempotency-key': `once ${tenant.id}` } };
  const twice = await entriesOf(tenant, async () => {
    for (const _ of [1, 2]) assert.equal((await tenant.ask('native', 'PATCH', one, once)).status, 200);
  });
  assert.deepEqual(
    twice.map(({ action, revision, detail }) => [action, revision, detail]),
    [['agent.updated', 2, { changed: ['name'] }]],
  );
});

test('parallel writers add one entry per revision, and one per other write', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const entries = await entriesOf(tenant, () =>
    Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0
          ? tenant.ask('native', 'POST', '/contacts', { body: { firstName: `C${i}` } })
          : tenant.ask('native', 'PATCH', `/agents/${agent['id']}`, { body: { metadata: { [`k${i}`]: i } } }),
      ),
    ),
  );
  const revisions = entries.filter(({ action }) => action === 'agent.updated').map(({ revision }) => revision);
  assert.deepEqual(
    revisions.toSorted(byNumber),
    Array.from({ length: 40 }, (_, i) => i + 2),
  );
  assert.equal(entries.filter(({ action }) => action === 'contact.created').length, 20);
  assert.equal(entries.length, 60);
});

test('it is listed newest first, in pages, with the hashes that are written so far', async () => {
  const tenant = await parlance.workspace();
  for (const name of ['A', 'B', 'C']) await tenant.ask('native', 'POST', '/agents', { body: { name } });
  const before = await allEntries(tenant);
  assert.equal(before.length, FIRST.length + 3);
  assert.deepEqual(
    before.map(({ at }) => at),
    before.map(({ at }) => at).toSorted((a, b) => b.localeCompare(a)),
  );
  await parlance.app.services.chainWriter.chainWorkspace(tenant.id);
  const chained = await allEntries(tenant);
  assert.deepEqual(
    chained.map(({ seq }) => seq),
    before.map((_, i) => before.length - i),
  );
  for (const { hash } of chained) assert.match(String(hash), /^[0-9a-f]{64}$/);
  assert.deepEqual(
    chained.map(({ seq: _seq, hash: _hash, ...rest }) => rest),
    before.map(({ seq: _seq, hash: _hash, ...rest }) => rest),
  );
  const [, middle] = chained.filter(({ action }) => action === 'agent.created');
  const since = await allEntries(tenant, `&action=agent.*&since=${middle!.at}`);
  const until = await allEntries(tenant, `&action=agent.*&until=${middle!.at}`);
  assert.deepEqual([since.length, until.length, since.at(-1)!.id], [2, 1, middle!.id]);
});

function idIn(body: JsonObject): unknown {
  const inner = (body['data'] ?? body['agent'] ?? body['avatar'] ?? body) as JsonObject;
  return inner['number'] ?? inner['id'];
}

const byNumber = (a: number | null, b: number | null): number => a! - b!;
