/** Ayra's webhooks: the events of calls, their envelope and their signature. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { createScriptedModel } from '../../src/providers/llm/scripted.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { openReceiver, ownDatabase, type ReceivedRequest, type Receiver } from '../webhooks/receiver.ts';

const clock = createClock('2026-03-04T15:30:00.000Z');
const fake = createScriptedModel([], { otherwise: [{ say: 'Certainly.' }] });
let canJudge = true;
const model = {
  answer: fake.answer,
  async judge({ schema }: { schema: JsonObject }): Promise<JsonObject | undefined> {
    const [part] = Object.keys(schema['properties'] as JsonObject);
    if (!canJudge) return undefined;
    return part === 'sentiment' ? { sentiment: 'negative' } : { [part!]: 'They talked.' };
  },
};
const parlance = await openTestServer(
  { PARLANCE_ALLOW_PRIVATE_TARGETS: '1', ...(await ownDatabase()) },
  { now: clock.now, providers: { model }, telephony: { setTimer: clock.setTimer, pollMs: 60_000 } },
);
const { services } = parlance.app;
const { outbox } = services;
services.dialer.start((error) => {
  throw error;
});
const seconds = (count: number) => clock.advance(count * 1000, { idle: () => services.dialer.quiet() });
/** Sends every event so far. */
const deliver = async () => {
  while (await services.analysis.work());
  await services.chainWriter.chainDue();
  while (await outbox.tick());
};

const NUMBER = '+12125550142';
const CALLER_NUMBER = '+12025550199';

async function subscribe(tenant: Tenant, events: string[]): Promise<{ receiver: Receiver; secret: string }> {
  const receiver = await openReceiver();
  const { status, body, text } = await tenant.ask('native', 'POST', '/webhooks', {
    body: { url: receiver.url, events, dialect: 'ayra' },
  });
  assert.equal(status, 201, text);
  assert.equal(body['dialect'], 'ayra');
  return { receiver, secret: String(body['secret']) };
}

async function agentOf(tenant: Tenant, fields: JsonObject = {}): Promise<string> {
  const created = await tenant.ask('ayra', 'POST', '/agents', {
    body: { name: 'Ada', voice_platform: 'vapi', phone_number: NUMBER, welcome_message: 'Good day!', ...fields },
  });
  assert.equal(created.status, 201, created.text);
  await services.chainWriter.chainDue();
  return String((created.body['data'] as JsonObject)['id']);
}

async function ring(): Promise<void> {
  await services.simulateIncomingCall!({ from: CALLER_NUMBER, to: NUMBER, says: ['Hello?'] });
  await seconds(60);
  await deliver();
}

const remove = (tenant: Tenant, id: string) => tenant.ask('ayra', 'DELETE', `/agents/${id}`);
const bodyOf = ({ body }: ReceivedRequest) => JSON.parse(body) as JsonObject & { data: JsonObject };

test('a webhook receives the start, the end, the transcript and the sentiment of a call', async () => {
  const tenant = await parlance.workspace();
  const { receiver, secret } = await subscribe(tenant, [
    'call.started',
    'call.completed',
    'call.failed',
    'sentiment.changed',
    'transcript.updated',
  ]);
  assert.match(secret, /^[0-9a-f]{64}$/);
  const { receiver: other } = await subscribe(tenant, ['call.failed']);
  const id = await agentOf(tenant, { metadata: { client_id: 'client_789' } });
  await ring();
  assert.deepEqual(other.received, []);
  const received = new Map(receiver.received.map((one) => [String(bodyOf(one)['event_type']), one]));
  assert.deepEqual([...received.keys()].toSorted(), [
    'call.completed',
    'call.started',
    'sentiment.changed',
    'transcript.updated',
  ]);
  for (const one of receiver.received)
    assert.equal(one.headers['x-ayra-signature'], createHmac('sha256', secret).update(one.body).digest('hex'));
  const list = await tenant.ask('ayra', 'GET', '/conversations');
  const [conversation] = list.body['data'] as JsonObject[];
  const common = {
    call_id: conversation!['call_id'],
    agent_id: id,
    caller_phone: CALLER_NUMBER,
    outcome: null,
    metadata: { client_id: 'client_789' },
  };
  const started = bodyOf(received.get('call.started')!);
  assert.match(String(started['event_id']), /^evt_[0-9a-f]{32}$/);
  assert.deepEqual(started, {
    event_id: started['event_id'],
    event_type: 'call.started',
    timestamp: '2026-03-04T15:30:00.000Z',
    data: { ...common, duration_seconds: null, transcript: null, sentiment: started.data['sentiment'] },
  });
  const completed = bodyOf(received.get('call.completed')!);
  assert.equal(completed['timestamp'], '2026-03-04T15:30:21.000Z');
  const details = await tenant.ask('ayra', 'GET', `/conversations/${conversation!['id']}`);
  const { transcript, sentiment } = details.body['data'] as JsonObject;
  assert.equal((transcript as unknown[]).length, 3);
  assert.equal(sentiment, 'negative');
  assert.deepEqual({ ...completed.data, sentiment }, { ...common, duration_seconds: 21, transcript, sentiment });
  const updated = bodyOf(received.get('transcript.updated')!);
  assert.deepEqual(updated.data, completed.data);
  assert.notEqual(updated['event_id'], completed['event_id']);
  const judged = bodyOf(received.get('sentiment.changed')!);
  assert.deepEqual(judged.data, { ...common, duration_seconds: 21, transcript, sentiment: 'negative' });
  await remove(tenant, id);
});

