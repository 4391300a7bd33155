/** The journal: every accepted write leaves exactly one entry, and nothing else leaves any. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';

// A second passes between any two looks at the clock, so that everything has an order.
let seconds = Date.parse('2030-01-01T00:00:00Z');
const tick = () => {
  seconds += 1000;
  return new Date(seconds);
};
const parlance = await openTestServer({}, { now: tick });
const { auditLog } = parlance.app.store;

interface Shown extends JsonObject {
  id: string;
  at: string;
  by: string;
  via: string;
  action: string;
  target: string;
  seq: number | null;
  hash: string | null;
}

async function everything(tenant: Tenant, filter = ''): Promise<Shown[]> {
  const found: Shown[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await tenant.ask('native', 'GET', `/audit?limit=7&cursor=${cursor}${filter}`);
    assert.equal(status, 200);
    found.push(...(body['data'] as Shown[]));
    if (body['nextCursor'] === null) return found;
    cursor = String(body['nextCursor']);
  }
}

/** Does it, and answers what has been entered in the journal by that, oldest first. */
async function entered(tenant: Tenant, work: () => Promise<unknown>) {
  const before = new Set((await auditLog.list(tenant.id, {}, 1000)).map(({ id }) => id));
  await work();
  const after = await auditLog.list(tenant.id, {}, 1000);
  return after.filter(({ id }) => !before.has(id)).toReversed();
}

/** One write through a tongue, which must succeed and be entered as one action and nothing else. */
async function does(
  tenant: Tenant,
  actions: string | string[],
  dialect: KeyDialect,
  method: string,
  path: string,
  body?: unknown,
): Promise<JsonObject> {
  let answer: Answer | undefined;
  const entries = await entered(tenant, async () => {
    answer = await tenant.ask(dialect, method, path, { body });
  });
  assert.ok(answer!.status < 300, `${method} ${path} answered ${answer!.text}`);
  const said = entries.map(({ action }) => action);
  assert.deepEqual(said, [actions].flat(), `${dialect} ${method} ${path}`);
  for (const { via, by } of entries) {
    assert.equal(via, dialect);
    assert.match(by, /^key:[0-9a-f-]{36}$/);
  }
  return answer!.body;
}

const FIRST = ['workspace.created', ...Array<string>(6).fill('key.created')];
const interview = { name: 'Interview', type: 'ONLINE', focus: 'SCREENING', language: 'EN', duration: 30 };

