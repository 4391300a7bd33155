/** Preconditions, idempotency keys, dry runs and receipts of every dialect, with its documented bodies unchanged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';
import { type Ask, openTestServer, type Tenant } from '../harness.ts';

let clock = new Date('2026-06-01T08:00:00Z');
const parlance = await openTestServer({}, { now: () => clock });

interface TestAgent {
  id: string;
  number: number;
}
interface DialectFacts {
  method: string;
  path: (agent: TestAgent) => string;
  /** The dialect's name of the field `name`. */
  text: string;
  create: { path: string; body: JsonObject; list: (tenant: Tenant) => Promise<number> };
}

const count = async (tenant: Tenant) =>
  ((await tenant.ask('native', 'GET', '/agents?limit=200')).body['data'] as unknown[]).length;
const hub = (tenant: Tenant, { id }: TestAgent) => tenant.ask('native', 'GET', `/agents/${id}`);
const DIALECTS: Record<KeyDialect, DialectFacts> = {
  native: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    create: { path: '/agents', body: { name: 'New' }, list: count },
  },
  kejue: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    create: { path: '/agents', body: { name: 'New' }, list: count },
  },
  agenthuman: {
    method: 'PUT',
    path: ({ number }) => `/agents/${number}`,
    text: 'name',
    create: { path: '/agents', body: { name: 'New' }, list: count },
  },
  instaview: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    create: {
      path: '/agents',
      body: { name: 'New', type: 'ONLINE', focus: 'GENERIC', language: 'EN', duration: 30 },
      list: count,
    },
  },
  ayra: {
    method: 'PUT',
    path: ({ id }) => `/agents/agent_${id.replaceAll('-', '')}`,
    text: 'name',
    create: { path: '/agents', body: { name: 'New', voice_platform: 'vapi' }, list: count },
  },
  agntix: {
    method: 'PATCH',
    path: ({ id }) => `/v2/chat/agents/${id}`,
    text: 'fullName',
    create: { path: '/v2/chat/agents', body: { fullName: 'New', description: 'd', role: 'r' }, list: count },
  },
};

const newAgent = async (tenant: Tenant, facts: JsonObject = {}): Promise<TestAgent> => {
  const { body } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Before', ...facts } });
  return { id: String(body['id']), number: Number(body['number']) };
};
/** A body without the times and ids that differ between two requests. */
const comparable = (text: string): string =>
  text.replace(/req_[0-9a-f]+/g, 'req').replace(/"timestamp":"[^"]+"/g, '"timestamp"');

