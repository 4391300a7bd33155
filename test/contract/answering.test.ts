/** Who answers a number that several workspaces say is theirs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

let at = new Date('2026-03-02T10:00:00.000Z');
/** Numbers are one world, whoever's they are: what an earlier run left behind would hold them. */
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, { now: () => at });
const { calls, chainWriter } = parlance.app.services;

/** Some time passes, and what was written is heard of. */
const heard = async () => {
  await chainWriter.chainDue();
  at = new Date(at.getTime() + 60_000);
};
async function claiming(tenant: Tenant, phoneNumber: string): Promise<string> {
  const { status, body, text } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Ada', telephony: { phoneNumber } },
  });
  assert.equal(status, 201, text);
  await heard();
  return `/agents/${body['id']}`;
}
async function patch(tenant: Tenant, path: string, body: object): Promise<void> {
  const answer = await tenant.ask('native', 'PATCH', path, { body });
  assert.equal(answer.status, 200, answer.text);
  await heard();
}
const answers = (tenant: Tenant, number: string) => calls.receives(systemCaller({ id: tenant.id, number: 0 }), number);

test('a number that nobody holds is answered by the agent that first said so, however old the agents are', async () => {
  const [one, two] = [await parlance.workspace(), await parlance.workspace()];
  const number = '+442079460901';
  const older = await claiming(two, '+442079460902');
  const first = await claiming(one, number);
  await patch(two, older, { telephony: { phoneNumber: number } });
  assert.deepEqual([await answers(one, number), await answers(two, number)], [true, false]);

  // To speak of something else is not to say it anew; to take it back is.
  await patch(one, first, { telephony: { transferNumber: '+442079460909' } });
  assert.equal(await answers(one, number), true);
  await patch(one, first, { telephony: { phoneNumber: null } });
  assert.deepEqual([await answers(one, number), await answers(two, number)], [false, true]);
  await patch(one, first, { telephony: { phoneNumber: number } });
  assert.equal(await answers(two, number), true, 'who comes back is the last');
});

test('nobody occupies the number of another workspace by writing it into an agent', async () => {
  const [owner, other] = [await parlance.workspace(), await parlance.workspace()];
  const number = '+442079460911';
  await claiming(other, number);
  assert.equal(await answers(other, number), true);
  const held = await owner.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated' } });
  assert.equal(held.status, 201, held.text);
  assert.deepEqual([await answers(owner, number), await answers(other, number)], [false, false]);
  await claiming(owner, number);
  assert.deepEqual([await answers(owner, number), await answers(other, number)], [true, false]);
});
