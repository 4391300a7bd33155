/** Agntix's behaviour that needs more than a fixture: limits of size, rate limits and an identity provider. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openTestServer } from '../harness.ts';

const parlance = await openTestServer();
const draft = { fullName: 'Ana', description: 'Front desk', role: 'You greet.' };

test('the longest texts are stored, and longer ones are refused by field', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: draft });
  const path = `/v2/chat/agents/${agent['id']}`;
  const limits = {
    fullName: 255,
    description: 10_000,
    role: 100_000,
    systemPrompt: 100_000,
    specialInstructions: 100_000,
  };
  for (const [field, limit] of Object.entries(limits)) {
    const refused = await tenant.ask('agntix', 'PATCH', path, { body: { [field]: 'x'.repeat(limit + 1) } });
    assert.equal(refused.status, 400);
    const { message } = refused.body['error'] as { message: string };
    assert.equal(message, `${field} must be at most ${limit} characters`);
    const stored = await tenant.ask('agntix', 'PATCH', path, { body: { [field]: 'x'.repeat(limit) } });
    assert.deepEqual([stored.status, stored.body[field]], [200, 'x'.repeat(limit)]);
  }
  const many = await tenant.ask('agntix', 'PATCH', path, { body: { tools: Array(201).fill(agent['id']) } });
  assert.deepEqual(
    [many.status, (many.body['error'] as { message: string }).message],
    [400, 'tools must have at most 200 items'],
  );
});

test('above the rate limit, the answer is 429 in both envelopes', async () => {
  const strict = await openTestServer({ PARLANCE_RATE_LIMIT_AGNTIX: '1' });
  const tenant = await strict.workspace();
  const first = await tenant.ask('agntix', 'GET', '/v2/chat/agents');
  assert.deepEqual(
    [first.status, first.headers['x-ratelimit-limit'], first.headers['x-ratelimit-remaining']],
    [200, '1', '0'],
  );
  const second = await tenant.ask('agntix', 'GET', '/v2/chat/agents');
  const { error, meta } = second.body as unknown as { error: Record<string, unknown>; meta: Record<string, unknown> };
  assert.deepEqual([second.status, error['code'], error['status']], [429, 'RATE_LIMITED', 429]);
  assert.equal(error['requestId'], meta['requestId']);
  assert.match(String(second.headers['retry-after']), /^\d+$/);
});

test('a Bearer is a key or a token of the configured identity provider', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] });
  const provider = createServer((_request, response) => response.end(keys)).listen(0, '127.0.0.1');
  after(() => provider.close());
  await once(provider, 'listening');
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const server = await openTestServer({
    PARLANCE_JWT_ISSUERS: JSON.stringify([{ issuer, jwksUrl: `${issuer}/jwks`, workspaceClaim: 'org_id' }]),
  });
  const tenant = await server.workspace();
  const token = (claims: Record<string, string>, from = issuer) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(from)
      .setSubject('user_1')
      .setExpirationTime('1m')
      .sign(privateKey);
  const listWith = async (bearer: string) =>
    (
      await tenant.ask('agntix', 'GET', '/v2/chat/agents', {
        key: null,
        headers: { authorization: `Bearer ${bearer}` },
      })
    ).status;
  assert.equal(await listWith(tenant.keys.agntix), 200);
  assert.equal(await listWith(await token({ org_id: tenant.id })), 200);
  assert.equal(await listWith(await token({ org_id: 'org_unknown' })), 401);
  assert.equal(await listWith(await token({ org_id: tenant.id }, 'https://elsewhere.example')), 401);
  assert.equal(await listWith(tenant.keys.kejue), 401);
});
