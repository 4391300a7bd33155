/** Several nodes, crashes between sending and recording, and endpoints that hang. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import { createOutgoingHttp } from '../../src/lib/outgoing-http.ts';
import type { SetTimer } from '../../src/lib/poller.ts';
import { createDispatcher, type DispatcherOptions } from '../../src/webhooks/dispatcher.ts';
import { createWebhookSender } from '../../src/webhooks/sender.ts';
import { databaseUrl } from '../stores/workspace.ts';
import {
  chainEntries,
  logOf,
  newAgent,
  newClock,
  newWebhook,
  ok,
  openReceiver,
  openSendingServer,
  ownDatabase,
  type Receiver,
} from './receiver.ts';

const clock = newClock();
const environment = await ownDatabase();
const parlance = await openSendingServer(environment, { now: clock.now });
/** On PostgreSQL a second node with connections of its own; SQLite has one node. */
const second = databaseUrl ? await openSendingServer(environment, { now: clock.now }) : parlance;
const {
  store,
  services: { outbox },
} = parlance.app;
const idOf = ({ headers }: Receiver['received'][number]) => String(headers['webhook-id']);

const secondNode = () => (databaseUrl ? second.app.services.outbox : dispatcherOn(store));
const dispatcherOn = (on: DispatcherOptions['store'], setTimer?: SetTimer) =>
  createDispatcher({
    store: on,
    sendWebhook: createWebhookSender(createOutgoingHttp({ allowPrivateTargets: true }), clock.now),
    now: clock.now,
    newId: () => newId(clock.now()),
    random: Math.random,
    ...(setTimer && { setTimer }),
  });

async function createAgents(tenant: Parameters<typeof newAgent>[0], count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => newAgent(tenant, `Agent ${i}`)));
  await chainEntries(parlance, tenant);
}

test('two nodes share the work, and nothing is sent twice', async () => {
  const tenant = await parlance.workspace();
  const receivers = await Promise.all(Array.from({ length: 5 }, () => openReceiver()));
  for (const { url } of receivers) await newWebhook(tenant, url);
  await createAgents(tenant, 60);
  const nodes = [outbox, secondNode()];
  const sent = await Promise.all(nodes.map((node) => node.tick()));
  assert.equal(sent[0]! + sent[1]!, 300);
  for (const { received: heard } of receivers) {
    assert.equal(heard.length, 60);
    assert.equal(new Set(heard.map(idOf)).size, 60);
  }
});

test('two nodes that chain at the same time put each event into the outbox once', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  await newWebhook(tenant, receiver.url);
  await Promise.all(Array.from({ length: 40 }, (_, i) => newAgent(tenant, `Agent ${i}`)));
  await Promise.all(Array.from({ length: 4 }, (_, i) => chainEntries(i % 2 === 0 ? parlance : second, tenant)));
  await outbox.tick();
  assert.equal(receiver.received.length, 40);
  assert.equal(new Set(receiver.received.map(idOf)).size, 40);
});

test('a delivery that a node had sent and not recorded when it died is sent again, under the same id', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const { id } = await newWebhook(tenant, receiver.url);
  await createAgents(tenant, 1);
  const fail = () => Promise.reject(new Error('The node has died.'));
  const dying = dispatcherOn({ ...store, deliveries: { ...store.deliveries, settle: fail } });
  await assert.rejects(dying.tick(), /The node has died/);
  assert.deepEqual(dying.snapshot(), {
    ...{ running: false, inFlight: 0, waiting: 0, claimedTotal: 1, startedTotal: 1, lastError: 'The node has died.' },
  });
  assert.equal(receiver.received.length, 1);
  assert.equal(await outbox.tick(), 0, 'the lease has not ended');
  clock.forward(60_000);
  assert.equal(await outbox.tick(), 1);
  assert.deepEqual(receiver.received.map(idOf), [idOf(receiver.received[0]!), idOf(receiver.received[0]!)]);
  const [logged] = await logOf(tenant, id);
  assert.deepEqual([logged!.state, logged!.attempts], ['delivered', 2]);
});

test('a node that answers after another one has claimed the delivery changes nothing', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(() => {});
  const { id } = await newWebhook(tenant, receiver.url);
  await createAgents(tenant, 1);
  const slow = outbox.tick();
  await receiver.waitFor(1);
  clock.forward(60_000);
  receiver.answer = ok;
  assert.equal(await secondNode().tick(), 1);
  const before = await logOf(tenant, id);
  assert.equal(before[0]!.state, 'delivered');
  receiver.hangUp();
  await slow;
  assert.deepEqual(await logOf(tenant, id), before);
  const { body } = await tenant.ask('native', 'GET', `/webhooks/${id}`);
  assert.deepEqual([body['failures'], body['deliveries']], [0, 1]);
});

test('an endpoint that hangs does not delay the others, and gets its deliveries later', async () => {
  const tenant = await parlance.workspace();
  const [hanging, quick] = [await openReceiver(() => {}), await openReceiver()];
  await newWebhook(tenant, hanging.url);
  await createAgents(tenant, 100);
  await newWebhook(tenant, quick.url);
  await createAgents(tenant, 10);
  const round = outbox.tick();
  await quick.waitFor(10);
  await hanging.waitFor(4);
  assert.equal(hanging.received.length, 4, 'no more than its slots');
  hanging.answer = ok;
  hanging.hangUp();
  await round;
  clock.forward(10_000);
  await outbox.tick();
  assert.equal(new Set(hanging.received.map(idOf)).size, 110);
  assert.equal(quick.received.length, 10);
});

test('a running node keeps its claims, however long the endpoint takes', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(() => {});
  const { id } = await newWebhook(tenant, receiver.url);
  await createAgents(tenant, 4);
  let runTimer: (() => void) | undefined;
  let timers = 0;
  const node = dispatcherOn(store, (_ms, work) => {
    timers += 1;
    runTimer = work;
    return () => {};
  });
  /** Runs one round to its end. */
  const round = async () => {
    const before = timers;
    runTimer?.();
    while (timers === before) await new Promise(setImmediate);
  };
  node.start(assert.ifError);
  await round();
  await receiver.waitFor(4);
  for (let i = 0; i < 5; i += 1) {
    clock.forward(9_000);
    assert.equal(await secondNode().tick(), 0, 'no other node sends them');
    await round();
  }
  receiver.answer = ok;
  receiver.hangUp();
  await node.stop();
  clock.forward(60_000);
  await outbox.tick();
  assert.ok((await logOf(tenant, id)).every(({ state }) => state === 'delivered'));
});

test('a stopping node claims nothing more, and leaves the rest to the next start', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver(() => {});
  await newWebhook(tenant, receiver.url);
  await createAgents(tenant, 50);
  const node = dispatcherOn(store);
  const round = node.tick();
  await receiver.waitFor(4);
  receiver.answer = ok;
  receiver.hangUp();
  await node.stop();
  await round;
  const heard = receiver.received.length;
  assert.ok(heard < 50);
  assert.equal(await node.tick(), 0);
  clock.forward(60_000);
  await outbox.tick();
  assert.equal(new Set(receiver.received.map(idOf)).size, 50);
});
