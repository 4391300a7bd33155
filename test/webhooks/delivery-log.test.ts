/** How long the delivery log is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chainEntries,
  logOf,
  newAgent,
  newClock,
  newWebhook,
  openReceiver,
  openSendingServer,
  ownDatabase,
} from './receiver.ts';

const clock = newClock();
const parlance = await openSendingServer(await ownDatabase(), { now: clock.now });
const { outbox } = parlance.app.services;

test('the log is kept until it is pruned', async () => {
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const { id } = await newWebhook(tenant, receiver.url);
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await outbox.tick();
  const { deliveries } = parlance.app.store;
  await deliveries.prune(clock.now().toISOString());
  assert.equal((await logOf(tenant, id)).length, 1);
  await deliveries.prune(new Date(clock.now().getTime() + 1).toISOString());
  assert.equal((await logOf(tenant, id)).length, 0);
});
