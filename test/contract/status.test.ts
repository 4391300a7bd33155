/** The status of a node: only operators read it, it counts, and it holds nothing of the people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../clock.ts';
import { openTestServer } from '../harness.ts';

const clock = createClock('2026-03-02T10:00:00.000Z');
const { now, setTimer } = clock;
const parlance = await openTestServer({}, { now, telephony: { setTimer, pollMs: 60_000 } });
const tenant = await parlance.workspace();
/** The tenant's own native key is an operator's. */
const standardKey = await tenant.key('native', { kind: 'standard' });
const status = async () => (await tenant.ask('native', 'GET', '/status')).body;

test('only operator keys read the status', async () => {
  const { status: code, body } = await tenant.ask('native', 'GET', '/status', { key: standardKey });
  assert.deepEqual([code, body['code']], [403, 'scope_missing']);
});

test('queues count what waits and what is due', async () => {
  const agent = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const call = { agentId: agent.body['id'], phone: '+4930123456', notBefore: '2026-03-03T10:00:00.000Z' };
  const made = await tenant.ask('native', 'POST', '/calls', { body: call });
  assert.equal(made.status, 201, made.text);
  const { queues, workers, engine } = (await status()) as {
    queues: Record<string, { waiting: number; due: number; oldestDueAt: string | null }>;
    workers: Record<string, object>;
    engine: string;
  };
  assert.ok(['sqlite', 'postgres'].includes(engine));
  assert.ok(queues['calls']!.waiting >= 1);
  assert.ok(queues['auditEntries']!.due >= 1);
  assert.ok(queues['auditEntries']!.oldestDueAt! <= now().toISOString());
  assert.deepEqual(Object.keys(queues).sort(), ['analyses', 'auditEntries', 'calls', 'documents', 'webhookDeliveries']);
  for (const worker of ['calls', 'conversations', 'analyses', 'documents', 'auditEntries', 'webhookDeliveries'])
    assert.equal(typeof workers[worker], 'object', worker);
});

test('the status holds no phone number', async () => {
  assert.doesNotMatch(JSON.stringify(await status()), /\+49/);
});