for (const [name, dialect] of Object.entries(DIALECTS) as [KeyDialect, DialectFacts][]) {
  describe(name, async () => {
    const tenant = await parlance.workspace();
    const update = (agent: TestAgent, value: string, headers: Record<string, string> = {}, ask: Ask = {}) =>
      tenant.ask(name, dialect.method, dialect.path(agent), { body: { [dialect.text]: value }, headers, ...ask });

    test('headers contain the receipt of a write, and the body stays as the vendor documents it', async () => {
      const [plain, receipted] = [await newAgent(tenant), await newAgent(tenant)];
      const answer = await update(receipted, 'After');
      assert.equal(answer.headers['parlance-revision'], '2');
      assert.equal(answer.headers['parlance-changed'], 'name');
      assert.equal(answer.headers['etag'], '"2"');
      if (name !== 'native') assert.ok(!('receipt' in answer.body) && !('revision' in answer.body), answer.text);
      const again = await update(receipted, 'After');
      assert.equal(again.headers['parlance-revision'], '2');
      assert.equal(again.headers['parlance-changed'], '');
      assert.equal((await hub(tenant, plain)).body['revision'], 1);
    });

    test('If-Match with the head succeeds, and with an older revision fails', async () => {
      const agent = await newAgent(tenant);
      assert.equal((await update(agent, 'Mine', { 'if-match': '"1"' })).status, 200);
      const stale = await update(agent, 'Too late', { 'if-match': '"1"' });
      assert.equal(stale.status, 412, stale.text);
      assert.equal((await hub(tenant, agent)).body['name'], 'Mine');
      assert.equal((await update(agent, 'Any', { 'if-match': '*' })).status, 200);
      assert.equal((await update(agent, 'Odd', { 'if-match': 'W/"3"' })).status, 412, 'a weak tag never matches');
      assert.equal((await update(agent, 'One of', { 'if-match': '"1", "3"' })).status, 200);
    });

    test('Prefer: merge allows changes of other fields, and no change of the same field', async () => {
      const agent = await newAgent(tenant, { description: 'first' });
      await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, { body: { description: 'theirs' } });
      assert.equal((await update(agent, 'Mine', { 'if-match': '"1"' })).status, 412);
      assert.equal((await update(agent, 'Mine', { 'if-match': '"1"', prefer: 'merge' })).status, 200);
      const { body } = await hub(tenant, agent);
      assert.deepEqual([body['name'], body['description'], body['revision']], ['Mine', 'theirs', 3]);
      const clash = await update(agent, 'Again', { 'if-match': '"2"', prefer: 'respond-async, merge' });
      assert.equal(clash.status, 412);
      assert.match(clash.text, /name/, 'the field in conflict is not named');
    });

    test('a client that has this revision gets 304', async () => {
      const agent = await newAgent(tenant);
      const first = await tenant.ask(name, 'GET', dialect.path(agent));
      assert.equal(first.headers['etag'], '"1"');
      const second = await tenant.ask(name, 'GET', dialect.path(agent), { headers: { 'if-none-match': '"1"' } });
      assert.deepEqual([second.status, second.text], [304, '']);
      await update(agent, 'Changed');
      assert.equal(
        (await tenant.ask(name, 'GET', dialect.path(agent), { headers: { 'if-none-match': '"1"' } })).status,
        200,
      );
    });

    test('a dry run answers as usual, and stores nothing', async () => {
      const [agent, twin] = [await newAgent(tenant), await newAgent(tenant)];
      const before = (await hub(tenant, agent)).text;
      const dry = await update(agent, 'Dry', { 'parlance-dry-run': '1' });
      const real = await update(twin, 'Dry');
      assert.equal(dry.headers['parlance-dry-run'], '1');
      const alike = (text: string, { id, number }: TestAgent) =>
        comparable(text)
          .replaceAll(id, 'id')
          .replaceAll(id.replaceAll('-', ''), 'id')
          .replaceAll(`"number":${number}`, '"number"');
      assert.equal(alike(dry.text, agent), alike(real.text, twin));
      assert.equal(dry.status, real.status);
      assert.equal((await hub(tenant, agent)).text, before);
      const refused = await update(agent, '', { 'parlance-dry-run': '1' });
      assert.ok(refused.status >= 400 && refused.status < 500);

      const agents = await dialect.create.list(tenant);
      const created = await tenant.ask(name, 'POST', dialect.create.path, {
        body: dialect.create.body,
        headers: { 'parlance-dry-run': '1' },
      });
      assert.equal(created.status, 201, created.text);
      assert.equal(await dialect.create.list(tenant), agents);
      const removed = await tenant.ask(name, 'DELETE', dialect.path(agent), { headers: { 'parlance-dry-run': '1' } });
      assert.ok(removed.status < 300);
      assert.equal((await hub(tenant, agent)).text, before);
    });

    test('a repeated request is done once and gets the same answer', async () => {
      const agents = await dialect.create.list(tenant);
      const create = (body: JsonObject, key: string) =>
        tenant.ask(name, 'POST', dialect.create.path, { body, headers: { 'idempotency-key': key } });
      const unique = { ...dialect.create.body, ...(name === 'ayra' && { name: 'Only one' }) };
      const first = await create(unique, 'key-1');
      const second = await create(unique, 'key-1');
      assert.equal(first.status, 201, first.text);
      assert.deepEqual([second.status, second.text], [first.status, first.text]);
      assert.equal(second.headers['idempotency-replayed'], 'true');
      assert.equal(first.headers['idempotency-replayed'], undefined);
      assert.equal(second.headers['content-type'], first.headers['content-type']);
      assert.equal(await dialect.create.list(tenant), agents + 1);

      const other = await create({ ...unique, [dialect.text]: 'Another' }, 'key-1');
      assert.equal(other.status, 422, other.text);
      assert.equal(await dialect.create.list(tenant), agents + 1);

      // The same idempotency key in another workspace is another key.
      const stranger = await parlance.workspace();
      assert.equal(
        (
          await stranger.ask(name, 'POST', dialect.create.path, {
            body: unique,
            headers: { 'idempotency-key': 'key-1' },
          })
        ).headers['idempotency-replayed'],
        undefined,
      );

      const agent = await newAgent(tenant);
      const patched = await update(agent, 'Once', { 'idempotency-key': 'key-2' });
      await update(agent, 'Meanwhile');
      const replayed = await update(agent, 'Once', { 'idempotency-key': 'key-2' });
      assert.deepEqual([replayed.status, replayed.text], [patched.status, patched.text]);
      assert.equal((await hub(tenant, agent)).body['name'], 'Meanwhile');

      const refused = await update(agent, '', { 'idempotency-key': 'key-3' });
      assert.deepEqual(
        comparable((await update(agent, '', { 'idempotency-key': 'key-3' })).text),
        comparable(refused.text),
      );
    });

    test('of two parallel requests with one key, one is done and the other does not wait', async () => {
      const agents = await dialect.create.list(tenant);
      const body = { ...dialect.create.body, [dialect.text]: 'Twins' };
      const both = await Promise.all(
        [1, 2].map(() =>
          tenant.ask(name, 'POST', dialect.create.path, { body, headers: { 'idempotency-key': 'twins' } }),
        ),
      );
      const statuses = both.map((answer) => answer.status).sort();
      assert.equal(statuses[0], 201);
      assert.ok(statuses[1] === 409 || statuses[1] === 201, String(statuses));
      assert.equal(await dialect.create.list(tenant), agents + 1);
    });
  });
}