test('no transcript is sent if none is stored, and no sentiment if the model cannot judge', async () => {
  const tenant = await parlance.workspace();
  const { receiver } = await subscribe(tenant, ['*']);
  canJudge = false;
  const transcribed = await agentOf(tenant);
  await ring();
  await remove(tenant, transcribed);
  const untranscribed = await agentOf(tenant, { name: 'Silent', transcription_enabled: false });
  await ring();
  await remove(tenant, untranscribed);
  canJudge = true;
  const events = receiver.received.map(bodyOf);
  assert.deepEqual(events.map(({ event_type }) => event_type).toSorted(), [
    'call.completed',
    'call.completed',
    'call.started',
    'call.started',
    'transcript.updated',
  ]);
  assert.equal(events.find(({ event_type }) => event_type === 'transcript.updated')!.data['agent_id'], transcribed);
  const [, withheld] = events.filter(({ event_type }) => event_type === 'call.completed');
  assert.deepEqual([withheld!.data['agent_id'], withheld!.data['transcript']], [untranscribed, null]);
});

test('a failed call sends one event, after its last attempt', async () => {
  const tenant = await parlance.workspace();
  const { receiver } = await subscribe(tenant, ['call.*']);
  const id = await agentOf(tenant, { status: 'paused' });
  await ring();
  const [declined] = receiver.received.map(bodyOf);
  assert.deepEqual(
    [
      declined!['event_type'],
      declined!.data['outcome'],
      declined!.data['duration_seconds'],
      declined!.data['transcript'],
    ],
    ['call.failed', 'agent_paused', null, null],
  );
  const nativeId = id.replace(/^agent_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  await tenant.ask('ayra', 'PUT', `/agents/${id}`, { body: { status: 'active' } });
  const placed = await tenant.ask('native', 'POST', '/calls', {
    body: {
      agentId: nativeId,
      phone: '+442079460101',
      metadata: { order: 7 },
      overrides: { callSettings: { autoRetry: true, retrySchedule: [5], window: { start: '00:00', end: '24:00' } } },
    },
  });
  assert.equal(placed.status, 201, placed.text);
  await seconds(60);
  await deliver();
  assert.equal(receiver.received.length, 1, 'a retry follows');
  await seconds(600);
  await deliver();
  const [, busy, ...more] = receiver.received.map(bodyOf);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [busy!['event_type'], busy!.data['caller_phone'], busy!.data['metadata']],
    ['call.failed', '+442079460101', { order: 7 }],
  );
  await remove(tenant, id);
});

test('a receiver has 30 seconds, and a test has the usual envelope', async () => {
  const tenant = await parlance.workspace();
  const { receiver } = await subscribe(tenant, ['call.started']);
  const [webhook] = (await tenant.ask('native', 'GET', '/webhooks')).body['data'] as JsonObject[];
  assert.equal(webhook!['timeoutMs'], 30_000);
  const tested = await tenant.ask('native', 'POST', `/webhooks/${webhook!['id']}/test`);
  assert.deepEqual([tested.status, tested.body['state']], [200, 'delivered'], tested.text);
  const { event_id, timestamp, ...rest } = bodyOf(receiver.received[0]!);
  assert.match(String(event_id), /^evt_[0-9a-f]{32}$/);
  assert.equal(timestamp, clock.now().toISOString());
  assert.deepEqual(rest, {
    event_type: 'webhook.test',
    data: {
      ...{ call_id: null, agent_id: null, caller_phone: null, duration_seconds: null },
      ...{ transcript: null, sentiment: null, outcome: null, metadata: {} },
    },
  });
  const shorter = await tenant.ask('native', 'POST', '/webhooks', {
    body: { url: receiver.url, events: ['*'], dialect: 'ayra', timeoutMs: 2000 },
  });
  assert.equal(shorter.body['timeoutMs'], 2000);
});

test("webhooks need HTTPS, and Ayra's own API creates none", async () => {
  const strict = await openTestServer(await ownDatabase());
  const tenant = await strict.workspace();
  const create = (body: JsonObject) => tenant.ask('native', 'POST', '/webhooks', { body: { events: ['*'], ...body } });
  const open = await create({ url: 'http://example.com/hook', dialect: 'ayra' });
  assert.deepEqual([open.status, open.body['pointer']], [422, '/url']);
  assert.equal((await create({ url: 'https://example.com/hook', dialect: 'ayra' })).status, 201);
  assert.equal((await create({ url: 'http://example.com/hook' })).status, 201);
  assert.equal((await create({ url: 'https://example.com/hook', dialect: 'kejue' })).status, 422);
  assert.equal((await tenant.ask('ayra', 'GET', '/webhooks')).status, 404);
});
