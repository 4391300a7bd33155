/** Web pages of other origins: none by default, and those that PARLANCE_CORS_ORIGINS names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../src/config.ts';
import { BASES, openTestServer, type TestServer } from '../harness.ts';

const PAGE = 'https://shop.example';
const PATH = `${BASES.agntix}/v2/chat/agents`;
const preflight = ({ app }: TestServer, origin: string, url = PATH) =>
  app.http.inject({
    method: 'OPTIONS',
    url,
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
  });

test('by default no page of another origin may read an answer', async () => {
  const parlance = await openTestServer();
  assert.notEqual((await preflight(parlance, PAGE)).statusCode, 204);
  const tenant = await parlance.workspace();
  const { status, headers } = await tenant.ask('agntix', 'GET', '/v2/chat/agents', { headers: { origin: PAGE } });
  assert.deepEqual([status, headers['access-control-allow-origin']], [200, undefined]);
});

test('a page of a named origin may send requests and read every header of the answers and errors', async () => {
  const parlance = await openTestServer({ PARLANCE_CORS_ORIGINS: `http://localhost:3000, ${PAGE}` });
  const tenant = await parlance.workspace();
  for (const url of [PATH, `${BASES.openai}/chat/completions`, '/v1/agents/one/two/three']) {
    const { statusCode, headers } = await preflight(parlance, PAGE, url);
    assert.equal(statusCode, 204);
    assert.equal(headers['access-control-allow-origin'], PAGE);
    assert.match(String(headers['access-control-allow-methods']), /PATCH/);
    assert.equal(headers['access-control-allow-headers'], 'x-api-key');
    assert.equal(headers['access-control-allow-credentials'], undefined, 'no cookies');
  }
  for (const key of [tenant.keys.agntix, 'wrong']) {
    const { status, headers } = await tenant.ask('agntix', 'GET', '/v2/chat/agents', {
      key,
      headers: { origin: PAGE },
    });
    assert.equal(status, key === 'wrong' ? 401 : 200);
    assert.equal(headers['access-control-allow-origin'], PAGE);
    assert.equal(headers['access-control-expose-headers'], '*');
  }
  const other = await preflight(parlance, 'https://evil.example');
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('a page of a named origin may read streams', async () => {
  const parlance = await openTestServer({ PARLANCE_CORS_ORIGINS: '*' });
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const { body: conversation } = await tenant.ask('native', 'POST', '/conversations', {
    body: { agentId: agent['id'] },
  });
  const { headers, text } = await tenant.ask('native', 'POST', `/conversations/${conversation['id']}/messages`, {
    body: { content: 'Hello', stream: true },
    headers: { origin: PAGE },
  });
  assert.match(String(headers['content-type']), /event-stream/);
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.notEqual(text, '');
});

test('a value that is not an origin stops the start, and the error names the origin', () => {
  const read = (PARLANCE_CORS_ORIGINS: string) => () => readConfig({ PARLANCE_CORS_ORIGINS }, {});
  assert.throws(
    read(`${PAGE}/app`),
    new ConfigError(`PARLANCE_CORS_ORIGINS has "${PAGE}/app", which is not an origin; write ${PAGE}, or * for all.`),
  );
  assert.throws(read('shop.example'), /not an origin; write https:\/\/app\.example\.com/);
  assert.deepEqual(read('')().corsOrigins, []);
});
