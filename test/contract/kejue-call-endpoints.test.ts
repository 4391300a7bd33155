/** Endpoints in the `config` of a Kejue call: they receive the events of that call only, and no answer shows them. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../../src/lib/values.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';
import { openReceiver, type ReceivedRequest, respondWith } from '../webhooks/receiver.ts';

const databaseUrl = await ownDatabase();
const VOICE = { name: 'Ana', language_locale: 'en-GB', prompt: 'Be kind.', first_message: 'Good day.' };
const [ALL, END] = ['the secret for all events', 'the secret for the end'];

async function open() {
  const clock = createClock('2026-03-02T15:00:00.000Z');
  const environment = { PARLANCE_ALLOW_PRIVATE_TARGETS: '1', ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
  const options = { now: clock.now, random: () => 1, telephony: { setTimer: clock.setTimer, pollMs: 600_000 } };
  const parlance = await openTestServer(environment, options);
  const { services, store } = parlance.app;
  const { outbox } = services;
  services.dialer.start((error) => {
    throw error;
  });
  const tenant = await parlance.workspace();
  const ask = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const answer = await tenant.ask('kejue', method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, `${method} ${path} ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const { id } = await ask('POST', '/agents', { name: 'Ana', voice_config: VOICE });
  const calls = `/agents/${id}/calls`;
  const { id: zoe } = await ask('POST', '/contacts', { phone: '+442071838750', first_name: 'Zoe' });
  const until = (time: string) => clock.run(new Date(time), { idle: () => services.dialer.quiet() });
  const deliver = async () => {
    await services.chainWriter.chainDue();
    await outbox.tick();
    while (await services.analysis.work());
    await services.chainWriter.chainDue();
    await outbox.tick();
  };
  return {
    tenant,
    ask,
    store,
    outbox,
    clock,
    calls,
    newTenant: () => parlance.workspace(),
    call: (config: JsonObject = {}) => ask('POST', calls, { contact_id: zoe, config }),
    zoe,
    until,
    deliver,
    /** Runs the minute in two steps, because events that are due together are sent together. */
    async runCall(minute: string) {
      for (const seconds of ['10', '59']) {
        await until(`${minute}:${seconds}.000Z`);
        await deliver();
      }
    },
    /** The stored endpoints of a call. */
    async rows(callId: unknown) {
      return (await store.webhooks.ofCalls(tenant.id, [String(callId)], [])).get(String(callId)) ?? [];
    },
  };
}

const eventsOf = (heard: readonly ReceivedRequest[]): unknown[] =>
  heard.map(({ body }) => {
    const { event, data } = JSON.parse(body) as { event: string; data: JsonObject };
    return [event, data['job_id']];
  });

function assertSigned({ headers, body }: ReceivedRequest, secret: string): void {
  const text = `${headers['x-kejue-timestamp']}.${body}`;
  const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
  assert.equal(headers['x-kejue-signature'], signature);
}

test("a call's endpoints receive its events from start to analysis, and no other call's", async () => {
  const { call, runCall, deliver, ask } = await open();
  const [all, end, unsigned, workspace] = await Promise.all([1, 2, 3, 4].map(() => openReceiver()));
  const own = await call({
    ...{ server_url: all!.url, server_secret: ALL },
    webhooks: [
      { url: end!.url, events: ['call.ended', 'contact.updated'], signing_method: 'hmac_sha256', secret: END },
      { url: unsigned!.url, events: ['call.*'], secret: null },
    ],
  });
  await runCall('2026-03-02T15:00');
  // Events of contacts and of other calls do not reach them.
  const { id: hook } = await ask('POST', '/webhooks', { url: workspace!.url, events: ['*'] });
  await ask('PATCH', `/contacts/${own['contact_id']}`, { first_name: 'Zoey' });
  await deliver();
  const plain = await call();
  await runCall('2026-03-02T15:01');
  const events = ['call.started', 'call.ended', 'call.analyzed'];
  assert.deepEqual(
    eventsOf(all!.received),
    events.map((event) => [event, own['id']]),
  );
  for (const heard of all!.received) assertSigned(heard, ALL);
  assert.deepEqual(eventsOf(end!.received), [['call.ended', own['id']]]);
  assertSigned(end!.received[0]!, END);
  assert.deepEqual(eventsOf(unsigned!.received), eventsOf(all!.received));
  assert.ok(unsigned!.received.every(({ headers }) => headers['x-kejue-signature'] === undefined));
  assert.deepEqual(eventsOf(workspace!.received), [
    ['contact.updated', undefined],
    ...events.map((event) => [event, plain['id']]),
  ]);
  // Their events have the same fields as those of the workspace's webhooks.
  const [mine, theirs] = [all!, workspace!].map(
    ({ received: heard }) => JSON.parse(heard.at(-1)!.body).data as JsonObject,
  );
  assert.deepEqual(Object.keys(mine!), Object.keys(theirs!));
  const hooks = (await ask('GET', '/webhooks')) as unknown as JsonObject[];
  assert.deepEqual(
    hooks.map(({ id }) => id),
    [hook],
  );
});

