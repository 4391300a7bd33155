/** The preview of a campaign agrees with the real run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previewText } from '../../src/cli/campaign.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// The Thursday before the clocks of the United States go forward.
const clock = createClock('2026-03-05T10:00:00.000Z');
const { now, setTimer } = clock;
const carrier = createSimulatedCarrier({ now, setTimer, script: () => ({ answers: 'no_answer' }) });
/** The dialer places the calls of every workspace, so this file has a database of its own. */
const databaseUrl = await ownDatabase();
const environment = databaseUrl ? { DATABASE_URL: databaseUrl } : undefined;
const parlance = await openTestServer(environment, { now, telephony: { setTimer, carrier, pollMs: 3_600_000 } });
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});

const ZONES = ['America/New_York', 'America/Los_Angeles', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Sydney'];

async function campaignOf(tenant: Tenant, more: JsonObject = {}) {
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ada' } });
  const people = ZONES.flatMap((timezone, zone) =>
    Array.from({ length: 6 }, (_, i) => ({ phone: `+4420718380${zone}${i}`, timezone })),
  );
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const draft = {
    name: 'Spring',
    agent: { id: String(agent['id']) },
    maxConcurrent: 100,
    callSettings: { autoRetry: true, retrySchedule: [90, 60 * 24], window: { start: '10:30', end: '18' } },
    ...more,
  };
  const { campaign } = await services.campaigns.create(caller, draft, { people });
  await tenant.ask('native', 'PATCH', `/workspaces/${tenant.id}/settings`, { body: { calling: { lines: 200 } } });
  return { id: campaign.id, caller };
}

test('every call is made at the moment of its preview, across a clock change', async () => {
  const tenant = await parlance.workspace();
  const { id, caller } = await campaignOf(tenant);
  const { status, body, text } = await tenant.ask('native', 'POST', `/campaigns/${id}/preview`, { body: {} });
  assert.equal(status, 200, text);
  const previewed = (body['calls'] as JsonObject[]).map(({ callId, attempt, at }) => `${callId} ${attempt} ${at}`);
  assert.equal(previewed.length, 30 * 3);

  await services.campaigns.start(caller, id);
  await clock.run(new Date('2026-03-14T00:00:00Z'), { idle: () => services.dialer.quiet() });
  const calls = await services.calls.list(caller, { campaignId: id }, { limit: 100 });
  const made = await services.calls.attempts(
    caller,
    calls.map((call) => call.id),
  );
  const done = [...made.values()].flat().map(({ callId, number, reservedAt }) => `${callId} ${number} ${reservedAt}`);
  assert.deepEqual(done.sort(), previewed.sort());
  assert.equal((await services.campaigns.get(caller, id)).campaign.status, 'completed');
});

test('a preview lists calls without an attempt with the reason, stores nothing and dials nothing', async () => {
  const tenant = await parlance.workspace();
  const { id, caller } = await campaignOf(tenant);
  await services.calls.doNotCall.add(caller, ['+442071838000'], 'asked not to be');
  const { body } = await tenant.ask('native', 'POST', `/campaigns/${id}/preview`, { body: { assume: 'completed' } });
  assert.equal(body['total'], 29);
  const [uncalled] = body['uncalled'] as JsonObject[];
  assert.deepEqual(
    [uncalled?.['phone'], uncalled?.['why']],
    ['+442071838000', 'The number is on the do-not-call list; calls need its removal from the list'],
  );
  const { tally } = await services.campaigns.get(caller, id);
  assert.deepEqual(tally, { waiting: 30 });
});

test('a preview respects the campaign’s limit, and the picture shows the hours of the day', async () => {
  const tenant = await parlance.workspace();
  const { id } = await campaignOf(tenant, { maxConcurrent: 2 });
  const { body } = await tenant.ask('native', 'POST', `/campaigns/${id}/preview`, { body: { talkSeconds: 60 } });
  assert.deepEqual([body['peak'], body['concurrent']], [2, 2]);
  const heat = body['heat'] as number[][];
  assert.equal(
    heat.flat().reduce((sum, count) => sum + count, 0),
    body['total'],
  );
  // No call before 10:30, none from 18:00 on, and none at the weekend.
  for (const [day, row] of heat.entries())
    for (const [hour, count] of row.entries()) if (day > 4 || hour < 10 || hour >= 18) assert.equal(count, 0);
  assert.match(previewText(body as never), /^90 calls to 30 people/);
});
