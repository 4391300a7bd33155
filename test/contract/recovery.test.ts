/** Calls whose server went away: what was said in them is kept or forgotten as the agent wanted it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../src/calling/call.ts';
import type { Carrier, CarrierStatus } from '../../src/calling/carrier.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const clock = createClock('2026-03-04T15:30:00.000Z');
const { now, setTimer } = clock;
const network = createSimulatedCarrier({ now, setTimer });
let gone: ((attemptId: string) => CarrierStatus) | undefined;
/** Nobody hangs up when a server dies, and the network goes on. */
const carrier: Carrier = {
  ...network,
  hangUp: async (attemptId) => (gone ? undefined : network.hangUp(attemptId)),
  lookup: async (attemptId) => gone?.(attemptId) ?? network.lookup(attemptId),
  close: () => undefined,
};
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now,
  telephony: { carrier, setTimer, pollMs: 60_000 },
});
const start = () =>
  parlance.app.services.dialer.start((error) => {
    throw error;
  });
const seconds = (count: number) => clock.advance(count * 1000, { idle: () => parlance.app.services.dialer.quiet() });
start();

const ENDED: CarrierStatus = {
  state: 'ended',
  cause: 'hung_up',
  at: '2026-03-04T15:31:00.000Z',
  answeredAt: null,
  by: 'human',
};
let lastNumber = 4000;

/** How a call stands whose server died while it was talked, once another one has looked after it. */
async function afterCrash(facts: Record<string, unknown>, where: CarrierStatus) {
  const tenant: Tenant = await parlance.workspace();
  const number = `+1212555${++lastNumber}`;
  const body = { name: 'Ada', telephony: { phoneNumber: number }, ...facts };
  const made = await tenant.ask('native', 'POST', '/agents', { body });
  assert.equal(made.status, 201, made.text);
  await parlance.app.services.chainWriter.chainDue();
  await parlance.app.services.ring!({ from: '+12025550199', to: number, says: ['Hello?'], staysOnLine: true });
  await seconds(5);
  gone = () => where;
  await parlance.restart();
  start();
  await seconds(300);
  gone = undefined;
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const { calls, conversations } = parlance.app.services;
  const [call] = (await calls.list(caller, {}, { limit: 1 })) as [Call];
  const talk = await conversations.get(caller, call.conversationId!);
  const said = await conversations.messages(caller, talk.id);
  return { status: call.status, kept: call.hasTranscript, words: said.length > 0, over: talk.state.endReason };
}

test('what was said is kept where the network knows how it ended, and where nobody does', async () => {
  assert.deepEqual(await afterCrash({}, { ...ENDED, at: now().toISOString() }), {
    ...{ status: 'completed', kept: true, words: true, over: 'failed' },
  });
  assert.deepEqual(await afterCrash({}, { state: 'unknown' }), {
    ...{ status: 'unknown', kept: true, words: true, over: 'failed' },
  });
});

test('what was not to be written down is forgotten then, too', async () => {
  assert.deepEqual(await afterCrash({ transcription: false }, { state: 'unknown' }), {
    ...{ status: 'unknown', kept: false, words: false, over: 'failed' },
  });
});

test('calls that went down with a server are not held against the carrier: the campaign goes on', async () => {
  const tenant: Tenant = await parlance.workspace();
  const asked = async (method: string, path: string, body?: object) => {
    const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  const callSettings = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '24:00' } };
  const { id: agentId } = await asked('POST', '/agents', { name: 'Ada', callSettings });
  // Their numbers end in 00: they stay on the line, so that nothing more is heard of them.
  const contacts = Array.from({ length: 7 }, (_one, i) => ({ phone: `+442079460${i}00`, timezone: 'UTC' }));
  const campaign = await asked('POST', '/campaigns', { name: 'Run', agentId, maxConcurrent: 5, contacts, start: true });
  await seconds(6);
  gone = () => ({ state: 'unknown' });
  await parlance.restart();
  start();
  // Long enough for the lease of who went away, and shorter than a carrier that fails is left alone.
  await seconds(70);
  gone = undefined;
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const { tally } = await parlance.app.services.campaigns.get(caller, String(campaign['id']));
  assert.deepEqual(tally, { unknown: 5, in_progress: 2 });
});