test('they are not webhooks of the workspace, and no answer shows them or their secrets', async () => {
  const { tenant, newTenant, calls, zoe, rows } = await open();
  const { url } = await openReceiver();
  const config = { server_url: `${url}/mine`, server_secret: ALL };
  const created = await tenant.ask('kejue', 'POST', calls, { body: { contact_id: zoe, config } });
  assert.equal(created.status, 201, created.text);
  const { id } = created.body;
  const [row] = await rows(id);
  assert.ok(row);
  const other = await newTenant();
  const requests: [Tenant, 'kejue' | 'native', string, string][] = [tenant, other].flatMap((who) => [
    [who, 'kejue', 'GET', `/webhooks/${row.id}`],
    [who, 'kejue', 'PATCH', `/webhooks/${row.id}`],
    [who, 'native', 'GET', `/webhooks/${row.id}`],
    [who, 'native', 'GET', `/webhooks/${row.id}/deliveries`],
    [who, 'native', 'DELETE', `/webhooks/${row.id}`],
  ]);
  for (const [who, dialect, method, path] of requests) {
    const body = method === 'PATCH' ? { body: { url } } : {};
    assert.equal((await who.ask(dialect, method, path, body)).status, 404, `${dialect} ${method} ${path}`);
  }
  const answers = await Promise.all([
    ...[`/calls/${id}`, '/calls', '/webhooks'].map((path) => tenant.ask('kejue', 'GET', path)),
    ...[`/calls/${id}`, '/webhooks', '/audit'].map((path) => tenant.ask('native', 'GET', path)),
  ]);
  for (const { status, text } of [created, ...answers]) {
    assert.ok(status < 300, text);
    assert.ok(!text.includes(ALL) && !text.includes('/mine'), text);
  }
  assert.equal((await rows(id)).length, 1);
});

test('refused requests and dry runs store no endpoints', async () => {
  const { tenant, calls, zoe, store, deliver, until } = await open();
  const receiver = await openReceiver();
  const body = { contact_id: zoe, config: { webhooks: [{ url: receiver.url, events: ['*'] }] } };
  const wrong = { ...body, config: { ...body.config, server_url: 'http://me:you@hooks.example' } };
  const refused = await tenant.ask('kejue', 'POST', calls, { body: wrong });
  assert.deepEqual([refused.status, refused.body['code']], [422, 'VALIDATION_ERROR']);
  const dryRun = await tenant.ask('kejue', 'POST', calls, { body, headers: { 'Parlance-Dry-Run': '1' } });
  assert.equal(dryRun.status, 201, dryRun.text);
  const found = await store.webhooks.ofCalls(tenant.id, [String(dryRun.body['id'])], []);
  assert.equal(found.size, 0);
  // A call to a contact on the do-not-call list is refused and sends no event.
  const blocked = await tenant.ask('native', 'POST', '/do-not-call', { body: { phones: ['+442071838750'] } });
  assert.equal(blocked.status, 204, blocked.text);
  const refusedCall = await tenant.ask('kejue', 'POST', calls, { body });
  assert.equal(refusedCall.status, 409, refusedCall.text);
  await until('2026-03-02T15:05:00.000Z');
  await deliver();
  assert.deepEqual(receiver.received, []);
});

test('an endpoint that answers 410 receives no retries and leaves no audit entry', async () => {
  const { tenant, call, runCall, rows } = await open();
  const gone = await openReceiver(respondWith(410));
  const own = await call({ server_url: gone.url });
  await runCall('2026-03-02T15:00');
  // One delivery per event, without retries.
  assert.deepEqual(
    eventsOf(gone.received).map((one) => (one as unknown[])[0]),
    ['call.started', 'call.ended', 'call.analyzed'],
  );
  const [row] = await rows(own['id']);
  assert.deepEqual([row?.enabled, row?.failures], [true, 3]);
  const { text } = await tenant.ask('native', 'GET', '/audit');
  assert.ok(!text.includes('webhook.'), text);
});

test('endpoints are deleted some time after their call; those of waiting calls and of the workspace stay', async () => {
  const { ask, call, until, deliver, rows, store, outbox, clock, calls, zoe } = await open();
  const { url } = await openReceiver();
  const own = await call({ server_url: url });
  const later = { contact_id: zoe, schedule_at: '2026-03-09T10:00:00Z', config: { server_url: url } };
  const waiting = await ask('POST', calls, later);
  const { id: hook } = await ask('POST', '/webhooks', { url, events: ['*'] });
  await until('2026-03-02T15:02:00.000Z');
  await deliver();
  const { ended_at } = await ask('GET', `/calls/${own['id']}`);
  await store.webhooks.prune(String(ended_at));
  assert.equal((await rows(own['id'])).length, 1, 'not yet');
  // The outbox deletes old endpoints when it starts.
  await until('2026-03-04T15:02:00.000Z');
  outbox.start((error) => {
    throw error;
  });
  for (let i = 0; i < 100 && (await rows(own['id'])).length > 0; i += 1) await setTimeout(20);
  await outbox.stop();
  assert.equal((await rows(own['id'])).length, 0);
  await store.webhooks.prune(clock.now().toISOString());
  assert.equal((await rows(waiting['id'])).length, 1);
  assert.equal((await ask('GET', `/webhooks/${hook}`))['url'], url);
});
