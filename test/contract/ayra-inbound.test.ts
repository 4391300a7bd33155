/** Inbound calls to the number of an Ayra agent: business hours, transfers, statuses and deletion. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { agentOf, get, list, only, parlance, put, ring, seconds, services, until } from './ayra-workspace.ts';

const NINE_TO_FIVE = {
  timezone: 'America/New_York',
  schedule: [
    { day: 'monday', open: '09:00', close: '12:00' },
    { day: 'monday', open: '13:00', close: '17:00' },
    { day: 'friday', open: '22:00', close: '02:00' },
  ],
};

test('an agent answers within its business hours, in their time zone', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { business_hours: NINE_TO_FIVE });
  const answers = async (at: string) => {
    await until(at);
    await ring(agent);
    await seconds(60);
    const [latest] = await list(tenant, '?per_page=1');
    assert.equal(latest!['start_time'], at);
    assert.equal(latest!['status'] === 'completed', latest!['outcome'] === null);
    return latest!['status'] === 'completed';
  };
  // New York's clocks go forward on Sunday, 8 March: 09:00 is 14:00 UTC before and 13:00 UTC after.
  const times: [at: string, open: boolean][] = [
    ['2026-03-06T14:00:00.000Z', false],
    ['2026-03-07T02:58:00.000Z', false],
    ['2026-03-07T03:00:00.000Z', true],
    ['2026-03-07T06:58:00.000Z', true],
    ['2026-03-07T07:00:00.000Z', false],
    ['2026-03-08T15:00:00.000Z', false],
    ['2026-03-09T12:58:00.000Z', false],
    ['2026-03-09T13:00:00.000Z', true],
    ['2026-03-09T15:58:00.000Z', true],
    ['2026-03-09T16:00:00.000Z', false],
    ['2026-03-09T17:00:00.000Z', true],
    ['2026-03-09T21:00:00.000Z', false],
  ];
  for (const [at, open] of times) assert.equal(await answers(at), open, at);
  await put(agent, { business_hours: { timezone: 'America/New_York', schedule: [] } });
  assert.equal(await answers('2026-03-10T14:30:00.000Z'), false, 'an empty schedule means always closed');
  await put(agent, { business_hours: null });
  assert.equal(await answers('2026-03-10T23:00:00.000Z'), true, 'no business hours mean always open');
});

test('outside business hours a caller hears an announcement or is transferred', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { business_hours: NINE_TO_FIVE });
  await until('2026-03-11T15:00:00.000Z');
  const attempt = await ring(agent);
  await seconds(60);
  const closed = await only(tenant);
  const { status, outcome, duration, has_transcript, transferred_to, config_version } = closed;
  assert.deepEqual(
    { status, outcome, duration, has_transcript, transferred_to, config_version },
    {
      status: 'abandoned',
      outcome: 'after_hours',
      duration: null,
      has_transcript: false,
      transferred_to: null,
      config_version: null,
    },
  );
  assert.deepEqual(
    [closed['start_time'], closed['end_time']],
    ['2026-03-11T15:00:00.000Z', '2026-03-11T15:00:05.000Z'],
  );
  assert.equal((await tenant.ask('ayra', 'GET', `/conversations/${closed['id']}/transcript`)).status, 404);
  assert.equal(((await get(tenant, `/conversations/${closed['id']}`))['data'] as JsonObject)['transcript'], null);
  assert.ok(attempt);

  await put(agent, { transfer_number: '+12025550177' });
  await ring(agent);
  await seconds(60);
  const [transferred] = await list(tenant, '?per_page=1');
  assert.deepEqual(
    [transferred!['status'], transferred!['outcome'], transferred!['transferred_to']],
    ['abandoned', 'after_hours', '+12025550177'],
  );
  assert.equal((await list(tenant, '?outcome=after_hours&status=abandoned')).length, 2);

  // The transfer number does not answer, so the caller hears the announcement.
  await put(agent, { transfer_number: '+12025550101' });
  await ring(agent);
  await seconds(60);
  const [unanswered] = await list(tenant, '?per_page=1');
  assert.deepEqual([unanswered!['outcome'], unanswered!['transferred_to']], ['after_hours', null]);
});

test('a call that began within business hours goes on after they end', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, {
    business_hours: { timezone: 'America/New_York', schedule: [{ day: 'wednesday', start: '09:00', end: '17:00' }] },
  });
  await until('2026-03-11T20:59:50.000Z');
  await ring(agent, ['One', 'Two', 'Three', 'Four']);
  await until('2026-03-11T21:00:05.000Z');
  assert.equal((await only(tenant))['status'], 'in_progress');
  await seconds(60);
  const { status, end_time } = await only(tenant);
  assert.equal(status, 'completed');
  assert.ok(String(end_time) > '2026-03-11T21:00:10Z');
});

test('a paused or archived agent takes no new calls and finishes its open one', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await ring(agent);
  await put(agent, { status: 'paused' });
  await seconds(60);
  assert.equal((await only(tenant))['status'], 'completed', 'the open call went on');
  for (const status of ['paused', 'archived']) {
    await put(agent, { status });
    await ring(agent);
    await seconds(60);
    const [latest] = await list(tenant, '?per_page=1');
    assert.deepEqual([latest!['status'], latest!['outcome']], ['abandoned', `agent_${status}`]);
  }
  await put(agent, { transfer_number: '+12025550177' });
  await ring(agent);
  await seconds(60);
  assert.equal((await list(tenant, '?per_page=1'))[0]!['transferred_to'], '+12025550177');
  await put(agent, { status: 'active' });
  await ring(agent);
  await seconds(60);
  assert.equal((await list(tenant, '?per_page=1'))[0]!['status'], 'completed');
});

test('an agent with active calls cannot be deleted; deletion keeps its conversations and frees its number', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await ring(agent, ['Hello?'], { from: '+12025550111' });
  await ring(agent, ['Hello?'], { from: '+12025550122' });
  const refused = await tenant.ask('ayra', 'DELETE', `/agents/${agent.id}`);
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body, {
    error: { type: 'conflict', message: 'The agent has active calls', code: 'agent_has_active_calls', active_calls: 2 },
  });
  assert.equal((await tenant.ask('ayra', 'GET', `/agents/${agent.id}`)).status, 200);
  const other = await parlance.workspace();
  assert.equal(
    (await other.ask('ayra', 'DELETE', `/agents/${agent.id}`)).status,
    404,
    'another workspace does not learn of them',
  );
  await seconds(60);
  assert.equal((await tenant.ask('ayra', 'DELETE', `/agents/${agent.id}`)).status, 204);
  await services.chainWriter.chainDue();
  assert.equal((await list(tenant, `?agent_id=${agent.id}`)).length, 2);
  await ring(agent);
  await seconds(60);
  assert.equal((await list(tenant)).length, 2, 'no agent answers the number');
  const successor = await tenant.ask('ayra', 'POST', '/agents', {
    body: { name: 'Successor', voice_platform: 'vapi', phone_number: agent.number },
  });
  assert.equal(successor.status, 201);
  await services.chainWriter.chainDue();
  await ring(agent);
  await seconds(60);
  const [latest] = await list(tenant);
  assert.equal(latest!['agent_id'], (successor.body['data'] as JsonObject)['id']);
});