test('an idempotency key is kept for 24 hours', async () => {
  const tenant = await parlance.workspace();
  const create = () =>
    tenant.ask('native', 'POST', '/agents', { body: { name: 'Daily' }, headers: { 'idempotency-key': 'daily' } });
  const first = await create();
  clock = new Date(clock.getTime() + 23 * 3_600_000);
  assert.equal((await create()).body['id'], first.body['id']);
  clock = new Date(clock.getTime() + 3_600_001);
  assert.notEqual((await create()).body['id'], first.body['id']);
});

test('a key whose first request was interrupted by a crash is not used again', async () => {
  const tenant = await parlance.workspace();
  const { store } = parlance.app;
  const request = { body: { name: 'Broken' }, headers: { 'idempotency-key': 'broken' } };
  await tenant.ask('native', 'POST', '/agents', request);
  // A crash leaves the key claimed and without an answer.
  await store.engine.write({
    statements: [
      {
        sql: `update idempotency set status = null, headers = null, body = null where workspace_id = '${tenant.id}'`,
        parameters: [],
      },
    ],
  });
  const running = await tenant.ask('native', 'POST', '/agents', request);
  assert.deepEqual([running.status, running.body['code']], [409, 'idempotency_running']);
  clock = new Date(clock.getTime() + 61_000);
  const unknown = await tenant.ask('native', 'POST', '/agents', request);
  assert.deepEqual([unknown.status, unknown.body['code']], [409, 'idempotency_unknown']);
  assert.equal(await count(tenant), 1);
});

test('a native receipt lists the changed and unchanged fields and the new revision', async () => {
  const tenant = await parlance.workspace();
  const agent = await newAgent(tenant, { description: 'same' });
  const { body } = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
    body: { description: 'same', role: 'new', metadata: { a: 1 } },
  });
  assert.deepEqual(body['receipt'], {
    revision: 2,
    changed: ['/role', '/metadata'],
    unchanged: ['/description'],
    ignored: [],
    liveConversations: 0,
  });
  const back = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, { body });
  assert.equal(back.status, 200, back.text);
  assert.equal((back.body['receipt'] as JsonObject)['revision'], 2);
});

