/** The native API, where a fixture is not enough: copies of agents, parallel writers and time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer } from '../harness.ts';

let at = new Date('2030-01-01T00:00:00Z');
const parlance = await openTestServer({}, { now: () => at });

const RICH = {
  name: 'Ana',
  description: 'Sells',
  avatar: { url: 'https://example.com/a.png' },
  status: 'paused',
  role: 'Seller',
  metadata: { a: { b: [1, { c: 'd' }] } },
  profiles: {
    '01890000-0000-7000-8000-0000000000a1': { name: 'One', locale: 'en', greeting: { text: 'Hi', delayMs: 5 } },
    '01890000-0000-7000-8000-0000000000b2': { name: 'Two', locale: 'de', default: true, model: { temperature: 0.5 } },
  },
  telephony: { transferNumber: '+15551234567' },
  tools: [{ name: 'hang_up', channels: ['voice'], config: { a: 1 } }],
  memory: { enabled: true, facts: { colour: 'red' } },
  callSettings: { window: { start: '09:30' }, tags: [{ name: 'Hot' }] },
  interview: { questions: ['Why?'], durationMinutes: 20 },
  extras: { ayra: { voicePlatform: 'retell' } },
};

test('sending an agent back unchanged changes nothing', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: RICH });
  at = new Date(at.getTime() + 1000);
  const echoed = await tenant.ask('native', 'PATCH', `/agents/${agent['id']}`, { body: agent });
  assert.equal(echoed.status, 200, echoed.text);
  const { receipt: created, ...shown } = agent;
  const { receipt, ...after } = echoed.body;
  assert.deepEqual(after, shown);
  assert.deepEqual([(receipt as JsonObject)['revision'], (receipt as JsonObject)['changed']], [1, []]);
  assert.equal((created as JsonObject)['revision'], 1);
});

test('posting an agent again creates a copy with another id', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: RICH });
  const copied = await tenant.ask('native', 'POST', '/agents', { body: agent });
  assert.equal(copied.status, 201, copied.text);
  const without = ({ id: _id, number: _number, createdAt: _created, updatedAt: _updated, ...rest }: JsonObject) => rest;
  assert.notEqual(copied.body['id'], agent['id']);
  assert.deepEqual(without(copied.body), without(agent));
});

test('parallel writes to different fields all succeed', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const path = `/agents/${agent['id']}`;
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => tenant.ask('native', 'PATCH', path, { body: { metadata: { [`k${i}`]: i } } })),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const { body: after } = await tenant.ask('native', 'GET', path);
  assert.equal(Object.keys(after['metadata'] as JsonObject).length, 30);
  assert.equal(after['revision'], 31);
});

test('a key expires on time', async () => {
  const tenant = await parlance.workspace();
  const expiresAt = new Date(at.getTime() + 60_000).toISOString();
  const { body } = await tenant.ask('native', 'POST', '/keys', { body: { dialect: 'native', expiresAt } });
  const key = String(body['key']);
  assert.equal((await tenant.ask('native', 'GET', '/agents', { key })).status, 200);
  at = new Date(at.getTime() + 60_000);
  const late = await tenant.ask('native', 'GET', '/agents', { key });
  assert.deepEqual([late.status, late.body['code']], [401, 'key_expired']);
});

test('a session expires', async () => {
  const tenant = await parlance.workspace();
  const person = { email: `ana-${tenant.id}@example.com`, password: 'correct horse' };
  await tenant.ask('native', 'POST', '/users', { body: person });
  const { body: session } = await tenant.ask('native', 'POST', '/login', { body: person, key: null });
  const key = String(session['token']);
  assert.equal((await tenant.ask('native', 'GET', '/agents', { key })).status, 200);
  at = new Date(Date.parse(String(session['expiresAt'])) + 1000);
  assert.equal((await tenant.ask('native', 'GET', '/agents', { key })).status, 401);
});

test('after twenty wrong passwords in a minute a user is locked out, and other users are not', async () => {
  const tenant = await parlance.workspace();
  const person = { email: `ana-${tenant.id}@example.com`, password: 'correct horse' };
  const peer = { email: `bo-${tenant.id}@example.com`, password: 'correct horse' };
  await tenant.ask('native', 'POST', '/users', { body: person });
  await tenant.ask('native', 'POST', '/users', { body: peer });
  const guess = (body: object) => tenant.ask('native', 'POST', '/login', { body, key: null });
  const wrong = await Promise.all(Array.from({ length: 20 }, () => guess({ ...person, password: 'wrong' })));
  assert.deepEqual(new Set(wrong.map(({ status }) => status)), new Set([401]));
  const locked = await guess(person);
  assert.deepEqual([locked.status, locked.headers['retry-after']], [429, '60']);
  assert.equal((await guess(peer)).status, 200);
});