describe('every kind of write leaves one entry', () => {
  test('a workspace and its keys', async () => {
    const tenant = await parlance.workspace();
    const entries = await everything(tenant);
    assert.deepEqual(entries.map(({ action }) => action).toReversed(), FIRST);
    assert.deepEqual([...new Set(entries.map(({ by }) => by))], ['system']);
    assert.equal(entries.at(-1)!.target, tenant.id);

    const made = await tenant.ask('native', 'POST', '/workspaces', { body: { name: 'Next' } });
    const [birth, ...more] = await auditLog.list(String(made.body['id']), {}, 10);
    assert.deepEqual([birth?.action, birth?.target, more], ['workspace.created', made.body['id'], []]);
    assert.match(birth!.by, /^key:/);

    const key = await does(tenant, 'key.created', 'native', 'POST', '/keys', { dialect: 'native' });
    await does(tenant, 'key.revoked', 'native', 'DELETE', `/keys/${key['id']}`);
    const person = { email: `${tenant.id}@example.com`, password: 'a long enough password' };
    await does(tenant, 'user.created', 'native', 'POST', '/users', person);
    const { settings } = parlance.app.services;
    const caller = systemCaller({ id: tenant.id, number: 1 });
    const patch = { callSettings: { window: { start: '10:00' } } };
    const set = await entered(tenant, () => settings.update(caller, tenant.id, patch));
    assert.deepEqual(
      set.map(({ action, revision }) => [action, revision]),
      [['workspace.settings_updated', 1]],
    );
    assert.deepEqual(await entered(tenant, () => settings.update(caller, tenant.id, patch)), []);
  });

  test('what the native API keeps', async () => {
    const tenant = await parlance.workspace();
    for (const [kind, path, draft, patch] of [
      ['contact', '/contacts', { firstName: 'Ana' }, { firstName: 'Bea' }],
      ['tool', '/tools', { name: 'look_up' }, { description: 'Looks it up' }],
      ['phone_number', '/phone-numbers', { number: '+15551234567', provider: 'twilio' }, { label: 'Main' }],
      ['agent', '/agents', { name: 'Ana' }, { name: 'Bea' }],
    ] as const) {
      const made = await does(tenant, `${kind}.created`, 'native', 'POST', path, draft);
      const one = `${path}/${made['id']}`;
      await does(tenant, `${kind}.updated`, 'native', 'PATCH', one, patch);
      await does(tenant, [], 'native', 'PATCH', one, patch);
      await does(tenant, `${kind}.deleted`, 'native', 'DELETE', one);
      const [last] = await everything(tenant);
      assert.equal(last!.target, made['id']);
    }
  });

  test('what the other tongues keep', async () => {
    const tenant = await parlance.workspace();
    for (const [dialect, path, draft, method, patch] of [
      ['kejue', '/agents', { name: 'A' }, 'PATCH', { name: 'B' }],
      ['agenthuman', '/agents', { name: 'A' }, 'PUT', { name: 'B' }],
      ['instaview', '/agents', interview, 'PATCH', { duration: 20 }],
      ['ayra', '/agents', { name: 'A', voice_platform: 'vapi' }, 'PUT', { name: 'B' }],
      ['agntix', '/v2/chat/agents', { fullName: 'A', description: 'd', role: 'r' }, 'PATCH', { role: 's' }],
    ] as const) {
      const made = await does(tenant, 'agent.created', dialect, 'POST', path, draft);
      const one = `${path}/${idIn(made)}`;
      await does(tenant, 'agent.updated', dialect, method, one, patch);
      await does(tenant, [], dialect, method, one, patch);
      await does(tenant, 'agent.deleted', dialect, 'DELETE', one);
    }
    const face = await does(tenant, 'avatar.created', 'agenthuman', 'POST', '/avatars', {
      name: 'A',
      url: 'https://example.com/a.png',
    });
    await does(tenant, 'avatar.updated', 'agenthuman', 'PUT', `/avatars/${idIn(face)}`, { name: 'B' });
    await does(tenant, 'avatar.deleted', 'agenthuman', 'DELETE', `/avatars/${idIn(face)}`);
  });

  test('parts of an agent are changes of the agent', async () => {
    const tenant = await parlance.workspace();
    const voice = { name: 'A', language_locale: 'en', prompt: 'Hi' };
    const agent = await does(tenant, 'agent.created', 'kejue', 'POST', '/agents', { name: 'A', voice_config: voice });
    const one = `/agents/${idIn(agent)}`;
    const config = await does(tenant, 'agent.updated', 'kejue', 'POST', `${one}/voice-configs`, voice);
    await does(tenant, 'agent.updated', 'kejue', 'PATCH', `${one}/voice-configs/${config['id']}`, { prompt: 'Ho' });
    await does(tenant, 'agent.updated', 'kejue', 'DELETE', `${one}/voice-configs/${config['id']}`);
    await does(tenant, 'agent.updated', 'kejue', 'POST', `${one}/tools`, { tool_name: 'hang_up' });
    await does(tenant, 'agent.updated', 'kejue', 'DELETE', `${one}/tools/hang_up`);

    const draft = { fullName: 'A', description: 'd', role: 'r', knowledgeStoreId: 'ks_1' };
    const other = await does(tenant, 'agent.created', 'agntix', 'POST', '/v2/chat/agents', draft);
    await does(tenant, [], 'agntix', 'POST', '/v2/chat/agents/validate-config', draft);
    await does(tenant, 'agent.created', 'agntix', 'POST', `/v1/chat/agents/${idIn(other)}/clone`, {});
    await does(tenant, 'agent.updated', 'agntix', 'DELETE', `/v1/chat/agents/${idIn(other)}/knowledge-store`);
  });

  test('those that lose something by it are written too, one entry each', async () => {
    const tenant = await parlance.workspace();
    const tool = await does(tenant, 'tool.created', 'native', 'POST', '/tools', { name: 'look_up' });
    for (const name of ['A', 'B'])
      await does(tenant, 'agent.created', 'native', 'POST', '/agents', { name, tools: [{ toolId: tool['id'] }] });
    const losses = ['tool.deleted', 'agent.updated', 'agent.updated'];
    await does(tenant, losses, 'native', 'DELETE', `/tools/${tool['id']}`);
  });
});

