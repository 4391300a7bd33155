/** From an accepted write to the endpoint of a customer, whatever that endpoint answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import {
  chainEntries,
  isSigned,
  logOf,
  newAgent,
  newClock,
  newWebhook,
  ok,
  openReceiver,
  openSendingServer,
  ownDatabase,
  type Receiver,
  respondWith,
} from './receiver.ts';

const clock = newClock();
const parlance = await openSendingServer(await ownDatabase(), { now: clock.now });
const { outbox } = parlance.app.services;
const SECOND = 1000;
const HOUR = 3_600_000;

test('a change of an agent is delivered once, signed, to the webhooks that subscribe to it', async () => {
  const tenant = await parlance.workspace();
  const [all, some, nothing] = await Promise.all([openReceiver(), openReceiver(), openReceiver()]);
  const { secret } = await newWebhook(tenant, all.url);
  await newWebhook(tenant, some.url, { events: ['agent.deleted'] });
  await newWebhook(tenant, nothing.url, { events: ['*'], enabled: false });
  const agentId = await newAgent(tenant);
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { metadata: { tier: 'gold' } } });
  // An update that changes nothing is no event.
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { metadata: { tier: 'gold' } } });
  await tenant.ask('native', 'DELETE', `/agents/${agentId}`);
  assert.equal(await outbox.tick(), 0, 'nothing is delivered before it is chained');
  await chainEntries(parlance, tenant);
  assert.equal(await outbox.tick(), 4);
  assert.equal(await outbox.tick(), 0);

  const events = all.events();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['agent.created', 'agent.updated', 'agent.deleted'],
  );
  const updated = events[1]!;
  assert.equal(updated['timestamp'], clock.now().toISOString());
  const { by, ...data } = dataOf(updated);
  assert.match(String(by), /^key:/);
  assert.deepEqual(data, { agentId, revision: 2, changed: ['metadata'], via: 'native' });
  assert.deepEqual(
    some.events().map(({ type }) => type),
    ['agent.deleted'],
  );
  assert.deepEqual(nothing.received, []);

  for (const { headers, body } of all.received) {
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(new Webhook(secret).verify(body, headers as Record<string, string>), JSON.parse(body));
    assert.throws(() => new Webhook(secret).verify(body.replace('agent', 'Agent'), headers as Record<string, string>));
  }
  assert.equal(new Set(all.received.map(({ headers }) => headers['webhook-id'])).size, 3);
});
const dataOf = (event: Record<string, unknown>) => event['data'] as Record<string, unknown>;

test('the events of one agent are delivered in order, and do not wait for those of another', async () => {
  const tenant = await parlance.workspace();
  let answerFirst: (() => void) | undefined;
  const receiver = await openReceiver((response, { body }) => {
    if (body.includes('agent.created') && body.includes(first)) answerFirst = () => ok(response);
    else ok(response);
  });
  const { id } = await newWebhook(tenant, receiver.url);
  const [first, other] = [await newAgent(tenant), await newAgent(tenant, 'Bo')];
  for (const status of ['paused', 'active'])
    await tenant.ask('native', 'PATCH', `/agents/${first}`, { body: { status } });
  await chainEntries(parlance, tenant);
  const round = outbox.tick();
  await receiver.waitFor(2);
  assert.deepEqual(heardOf(receiver, other), ['agent.created 1']);
  assert.deepEqual(heardOf(receiver, first), ['agent.created 1'], 'later events wait for its answer');
  answerFirst!();
  await round;
  assert.deepEqual(heardOf(receiver, first), ['agent.created 1', 'agent.updated 2', 'agent.updated 3']);

  // Later events do not wait for the retry of a failed attempt.
  receiver.answer = respondWith(500);
  await tenant.ask('native', 'PATCH', `/agents/${first}`, { body: { status: 'paused' } });
  await tenant.ask('native', 'DELETE', `/agents/${first}`);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.deepEqual(heardOf(receiver, first).slice(3), ['agent.updated 4', 'agent.deleted 5']);
  assert.deepEqual(
    (await logOf(tenant, id)).slice(0, 2).map(({ state, attempts }) => [state, attempts]),
    [
      ['waiting', 1],
      ['waiting', 1],
    ],
  );
  await tenant.ask('native', 'DELETE', `/webhooks/${id}`);
  clock.forward(HOUR);
  await outbox.tick();
});
const heardOf = (receiver: Receiver, agentId: string): string[] =>
  receiver
    .events()
    .filter((event) => dataOf(event)['agentId'] === agentId)
    .map((event) => `${event['type']} ${dataOf(event)['revision']}`);

test('the next event does not wait longer than ten seconds for an answer', async () => {
  const tenant = await parlance.workspace();
  const waiting: (() => void)[] = [];
  const receiver = await openReceiver((response) => waiting.push(() => ok(response)));
  await newWebhook(tenant, receiver.url);
  const agentId = await newAgent(tenant);
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { status: 'paused' } });
  await chainEntries(parlance, tenant);
  const rounds = [outbox.tick()];
  await receiver.waitFor(1);
  clock.forward(10 * SECOND);
  rounds.push(outbox.tick());
  await receiver.waitFor(2);
  assert.deepEqual(heardOf(receiver, agentId), ['agent.created 1', 'agent.updated 2']);
  for (const answer of waiting) answer();
  await Promise.all(rounds);
});

test('events reach only the webhooks of their own workspace', async () => {
  const [tenant, other] = [await parlance.workspace(), await parlance.workspace()];
  const receiver = await openReceiver();
  await newWebhook(other, receiver.url, { events: ['*'] });
  await chainEntries(parlance, other);
  await outbox.tick();
  const before = receiver.received.length;
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.equal(receiver.received.length, before);
});

test('a failed delivery is retried with growing delays for a day, under the same id, and then fails', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(respondWith(500));
  const { id } = await newWebhook(tenant, receiver.url);
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  const delays: number[] = [];
  for (;;) {
    assert.equal(await outbox.tick(), 1);
    const [logged] = await logOf(tenant, id);
    assert.equal(logged!.attempts, receiver.received.length);
    assert.equal(logged!.error, 'The endpoint answered 500.');
    if (logged!.state === 'failed') break;
    const delay = Date.parse(logged!.nextAttemptAt!) - clock.now().getTime();
    delays.push(delay / SECOND);
    clock.forward(delay - 1);
    assert.equal(await outbox.tick(), 0, 'not a millisecond early');
    clock.forward(1);
  }
  assert.deepEqual(delays.slice(0, 8), [5, 15, 45, 135, 405, 1215, 3645, 10_935]);
  assert.ok(delays.slice(8, -1).every((delay) => delay === 4 * 3600));
  assert.equal(
    delays.reduce((sum, delay) => sum + delay, 0),
    24 * 3600,
  );
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
  clock.forward(48 * HOUR);
  assert.equal(await outbox.tick(), 0);
});

test('Retry-After is honoured', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(respondWith(503, { 'Retry-After': '600' }));
  const { id } = await newWebhook(tenant, receiver.url);
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const [logged] = await logOf(tenant, id);
  assert.equal(Date.parse(logged!.nextAttemptAt!) - clock.now().getTime(), 600 * SECOND);
  receiver.answer = ok;
  clock.forward(600 * SECOND);
  await outbox.tick();
  assert.deepEqual(
    (await logOf(tenant, id)).map(({ state, attempts, status, error }) => ({ state, attempts, status, error })),
    [{ state: 'delivered', attempts: 2, status: 204, error: null }],
  );
  const { body } = await tenant.ask('native', 'GET', `/webhooks/${id}`);
  assert.deepEqual(
    [body['failures'], body['failingSince'], body['lastError'], body['deliveries'], body['failedDeliveries']],
    [0, null, null, 1, 0],
  );
});

test('every bad answer is one failed attempt, and the log says what happened', async () => {
  const elsewhere = await openReceiver();
  const cases = [
    [respondWith(404), 404, 'The endpoint answered 404.'],
    [respondWith(302, { Location: elsewhere.url }), 302, 'The endpoint answered 302; redirects are not followed.'],
    [respondWith(307, { Location: elsewhere.url }), 307, 'The endpoint answered 307; redirects are not followed.'],
    [(response) => response.destroy(), null, 'The connection was closed before the answer.'],
    [(response) => response.socket?.end('hello\r\n\r\n'), null, 'The answer is not HTTP.'],
    // It never answers; the attempt ends after the timeout of the webhook.
    [() => {}, null, 'There was no answer within 1000 ms.'],
  ] as [Parameters<typeof openReceiver>[0], number | null, string][];
  const tenant = await parlance.workspace();
  const webhooks = await Promise.all(
    cases.map(async ([answer]) => newWebhook(tenant, (await openReceiver(answer)).url, { timeoutMs: 1000 })),
  );
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  assert.equal(await outbox.tick(), cases.length);
  for (const [i, [, status, error]] of cases.entries()) {
    const [logged] = await logOf(tenant, webhooks[i]!.id);
    assert.deepEqual([logged!.state, logged!.status, logged!.error], ['waiting', status, error]);
  }
  assert.deepEqual(elsewhere.received, [], 'the redirect was not followed');
});

test('an endpoint that answers 200 with an endless body has accepted', async () => {
  const tenant = await parlance.workspace();
  let closed: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const receiver = await openReceiver((response) => {
    response.on('close', () => closed?.());
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(1000)));
      if (!response.destroyed) response.once('drain', write);
    };
    response.writeHead(200);
    write();
  });
  const { id } = await newWebhook(tenant, receiver.url);
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.equal((await logOf(tenant, id))[0]!.state, 'delivered');
  await ended;
});

test('an endpoint that answers 410 is disabled at once, and the others get an event', async () => {
  const tenant = await parlance.workspace();
  const [gone, other] = await Promise.all([openReceiver(respondWith(410)), openReceiver()]);
  const { id } = await newWebhook(tenant, gone.url, { events: ['*'] });
  await newWebhook(tenant, other.url, { events: ['webhook.disabled'] });
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const [warning, ...more] = other.events();
  assert.deepEqual(more, []);
  assert.equal(warning!['type'], 'webhook.disabled');
  const { reason } = dataOf(warning!);
  assert.deepEqual(dataOf(warning!), {
    ...{ id, revision: null, changed: [], reason, by: 'system', via: 'native' },
  });
  assert.equal(reason, 'The endpoint answered 410 Gone.');
  const { body } = await tenant.ask('native', 'GET', `/webhooks/${id}`);
  assert.deepEqual([body['enabled'], body['disabledReason']], [false, reason]);
  const count = gone.received.length;
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.equal(gone.received.length, count, 'a disabled endpoint gets no more deliveries');
});

test('an endpoint that fails for a day is disabled; enabling it resets its counts', async () => {
  const tenant = await parlance.workspace();
  const [broken, other] = await Promise.all([openReceiver(respondWith(500)), openReceiver()]);
  const { id } = await newWebhook(tenant, broken.url);
  await newWebhook(tenant, other.url, { events: ['webhook.*'] });
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const state = async () => (await tenant.ask('native', 'GET', `/webhooks/${id}`)).body;
  // Thirty failures within a short time do not disable it: it may recover within the hour.
  for (let i = 0; i < 30; i += 1) await newAgent(tenant, `Agent ${i}`);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.equal((await state())['enabled'], true);
  assert.equal((await state())['failures'], 30);
  clock.forward(24 * HOUR);
  await outbox.tick();
  const { enabled, disabledReason } = await state();
  assert.equal(enabled, false);
  assert.match(String(disabledReason), /^The last \d+ attempts failed, the first of them at /);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const warnings = other.events().filter(({ type }) => type === 'webhook.disabled');
  assert.equal(warnings.length, 1, 'one event, although many attempts failed at the same time');

  broken.answer = ok;
  await tenant.ask('native', 'PATCH', `/webhooks/${id}`, { body: { enabled: true } });
  const { failures, failingSince, disabledAt, lastError } = await state();
  assert.deepEqual([failures, failingSince, disabledAt, lastError], [0, null, null, null]);
});

test('a delivery can be replayed: the same event, the same id, another entry in the log', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const { id } = await newWebhook(tenant, receiver.url);
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const [first] = await logOf(tenant, id);
  const { status, body } = await tenant.ask('native', 'POST', `/webhooks/${id}/deliveries/${first!.id}/replay`);
  assert.equal(status, 202);
  assert.equal(body['state'], 'waiting');
  await outbox.tick();
  assert.equal(receiver.received.length, 2);
  assert.equal(receiver.received[0]!.body, receiver.received[1]!.body);
  assert.equal(receiver.received[0]!.headers['webhook-id'], receiver.received[1]!.headers['webhook-id']);
  const log = await logOf(tenant, id);
  assert.deepEqual(
    log.map(({ state, eventId }) => [state, eventId]),
    [
      ['delivered', first!.eventId],
      ['delivered', first!.eventId],
    ],
  );
});

test('a test is sent at once, also to a disabled webhook, and is never repeated', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(respondWith(500));
  const { id, secret } = await newWebhook(tenant, receiver.url, { enabled: false });
  const failed = await tenant.ask('native', 'POST', `/webhooks/${id}/test`);
  assert.equal(failed.status, 200);
  assert.deepEqual([failed.body['state'], failed.body['status']], ['failed', 500]);
  receiver.answer = ok;
  const { body } = await tenant.ask('native', 'POST', `/webhooks/${id}/test`);
  assert.deepEqual([body['state'], body['status'], body['type']], ['delivered', 204, 'webhook.test']);
  assert.ok(isSigned(receiver.received[1]!, secret));
  clock.forward(24 * HOUR);
  assert.equal(await outbox.tick(), 0);
  const dry = await tenant.ask('native', 'POST', `/webhooks/${id}/test`, { headers: { 'parlance-dry-run': '1' } });
  assert.equal(dry.body['error'], 'A dry run sends nothing.');
  assert.equal(receiver.received.length, 2);
  assert.equal((await logOf(tenant, id)).length, 2);
});

test('deliveries to a removed or disabled webhook are not sent', async () => {
  const tenant = await parlance.workspace();
  const [removed, off] = await Promise.all([openReceiver(), openReceiver()]);
  const webhooks = [await newWebhook(tenant, removed.url), await newWebhook(tenant, off.url)] as const;
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await tenant.ask('native', 'DELETE', `/webhooks/${webhooks[0].id}`);
  await tenant.ask('native', 'PATCH', `/webhooks/${webhooks[1].id}`, { body: { enabled: false } });
  await outbox.tick();
  assert.deepEqual([...removed.received, ...off.received], []);
  const [logged] = await logOf(tenant, webhooks[1].id);
  assert.deepEqual(
    [logged!.state, logged!.error],
    ['failed', 'The webhook is disabled; enable it and replay the delivery.'],
  );
  assert.equal((await tenant.ask('native', 'GET', `/webhooks/${webhooks[0].id}/deliveries`)).status, 404);
});

test('a secret is answered when it is created and never again; a new one is in force at once', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const { id, secret } = await newWebhook(tenant, receiver.url, { events: ['*'] });
  const { body: rotated } = await tenant.ask('native', 'POST', `/webhooks/${id}/rotate-secret`);
  const fresh = String(rotated['secret']);
  assert.notEqual(fresh, secret);
  await tenant.ask('native', 'PATCH', `/webhooks/${id}`, { body: { description: 'Mine' } });
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.ok(receiver.received.every((one) => isSigned(one, fresh)));
  const answers = await Promise.all(
    ['/webhooks', `/webhooks/${id}`, `/webhooks/${id}/deliveries`, '/audit'].map((path) =>
      tenant.ask('native', 'GET', path),
    ),
  );
  const auditLog = await parlance.app.store.auditLog.list(tenant.id, {}, 1000);
  assert.ok(auditLog.some(({ action }) => action === 'webhook.secret_rotated'));
  const texts = [
    ...answers.map(({ text }) => text),
    JSON.stringify(auditLog),
    ...receiver.received.map(({ body }) => body),
  ];
  for (const text of texts) for (const value of [secret, fresh]) assert.ok(!text.includes(value.slice(6)));
});
