/** Which agent answers a number that agents of several workspaces have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

let at = new Date('2026-03-02T10:00:00.000Z');
/** Phone numbers are unique across workspaces, so numbers of an earlier test run would be taken. */
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, { now: () => at });
const { calls, chainWriter } = parlance.app.services;

/** Processes the audit entries, and lets a minute pass. */
const settle = async () => {
  await chainWriter.chainDue();
  at = new Date(at.getTime() + 60_000);
};
/** Creates an agent with this number and returns its path. */
async function agentWith(tenant: Tenant, phoneNumber: string): Promise<string> {
  const { status, body, text } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Ada', telephony: { phoneNumber } },
  });
  assert.equal(status, 201, text);
  await settle();
  return `/agents/${body['id']}`;
}
async function patch(tenant: Tenant, path: string, body: object): Promise<void> {
  const answer = await tenant.ask('native', 'PATCH', path, { body });
  assert.equal(answer.status, 200, answer.text);
  await settle();
}
const answers = (tenant: Tenant, number: string) => calls.receives(systemCaller({ id: tenant.id, number: 0 }), number);

test('the agent that got a number first answers it, however old the agents are', async () => {
  const [one, two] = [await parlance.workspace(), await parlance.workspace()];
  const number = '+442079460901';
  const older = await agentWith(two, '+442079460902');
  const first = await agentWith(one, number);
  await patch(two, older, { telephony: { phoneNumber: number } });
  assert.deepEqual([await answers(one, number), await answers(two, number)], [true, false]);

  // A change of another field keeps the agent first. An agent that loses the number and gets it back is last.
  await patch(one, first, { telephony: { transferNumber: '+442079460909' } });
  assert.equal(await answers(one, number), true);
  await patch(one, first, { telephony: { phoneNumber: null } });
  assert.deepEqual([await answers(one, number), await answers(two, number)], [false, true]);
  await patch(one, first, { telephony: { phoneNumber: number } });
  assert.equal(await answers(two, number), true, 'the agent that got the number back is last');
});

test('an agent of another workspace cannot take a number that a workspace owns', async () => {
  const [owner, other] = [await parlance.workspace(), await parlance.workspace()];
  const number = '+442079460911';
  await agentWith(other, number);
  assert.equal(await answers(other, number), true);
  const created = await owner.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated' } });
  assert.equal(created.status, 201, created.text);
  assert.deepEqual([await answers(owner, number), await answers(other, number)], [false, false]);
  await agentWith(owner, number);
  assert.deepEqual([await answers(owner, number), await answers(other, number)], [true, false]);
});
