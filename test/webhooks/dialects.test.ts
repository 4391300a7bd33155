/** What receivers of each dialect check: its envelope and its signature. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ayra } from '../../src/webhooks/signatures.ts';
import {
  chainEntries,
  isSigned,
  newClock,
  ok,
  openReceiver,
  openSendingServer,
  ownDatabase,
  respondWith,
} from './receiver.ts';

const clock = newClock();
const parlance = await openSendingServer(await ownDatabase(), { now: clock.now });
const { outbox } = parlance.app.services;
const hmac = (algorithm: string, secret: string, text: string) =>
  `${algorithm}=${createHmac(algorithm, secret).update(text).digest('hex')}`;

test("Kejue's endpoints receive contacts in its envelope, signed over time and body", async () => {
  const tenant = await parlance.workspace();
  const [receiver, other, persona] = [await openReceiver(), await openReceiver(), await openReceiver()];
  const secret = 'a secret of the customer';
  const { body: agent } = await tenant.ask('kejue', 'POST', '/agents', { body: { name: 'Ana' } });
  const made = await tenant.ask('kejue', 'POST', '/webhooks', {
    body: { url: receiver.url, events: ['contact.updated'], secret },
  });
  assert.equal(made.status, 201);
  for (const body of [
    { url: other.url, events: ['call.ended'] },
    { url: persona.url, events: ['*'], scope_type: 'persona', persona_id: agent['id'] },
  ])
    await tenant.ask('kejue', 'POST', '/webhooks', { body });
  const contact = { firstName: 'Ada', lastName: 'Lovelace', phone: '+15551234567' };
  const { body: created } = await tenant.ask('native', 'POST', '/contacts', { body: contact });
  await chainEntries(parlance, tenant);
  await outbox.tick();
  assert.deepEqual([...other.received, ...persona.received], [], 'no other webhook subscribes to it');
  const [heard] = receiver.received;
  const { event_id, ...event } = JSON.parse(heard!.body);
  assert.match(event_id, /^evt_[0-9a-f]{32}$/);
  assert.deepEqual(event, {
    event: 'contact.updated',
    workspace_id: `ws_${tenant.id.replaceAll('-', '')}`,
    timestamp: created['createdAt'],
    data: {
      contact_id: created['id'],
      contact: {
        id: created['id'],
        ...{ name: 'Ada Lovelace', first_name: 'Ada', last_name: 'Lovelace', phone: '+15551234567', email: null },
      },
    },
    metadata: {},
  });
  const time = String(clock.now().getTime());
  assert.equal(heard!.headers['x-kejue-timestamp'], time);
  assert.equal(heard!.headers['x-kejue-signature'], hmac('sha256', secret, `${time}.${heard!.body}`));
});

test("Kejue's other signing methods", async () => {
  const tenant = await parlance.workspace();
  const methods = ['hmac_sha1', 'bearer', 'basic_auth', 'none'] as const;
  const secret = 'user:pass';
  const receivers = await Promise.all(methods.map(() => openReceiver()));
  for (const [i, signing_method] of methods.entries())
    await tenant.ask('kejue', 'POST', '/webhooks', {
      body: { url: receivers[i]!.url, events: ['contact.*'], signing_method, secret },
    });
  await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Ada' } });
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const [sha1, bearer, basic, none] = receivers.map(({ received: heard }) => heard[0]!);
  const time = String(sha1!.headers['x-kejue-timestamp']);
  assert.equal(sha1!.headers['x-kejue-signature'], hmac('sha1', secret, `${time}.${sha1!.body}`));
  assert.equal(bearer!.headers.authorization, 'Bearer user:pass');
  assert.equal(basic!.headers.authorization, `Basic ${Buffer.from(secret).toString('base64')}`);
  for (const { headers } of [bearer!, basic!, none!]) assert.equal(headers['x-kejue-signature'], undefined);
  assert.equal(none!.headers.authorization, undefined);
});

test("Kejue's retries end at max_retries, and are counted", async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(respondWith(500));
  const { body } = await tenant.ask('kejue', 'POST', '/webhooks', {
    body: { url: receiver.url, events: ['*'], max_retries: 2 },
  });
  await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Ada' } });
  await chainEntries(parlance, tenant);
  for (let i = 0; i < 6; i += 1) {
    await outbox.tick();
    clock.forward(3_600_000);
  }
  assert.equal(receiver.received.length, 3);
  const { body: after } = await tenant.ask('kejue', 'GET', `/webhooks/${body['id']}`);
  assert.deepEqual(after['stats'], { total_deliveries: 1, failed_deliveries: 1, success_rate: 0 });
  assert.equal(after['last_error'], 'The endpoint answered 500.');
});

test('InstaView pings at once, signed over the body, with the headers of the webhook', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const { body: made, text } = await tenant.ask('instaview', 'POST', '/webhooks', {
    body: { url: receiver.url, events: ['PING'], headers: [{ name: 'X-Tenant', value: 'seven' }] },
  });
  assert.match(String(made['signingSecret']), /^[0-9a-f]{64}$/);
  assert.ok(!text.includes('seven'));
  const { status, body } = await tenant.ask('instaview', 'POST', `/webhooks/${made['id']}/test`);
  assert.equal(status, 200);
  assert.deepEqual([body['success'], body['httpStatus']], [true, 204]);
  const [heard] = receiver.received;
  assert.deepEqual(JSON.parse(heard!.body), {
    ...{ event: 'ping', timestamp: clock.now().toISOString(), deliveryId: body['deliveryId'], data: {} },
  });
  assert.equal(heard!.headers['x-tenant'], 'seven');
  assert.equal(heard!.headers['x-instaview-signature'], hmac('sha256', String(made['signingSecret']), heard!.body));

  receiver.answer = respondWith(500);
  const failed = await tenant.ask('instaview', 'POST', `/v1/webhooks/${made['id']}/test`);
  assert.deepEqual(
    [failed.body['success'], failed.body['httpStatus'], failed.body['message']],
    [false, 500, 'The endpoint answered 500.'],
  );
});

test("InstaView's circuit opens when an endpoint answers 410, and can be reset", async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(respondWith(410));
  const { body: made } = await tenant.ask('instaview', 'POST', '/webhooks', {
    body: { url: receiver.url, events: ['ping'] },
  });
  const id = String(made['id']);
  // Its own events come from conversations. A replayed delivery takes the same path.
  await tenant.ask('instaview', 'POST', `/webhooks/${id}/test`);
  const [tested] = (await tenant.ask('native', 'GET', `/webhooks/${id}/deliveries`)).body['data'] as { id: string }[];
  await tenant.ask('native', 'POST', `/webhooks/${id}/deliveries/${tested!.id}/replay`);
  await outbox.tick();
  const open = (await tenant.ask('instaview', 'GET', `/webhooks/${id}`)).body;
  assert.deepEqual(
    [open['isActive'], open['consecutiveFailures'], open['circuitOpenedAt']],
    [false, 1, clock.now().toISOString()],
  );
  receiver.answer = ok;
  const { status, body } = await tenant.ask('instaview', 'POST', `/webhooks/${id}/reset-circuit`);
  assert.equal(status, 200);
  assert.deepEqual([body['isActive'], body['consecutiveFailures'], body['circuitOpenedAt']], [true, 0, null]);
});

test("Agntix's endpoints are signed like Svix, with a secret of the customer or of the server", async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  for (const secret of [own, undefined]) {
    const { body: made, status } = await tenant.ask('agntix', 'POST', '/v1/chat/webhooks/endpoints', {
      body: { url: receiver.url, eventNames: ['session.ended'], description: 'Ours', ...(secret && { secret }) },
    });
    assert.equal(status, 201);
    if (secret) assert.equal(made['secret'], secret);
    await tenant.ask('native', 'POST', `/webhooks/${made['id']}/test`);
    assert.ok(isSigned(receiver.received.at(-1)!, String(made['secret']), 'svix'));
  }
});

test("Ayra's signature is over the body, in hexadecimal digits", async () => {
  const signed = { eventId: 'evt_1', at: clock.now(), body: '{"a":1}', secret: 'shared', options: {} };
  const expected = createHmac('sha256', 'shared').update('{"a":1}').digest('hex');
  assert.deepEqual(await ayra(signed), { 'X-Ayra-Signature': expected });
});
