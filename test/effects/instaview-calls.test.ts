/** The effects of InstaView's fields in outgoing calls, on a virtual clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// A Monday afternoon in London.
const clock = createClock('2026-03-02T15:00:00.000Z');
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
});
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const pass = (ms: number) => clock.advance(ms, { idle: () => services.dialer.quiet() });

async function ask(tenant: Tenant, method: string, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('instaview', method, path, { body });
  assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status} ${answer.text}`);
  return String(answer.body['id']);
}

async function numberOf(tenant: Tenant, number: string): Promise<string> {
  const { body } = await tenant.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated' } });
  return String(body['id']);
}

/** The test is named after the field, so that the ledger finds it. */
function effect(field: string, show: (tenant: Tenant) => Promise<void>): void {
  test(`${field}: a call from before the update has the old value, the next one the new value`, async () =>
    show(await parlance.workspace()));
}

effect('instaview.companyPhoneNumberId', async (tenant) => {
  const first = await numberOf(tenant, '+442071230001');
  const second = await numberOf(tenant, '+442071230002');
  const agentId = await ask(tenant, 'POST', '/agents', {
    ...{ name: 'Caller', type: 'PHONE', focus: 'GENERIC', language: 'EN', duration: 20, companyPhoneNumberId: first },
  });
  const interview = (phoneNumber: string, when: JsonObject = {}) =>
    ask(tenant, 'POST', '/interviews', {
      ...{ candidate: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber }, agentId },
      ...when,
    });
  // The simulated contacts at these numbers stay on the line until the agent hangs up.
  const old = await interview('+442071838700');
  const waiting = await interview('+442071838850', { scheduleTime: '2026-03-02T15:05:00Z' });
  await pass(10_000);
  await ask(tenant, 'PATCH', `/agents/${agentId}`, { companyPhoneNumberId: second });
  const next = await interview('+442071838800');
  await pass(10 * 60_000);
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const ids = [old, next, waiting];
  const attempts = await services.calls.attempts(caller, ids);
  assert.deepEqual(
    ids.map((id) => attempts.get(id)?.map(({ from, fromNumberId }) => [from, fromNumberId])),
    [[['+442071230001', first]], [['+442071230002', second]], [['+442071230002', second]]],
  );
  for (const id of ids) await services.calls.cancel(caller, id);
  await pass(60_000);
});