test('what is refused, repeated or only rehearsed leaves none', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const one = `/agents/${agent['id']}`;
  const rehearsal = { 'parlance-dry-run': '1' };
  const doNotCall: [number, string, string, unknown, Record<string, string>?][] = [
    [422, 'PATCH', one, { name: '' }],
    [422, 'PATCH', one, { tools: [{ toolId: agent['id'] }] }],
    [412, 'PATCH', one, { name: 'Bea' }, { 'if-match': '"7"' }],
    [404, 'PATCH', `/agents/${tenant.id}`, { name: 'Bea' }],
    [404, 'DELETE', `/tools/${tenant.id}`, undefined],
    [422, 'POST', '/agents', {}],
    [422, 'POST', '/keys', { dialect: 'smoke' }],
    [200, 'PATCH', one, { name: 'Bea' }, rehearsal],
    [201, 'POST', '/agents', { name: 'Bea' }, rehearsal],
    [201, 'POST', '/tools', { name: 'look_up' }, rehearsal],
    [201, 'POST', '/contacts', { firstName: 'Bea' }, rehearsal],
    [204, 'DELETE', one, undefined, rehearsal],
    [200, 'PATCH', one, { name: 'Ana' }],
  ];
  const entries = await entered(tenant, async () => {
    for (const [status, method, path, body, headers = {}] of doNotCall) {
      const answer = await tenant.ask('native', method, path, { body, headers });
      assert.equal(answer.status, status, `${method} ${path} answered ${answer.text}`);
    }
    const cut = await tenant.ask('native', 'PATCH', one, { raw: '{"name":' });
    assert.equal(cut.status, 400);
  });
  assert.deepEqual(entries, []);

  const once = { body: { name: 'Cleo' }, headers: { 'idempotency-key': `once ${tenant.id}` } };
  const twice = await entered(tenant, async () => {
    for (const _ of [1, 2]) assert.equal((await tenant.ask('native', 'PATCH', one, once)).status, 200);
  });
  assert.deepEqual(
    twice.map(({ action, revision, detail }) => [action, revision, detail]),
    [['agent.updated', 2, { changed: ['name'] }]],
  );
});

test('many writers leave an entry for each revision, and one for each other write', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const entries = await entered(tenant, () =>
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

test('it is read newest first, page by page, with its seals as soon as there are any', async () => {
  const tenant = await parlance.workspace();
  for (const name of ['A', 'B', 'C']) await tenant.ask('native', 'POST', '/agents', { body: { name } });
  const open = await everything(tenant);
  assert.equal(open.length, FIRST.length + 3);
  assert.deepEqual(
    open.map(({ at }) => at),
    open.map(({ at }) => at).toSorted((a, b) => b.localeCompare(a)),
  );
  await parlance.app.services.chainWriter.seal(tenant.id);
  const sealed = await everything(tenant);
  assert.deepEqual(
    sealed.map(({ seq }) => seq),
    open.map((_, i) => open.length - i),
  );
  for (const { hash } of sealed) assert.match(String(hash), /^[0-9a-f]{64}$/);
  assert.deepEqual(
    sealed.map(({ seq: _seq, hash: _hash, ...rest }) => rest),
    open.map(({ seq: _seq, hash: _hash, ...rest }) => rest),
  );
  const [, middle] = sealed.filter(({ action }) => action === 'agent.created');
  const since = await everything(tenant, `&action=agent.*&since=${middle!.at}`);
  const until = await everything(tenant, `&action=agent.*&until=${middle!.at}`);
  assert.deepEqual([since.length, until.length, since.at(-1)!.id], [2, 1, middle!.id]);
});

function idIn(body: JsonObject): unknown {
  const inner = (body['data'] ?? body['agent'] ?? body['avatar'] ?? body) as JsonObject;
  return inner['number'] ?? inner['id'];
}

const byNumber = (a: number | null, b: number | null): number => a! - b!;
