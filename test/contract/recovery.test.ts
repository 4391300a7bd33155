/** Calls whose server stopped: their transcripts are kept or deleted by the agent's settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../src/calling/call.ts';
import type { CarrierStatus } from '../../src/calling/carrier.ts';
import { SimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const clock = createClock('2026-03-04T15:30:00.000Z');
const { now, setTimer } = clock;
/** Set while the server counts as crashed: the carrier's status of every attempt. */
let crashStatus: CarrierStatus | undefined;
/** A network that goes on when the server crashes: it does not end the calls. */
class OutlivingCarrier extends SimulatedCarrier {
  override async hangUp(attemptId: string): Promise<void> {
    if (!crashStatus) await super.hangUp(attemptId);
  }
  override async lookup(attemptId: string): Promise<CarrierStatus> {
    return crashStatus ?? super.lookup(attemptId);
  }
  override close(): void {}
}
const carrier = new OutlivingCarrier({ now, setTimer });
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
  answeredBy: 'human',
};
let lastNumber = 4000;

/** A connected call after its server crashed and another one recovered it. */
async function afterCrash(facts: Record<string, unknown>, status: CarrierStatus) {
  const tenant: Tenant = await parlance.workspace();
  const number = `+1212555${++lastNumber}`;
  const body = { name: 'Ada', telephony: { phoneNumber: number }, ...facts };
  const made = await tenant.ask('native', 'POST', '/agents', { body });
  assert.equal(made.status, 201, made.text);
  await parlance.app.services.chainWriter.chainDue();
  await parlance.app.services.simulateIncomingCall!({
    from: '+12025550199',
    to: number,
    says: ['Hello?'],
    staysOnLine: true,
  });
  await seconds(5);
  crashStatus = status;
  await parlance.restart();
  start();
  await seconds(300);
  crashStatus = undefined;
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const { calls, conversations } = parlance.app.services;
  const [call] = (await calls.list(caller, {}, { limit: 1 })) as [Call];
  const conversation = await conversations.get(caller, call.conversationId!);
  const messages = await conversations.messages(caller, conversation.id);
  return {
    status: call.status,
    hasTranscript: call.hasTranscript,
    hasMessages: messages.length > 0,
    endReason: conversation.state.endReason,
  };
}

test('the transcript is kept, whether or not the carrier knows how the call ended', async () => {
  assert.deepEqual(await afterCrash({}, { ...ENDED, at: now().toISOString() }), {
    ...{ status: 'completed', hasTranscript: true, hasMessages: true, endReason: 'failed' },
  });
  assert.deepEqual(await afterCrash({}, { state: 'unknown' }), {
    ...{ status: 'unknown', hasTranscript: true, hasMessages: true, endReason: 'failed' },
  });
});

test('without transcription the messages are deleted in recovery, too', async () => {
  assert.deepEqual(await afterCrash({ transcription: false }, { state: 'unknown' }), {
    ...{ status: 'unknown', hasTranscript: false, hasMessages: false, endReason: 'failed' },
  });
});

test('calls that a server crash ended do not count against the carrier: the campaign goes on', async () => {
  const tenant: Tenant = await parlance.workspace();
  const request = async (method: string, path: string, body?: object) => {
    const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  const callSettings = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '24:00' } };
  const { id: agentId } = await request('POST', '/agents', { name: 'Ada', callSettings });
  // Numbers that end in 00 stay on the line, so these calls do not end by themselves.
  const contacts = Array.from({ length: 7 }, (_one, i) => ({ phone: `+442079460${i}00`, timezone: 'UTC' }));
  const campaign = await request('POST', '/campaigns', {
    name: 'Run',
    agentId,
    maxConcurrent: 5,
    contacts,
    start: true,
  });
  await seconds(6);
  crashStatus = { state: 'unknown' };
  await parlance.restart();
  start();
  // Longer than the lease of the stopped server, and shorter than the pause of a breaker.
  await seconds(70);
  crashStatus = undefined;
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const { tally } = await parlance.app.services.campaigns.get(caller, String(campaign['id']));
  assert.deepEqual(tally, { unknown: 5, in_progress: 2 });
});
