/** The history of agents, where a fixture is not enough: time, parallel writers and the deletion of old revisions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pruneBatchSize } from '../../src/agents/retention.ts';
import { openTestServer, type Tenant } from '../harness.ts';

let at = new Date('2030-01-01T00:00:00Z');
const parlance = await openTestServer({}, { now: () => at });
const advance = (days: number) => {
  at = new Date(at.getTime() + days * 86_400_000);
  return at.toISOString();
};

interface ExplainedValue {
  value: unknown;
  from: string;
  revision?: number;
  at?: string;
  by?: string;
}
interface AnswerBody {
  id: string;
  revision: number;
  role: string;
  metadata: object;
  callSettings: object;
  data: { number: number }[];
  label: { variables: object };
  settings: Record<string, ExplainedValue & { value: { end?: string }; parts: Record<string, ExplainedValue> }>;
  profile: { values: Record<string, ExplainedValue> };
}

async function ask(tenant: Tenant, method: string, path: string, body?: unknown): Promise<AnswerBody> {
  const answer = await tenant.ask('native', method, path, { body });
  assert.ok(answer.status < 300, `${method} ${path} answered ${answer.text}`);
  return answer.body as unknown as AnswerBody;
}
async function newAgent(tenant: Tenant, draft = {}) {
  const { id } = await ask(tenant, 'POST', '/agents', { name: 'Ana', ...draft });
  return `/agents/${id}`;
}
const revisionsOf = async (tenant: Tenant, path: string): Promise<number[]> =>
  (await ask(tenant, 'GET', `${path}/revisions?limit=200`)).data.map(({ number }) => number);

test('complaint: there is no record of why the agent behaved so on Tuesday', async () => {
  const tenant = await parlance.workspace();
  const settings = `/workspaces/${tenant.id}/settings`;
  const path = await newAgent(tenant, { profiles: { '@default': { greeting: { text: 'Hi' } } } });
  const monday = advance(1);
  await ask(tenant, 'PATCH', settings, { callSettings: { window: { end: '22:00' } } });
  const tuesday = advance(1);
  await tenant.ask('kejue', 'PATCH', path, { body: { call_settings: { auto_retry: true } } });
  const wednesday = advance(1);
  await ask(tenant, 'PATCH', settings, { callSettings: { window: { end: '18:00' }, autoRetry: false } });
  await ask(tenant, 'PATCH', path, {
    callSettings: { autoRetry: null },
    profiles: { '@default': { greeting: { text: 'Hello' } } },
  });
  advance(1);

  const onTuesday = await ask(tenant, 'GET', `${path}/explain?at=${tuesday}`);
  assert.equal(onTuesday.revision, 2);
  const [retry, window] = [onTuesday.settings['callSettings.autoRetry']!, onTuesday.settings['callSettings.window']!];
  assert.deepEqual([retry.value, retry.from, retry.revision, retry.at], [true, 'agent', 2, tuesday]);
  const { id } = (await parlance.app.store.accounts.keys(tenant.id)).find((key) => key.dialect === 'kejue')!;
  assert.equal(retry.by, `key:${id}`);
  const end = window.parts['end']!;
  assert.deepEqual([end.value, end.from, end.revision, end.at], ['22:00', 'workspace', 1, monday]);
  assert.equal(onTuesday.profile.values['greeting.text']?.value, 'Hi');

  const today = await ask(tenant, 'GET', `${path}/explain`);
  const [retryNow, windowNow] = [today.settings['callSettings.autoRetry']!, today.settings['callSettings.window']!];
  assert.deepEqual([retryNow.value, retryNow.from, retryNow.at], [false, 'workspace', wednesday]);
  assert.equal(windowNow.value.end, '18:00');
  assert.deepEqual((await ask(tenant, 'GET', `${settings}?at=${tuesday}`)).callSettings, {
    window: { end: '22:00' },
  });
});

test('complaint: an update wiped settings that it did not name (a label that moves keeps its variables)', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant);
  await ask(tenant, 'PATCH', path, { role: 'Seller' });
  await ask(tenant, 'PUT', `${path}/labels/production`, { revision: 1, variables: { shop: 'Bern' } });
  await ask(tenant, 'PUT', `${path}/labels/production`, { revision: 2 });
  const { label, role } = await ask(tenant, 'GET', `${path}?label=production`);
  assert.deepEqual([label.variables, role], [{ shop: 'Bern' }, 'Seller']);
});

test('complaint: a setting is accepted and does nothing (revisionsKept)', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant);
  await ask(tenant, 'PUT', `${path}/labels/first`, { revision: 1 });
  for (let i = 0; i < 6; i += 1) await ask(tenant, 'PATCH', path, { metadata: { i } });
  assert.deepEqual(await revisionsOf(tenant, path), [7, 6, 5, 4, 3, 2, 1]);
  await ask(tenant, 'PATCH', `/workspaces/${tenant.id}/settings`, { revisionsKept: 3 });
  // A dry run deletes no revisions.
  const dryRun = { body: { role: 'Seller' }, headers: { 'parlance-dry-run': '1' } };
  assert.equal((await tenant.ask('native', 'PATCH', path, dryRun)).status, 200);
  assert.equal((await revisionsOf(tenant, path)).length, 7);
  await ask(tenant, 'PATCH', path, { role: 'Seller' });
  for (let i = 0; i < 100 && (await revisionsOf(tenant, path)).length > 4; i += 1) await sleep(20);
  assert.deepEqual(await revisionsOf(tenant, path), [8, 7, 6, 1]);
  assert.deepEqual((await ask(tenant, 'GET', `${path}?label=first`)).metadata, {});
  assert.equal((await ask(tenant, 'GET', path)).revision, 8);
});

test('complaint: a setting is accepted and does nothing (preconditions)', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant);
  await ask(tenant, 'PATCH', `/workspaces/${tenant.id}/settings`, { preconditions: 'required' });
  const bare = await tenant.ask('native', 'POST', `${path}/rollback`, { body: { to: 1 } });
  assert.deepEqual([bare.status, bare.body['code']], [428, 'precondition_required']);
  const withRevision = await tenant.ask('native', 'POST', `${path}/rollback`, {
    body: { to: 1 },
    headers: { 'if-match': '"1"' },
  });
  assert.equal(withRevision.status, 200);
});

test('complaint: two people edit, one edit disappears (a rollback does not undo changes that its client has not read)', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant, { role: 'One' });
  await ask(tenant, 'PATCH', path, { role: 'Two' });
  await ask(tenant, 'PATCH', path, { description: 'Changed meanwhile' });
  const answer = await tenant.ask('native', 'POST', `${path}/rollback`, {
    body: { to: 1 },
    headers: { 'if-match': '"2"' },
  });
  assert.deepEqual([answer.status, answer.body['pointer']], [412, '/description']);
  assert.equal((await ask(tenant, 'GET', path)).revision, 3);
});

test('an explanation does not attribute a value of a deleted revision to an older one', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant);
  for (const autoRetry of [true, false, null, true])
    await ask(tenant, 'PATCH', path, { callSettings: { autoRetry }, metadata: { autoRetry } });
  await ask(tenant, 'PATCH', path, { role: 'Seller', callSettings: { phoneAssignmentMode: 'local' } });
  const explained = async () => (await ask(tenant, 'GET', `${path}/explain`)).settings['callSettings.autoRetry']!;
  assert.equal((await explained()).revision, 5);
  await ask(tenant, 'DELETE', `${path}/revisions/5`);
  // Revision 4 unset the value, so no remaining revision explains it.
  assert.deepEqual(await explained(), { value: true, from: 'agent', shadowed: [{ value: false, from: 'system' }] });
});

test('an answer is not 304 when only the settings or a label changed', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant);
  await ask(tenant, 'PUT', `${path}/labels/production`, { revision: 1, variables: { a: 1 } });
  const headers = { 'if-none-match': '"1"' };
  for (const read of [`${path}/explain`, `${path}?label=production`, `${path}/labels`, `${path}/revisions`]) {
    const { status, headers: answered } = await tenant.ask('native', 'GET', read, { headers });
    assert.deepEqual([status, answered.etag], [200, undefined], read);
  }
});

test('parallel rollbacks and writes: every revision is complete, and none is lost', async () => {
  const tenant = await parlance.workspace();
  const path = await newAgent(tenant, { role: 'One' });
  await ask(tenant, 'PATCH', path, { role: 'Two' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0
        ? tenant.ask('native', 'POST', `${path}/rollback`, { body: { to: 1 + (i % 4) / 2 } })
        : tenant.ask('native', 'PATCH', path, { body: { metadata: { [`k${i}`]: i } } }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const { revision } = await ask(tenant, 'GET', path);
  assert.deepEqual(
    await revisionsOf(tenant, path),
    Array.from({ length: revision }, (_, i) => revision - i),
  );
});

test('old revisions are deleted in batches; one by one where few are kept', () => {
  assert.deepEqual([1, 3, 20, 100, 1_000_000].map(pruneBatchSize), [1, 1, 2, 10, 50]);
});
