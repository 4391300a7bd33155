/** InstaView under other server settings, and the order of an answer's fields, which fixtures cannot show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer } from '../harness.ts';

const DRAFT = { name: 'Screening', type: 'ONLINE', focus: 'SCREENING', language: 'EN', duration: 30 };
const at = new Date('2026-03-01T10:30:20.500Z');

test('with wrapped answers, successes have the envelope of the guides and errors do not change', async () => {
  const parlance = await openTestServer({ PARLANCE_INSTAVIEW_ENVELOPE: 'wrapped' }, { now: () => at });
  const tenant = await parlance.workspace();
  const envelope = { success: true, error: null, timestamp: at.toISOString() };
  const created = await tenant.ask('instaview', 'POST', '/agents', { body: DRAFT });
  const agent = created.body['data'] as JsonObject;
  assert.deepEqual([created.status, created.body], [201, { ...envelope, data: agent }]);
  assert.deepEqual(Object.keys(created.body), ['success', 'data', 'error', 'timestamp']);

  const path = `/agents/${agent['id']}`;
  const updated = await tenant.ask('instaview', 'PATCH', path, { body: { duration: 45 } });
  assert.deepEqual(updated.body, { ...envelope, data: { ...agent, duration: 45 } });
  assert.deepEqual((await tenant.ask('instaview', 'GET', `/v1${path}`)).body, updated.body);
  const list = await tenant.ask('instaview', 'GET', '/agents');
  const page = { data: [updated.body['data']], total: 1, page: 1, limit: 20, totalPages: 1 };
  assert.deepEqual(list.body, { ...envelope, data: page });
  const numbers = await tenant.ask('instaview', 'GET', '/phone-numbers');
  assert.deepEqual(numbers.body['data'], { data: [], total: 0, page: 1, limit: 20, totalPages: 0 });

  const refused = await tenant.ask('instaview', 'PATCH', path, { body: { duration: 0 } });
  assert.equal(refused.status, 400);
  assert.deepEqual(Object.keys(refused.body), ['success', 'data', 'error', 'statusCode', 'message', 'timestamp']);
  assert.deepEqual((await tenant.ask('instaview', 'DELETE', path)).body, { ...envelope, data: true });
});

test('429 has the documented body without the envelope', async () => {
  const parlance = await openTestServer({ PARLANCE_RATE_LIMIT_INSTAVIEW: '2' }, { now: () => at });
  const tenant = await parlance.workspace();
  const first = await tenant.ask('instaview', 'GET', '/agents');
  const headers = Object.fromEntries(Object.entries(first.headers).filter(([name]) => name.startsWith('x-ratelimit')));
  assert.deepEqual(headers, {
    'x-ratelimit-limit-minute': '2',
    'x-ratelimit-limit-hour': '120',
    'x-ratelimit-remaining-minute': '1',
    'x-ratelimit-remaining-hour': '119',
    'x-ratelimit-reset-minute': String(Date.parse('2026-03-01T10:31:00Z') / 1000),
    'x-ratelimit-reset-hour': String(Date.parse('2026-03-01T11:00:00Z') / 1000),
  });
  await tenant.ask('instaview', 'GET', '/agents');
  const refused = await tenant.ask('instaview', 'POST', '/agents', { body: DRAFT });
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '40');
  assert.deepEqual(refused.body, {
    success: false,
    data: null,
    statusCode: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'Rate limit exceeded',
    error: 'Too Many Requests',
    retryAfter: 40,
    limit: 2,
    remaining: 0,
    reset: Date.parse('2026-03-01T10:31:00Z') / 1000,
    timestamp: at.toISOString(),
  });
});

test("an agent's fields have the documented order, its number last", async () => {
  const parlance = await openTestServer();
  const tenant = await parlance.workspace();
  const { body } = await tenant.ask('instaview', 'POST', '/agents', { body: DRAFT });
  const order =
    'id name type focus language duration createdAt updatedAt questions instructions voiceId companyId metadata ' +
    'cefrLevel backgroundSound companyPhoneNumberId';
  assert.equal(Object.keys(body).join(' '), order);
});