test('a workspace can require If-Match', async () => {
  const tenant = await parlance.workspace();
  const agent = await newAgent(tenant);
  const caller = { ...(await parlance.app.services.access.byKey(tenant.keys.native, 'native')) };
  await parlance.app.services.settings.update(caller, tenant.id, { preconditions: 'required' });
  const without = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, { body: { name: 'X' } });
  assert.deepEqual([without.status, without.body['code']], [428, 'precondition_required']);
  assert.equal(
    (
      await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
        body: { name: 'X' },
        headers: { 'if-match': '"1"' },
      })
    ).status,
    200,
  );
  assert.equal(
    (await tenant.ask('kejue', 'PATCH', `/agents/${agent.id}`, { body: { name: 'Y' } })).status,
    200,
    'other dialects do not require it',
  );
});

describe('JSON Patch', async () => {
  const tenant = await parlance.workspace();
  const patch = (agent: TestAgent, operations: unknown) =>
    tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
      raw: JSON.stringify(operations),
      headers: { 'content-type': 'application/json-patch+json' },
    });

  test('one tool can be added without the others', async () => {
    const agent = await newAgent(tenant, { tools: [{ name: 'hang_up' }] });
    const { status, text, body } = await patch(agent, [
      { op: 'add', path: '/tools/-', value: { name: 'warm_transfer' } },
    ]);
    assert.equal(status, 200, text);
    assert.deepEqual(
      (body['tools'] as JsonObject[]).map((tool) => tool['name']),
      ['hang_up', 'warm_transfer'],
    );
  });

  test('@default names the default profile, and a failed test changes nothing', async () => {
    const agent = await newAgent(tenant, { profiles: { '@default': { greeting: { text: 'Hi' } } } });
    const failed = await patch(agent, [
      { op: 'replace', path: '/name', value: 'Never' },
      { op: 'test', path: '/profiles/@default/greeting/text', value: 'Hello' },
    ]);
    assert.equal(failed.status, 412, failed.text);
    const done = await patch(agent, [
      { op: 'test', path: '/profiles/@default/greeting/text', value: 'Hi' },
      { op: 'replace', path: '/profiles/@default/greeting/text', value: 'Hello' },
      { op: 'remove', path: '/profiles/@default/greeting/text' },
    ]);
    assert.equal(done.status, 200, done.text);
    const [profile] = Object.values(done.body['profiles'] as Record<string, JsonObject>);
    assert.equal((profile!['greeting'] as JsonObject)['text'], undefined);
    assert.equal(done.body['name'], 'Before');
  });

  test('read-only and unknown paths are refused', async () => {
    const agent = await newAgent(tenant);
    for (const operations of [
      [{ op: 'replace', path: '/revision', value: 7 }],
      [{ op: 'remove', path: '/nothing/here' }],
      [{ op: 'explode', path: '/name' }],
      [{ path: '/name' }],
      ['name'],
      [{ op: 'add', path: '/unknown', value: 1 }],
      [{ op: 'remove', path: '/name' }],
    ]) {
      const { status, text } = await patch(agent, operations);
      assert.ok(status === 422, `${status} ${text}`);
    }
    assert.equal((await hub(tenant, agent)).body['revision'], 1);
  });
});

test('a stored answer with a secret can be read only by repeating the request', async () => {
  const tenant = await parlance.workspace();
  const create = () =>
    tenant.ask('native', 'POST', '/keys', { body: { dialect: 'kejue' }, headers: { 'idempotency-key': 'new-key' } });
  const first = await create();
  const key = String(first.body['key']);
  const rows = await parlance.app.store.engine.read({
    sql: `select * from idempotency where workspace_id = '${tenant.id}'`,
    parameters: [],
  });
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(key.slice(9)), 'the key can be read in the database');
  assert.equal((await create()).body['key'], key);
});
