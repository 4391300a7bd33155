/** AgentHuman's limits, long lists and server errors, which fixtures cannot show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '../../src/dialects/agenthuman/errors.ts';
import { parseStart } from '../../src/dialects/agenthuman/sessions/mapping.ts';
import { Fault } from '../../src/faults.ts';
import { openTestServer } from '../harness.ts';

const parlance = await openTestServer();
const agentOf = (body: object): Record<string, unknown> => (body as { agent: Record<string, unknown> }).agent;

test('the largest values are stored, and larger ones are refused by name', async () => {
  const tenant = await parlance.workspace();
  const path = `/agents/${agentOf((await tenant.ask('agenthuman', 'POST', '/agents', { body: { name: 'Big' } })).body)['id']}`;
  const text = (length: number) => 'x'.repeat(length);
  const inObject = (bytes: number) => ({ a: text(bytes - '{"a":""}'.length) });
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
  const limits: [field: string, largest: unknown, tooLarge: unknown, refusal: string][] = [
    ['custom_greeting', text(10_000), text(10_001), 'must be at most 10000 characters'],
    ['context', text(100_000), text(100_001), 'must be at most 100000 characters'],
    ['properties', inObject(65_536), inObject(65_537), 'must be at most 65536 bytes of JSON'],
    ['memories', keys(2000), keys(2001), 'must have at most 2000 keys'],
    ['knowledge_base', inObject(524_288), inObject(524_289), 'must be at most 524288 bytes of JSON'],
  ];
  for (const [field, largest, tooLarge, refusal] of limits) {
    const refused = await tenant.ask('agenthuman', 'PUT', path, { body: { [field]: tooLarge } });
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body, { error: `${field} ${refusal}` });
    const stored = await tenant.ask('agenthuman', 'PUT', path, { body: { [field]: largest } });
    assert.deepEqual([stored.status, stored.body], [200, { success: true }]);
    const read = await tenant.ask('agenthuman', 'GET', path);
    assert.deepEqual(agentOf(read.body)[field], largest);
  }
});

test('a list of several pages is complete, and newest update first', async () => {
  const tenant = await parlance.workspace();
  const { agents } = parlance.app.services;
  const caller = await parlance.app.services.access.byKey(tenant.keys.agenthuman, 'agenthuman');
  for (let created = 0; created < 1001; created += 143)
    await Promise.all(
      Array.from({ length: 143 }, (_, i) =>
        agents.create(caller, { edits: () => [{ op: 'set', path: 'name', value: `Agent ${created + i}` }] }),
      ),
    );
  const order = async (query: string) => {
    const { body } = await tenant.ask('agenthuman', 'GET', `/agents${query}`);
    return (body as unknown as { agents: { agent_id: number; updated_at: string }[] }).agents;
  };
  const before = await order('');
  const oldest = before.at(-1)!.agent_id;
  await tenant.ask('agenthuman', 'PUT', `/agents/${oldest}`, { body: { context: 'Touched.' } });
  const after = await order('');
  assert.equal(new Set(after.map((agent) => agent.agent_id)).size, 1001);
  assert.equal(after[0]!.agent_id, oldest);
  assert.ok(after.every((agent, i) => i === 0 || agent.updated_at <= after[i - 1]!.updated_at));
  assert.deepEqual(await order('?limit=5&offset=500'), after.slice(500, 505));
});

test('the list of sessions is complete, newest first', async () => {
  const tenant = await parlance.workspace();
  const { conversations } = parlance.app.services;
  const caller = await parlance.app.services.access.byKey(tenant.keys.agenthuman, 'agenthuman');
  const number = Number(
    agentOf((await tenant.ask('agenthuman', 'POST', '/agents', { body: { name: 'Busy' } })).body)['id'],
  );
  for (let created = 0; created < 1001; created += 143)
    await Promise.all(
      Array.from({ length: 143 }, () => conversations.create(caller, parseStart({ agent_id: number }))),
    );
  const ids = async (path: string) => {
    const { body } = await tenant.ask('agenthuman', 'GET', path);
    return (body as unknown as { sessions: { session_id: number }[] }).sessions.map(({ session_id }) => session_id);
  };
  const all = await ids('/sessions');
  assert.equal(new Set(all).size, 1001);
  assert.deepEqual(
    all,
    [...all].sort((a, b) => b - a),
  );
  assert.deepEqual(await ids(`/agents/${number}/sessions`), all);
  assert.deepEqual(await ids('/sessions?status=active&offset=1000'), all.slice(1000));
  assert.deepEqual(await ids('/sessions?limit=3&offset=499'), all.slice(499, 502));
});

test('a request over the rate limit answers 429 with success false', async () => {
  const strict = await openTestServer({ PARLANCE_RATE_LIMIT_AGENTHUMAN: '1' });
  const tenant = await strict.workspace();
  const first = await tenant.ask('agenthuman', 'GET', '/agents');
  assert.deepEqual([first.status, first.headers['x-ratelimit-limit']], [200, '1']);
  assert.equal(first.headers['x-ratelimit-remaining'], '0');
  assert.match(String(first.headers['x-ratelimit-reset']), /^\d{10}$/);
  const second = await tenant.ask('agenthuman', 'GET', '/agents');
  assert.equal(second.status, 429);
  assert.deepEqual(second.body, {
    success: false,
    error: 'Too many requests; try again later. Please try again in 1 minute',
  });
  assert.ok(second.headers['retry-after']);
});

test('an internal error shows no details', () => {
  const context = { requestId: 'req', at: '', path: '' };
  const failure = faults.internal(new Fault('internal', {}, 'a table is missing'), context);
  assert.deepEqual(failure, { status: 500, body: { error: 'Server error' } });
});
