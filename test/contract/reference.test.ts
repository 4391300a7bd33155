/** The reference: every operation is in it, and no text can break out of its HTML. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialects } from '../../src/dialects/index.ts';
import type { OpenApi } from '../../src/http/openapi/document.ts';
import { escaped } from '../../src/http/reference/html.ts';
import { apiPage, indexPage } from '../../src/http/reference/pages.ts';
import { configOf, openTestServer } from '../harness.ts';

const parlance = await openTestServer();
const get = (url: string, host = 'parlance.example') =>
  parlance.app.http.inject({ method: 'GET', url, headers: { host } });

test('the index links to a page and a document for each API', async () => {
  const { statusCode, payload, headers } = await get('/docs');
  assert.equal(statusCode, 200);
  assert.match(String(headers['content-type']), /^text\/html/);
  for (const { name, prefix } of dialects(configOf())) {
    assert.ok(payload.includes(`href="/docs/${name}"`), name);
    assert.ok(payload.includes(`href="${prefix}/openapi.json"`), name);
  }
});

for (const { name, prefix } of dialects(configOf())) {
  test(`the page of ${name} has every operation, and each of its links has a target`, async () => {
    const document = (await get(`${prefix}/openapi.json`)).json() as OpenApi;
    const { statusCode, payload, headers } = await get(`/docs/${name}`);
    assert.equal(statusCode, 200);
    const ids = [...payload.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    assert.deepEqual(ids.toSorted(), [...new Set(ids)].toSorted());
    for (const [path, methods] of Object.entries(document.paths)) {
      assert.ok(payload.includes(escaped(path)), path);
      for (const { operationId } of Object.values(methods)) assert.ok(ids.includes(operationId), operationId);
    }
    for (const [, target] of payload.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(target!), target);
    for (const landmark of ['<main id="main"', '<header', '<nav aria-label', '<footer', 'lang="en"', 'class="skip"'])
      assert.ok(payload.includes(landmark), landmark);
    assert.equal(payload.match(/<h1[ >]/g)?.length, 1);
    assert.doesNotMatch(payload, /<script|\son\w+=|style="|src="/);
    assert.doesNotMatch(payload, /undefined|\[object Object\]|NaN/);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/);
    assert.ok(payload.includes('http://parlance.example'));
  });
}

test('/ redirects to the reference', async () => {
  const { statusCode, headers } = await get('/');
  assert.equal(statusCode, 302);
  assert.equal(headers['location'], '/docs');
});

test('an unknown page is a 404', async () => {
  const { statusCode, payload } = await get('/docs/%3Cb%3E');
  assert.equal(statusCode, 404);
  assert.doesNotMatch(payload, /<b>/);
});

test('a host name that could change a command is not printed', async () => {
  const { payload } = await get('/docs/native', "x';rm -rf ~;'");
  assert.doesNotMatch(payload, /rm -rf/);
});

test('all text of a document is escaped', async () => {
  const evil = `"><img src=x onerror=alert(1)>'&`;
  const schema = { type: 'object', properties: { [evil]: { type: 'string', description: evil, enum: [evil] } } };
  const content = { 'application/json': { schema, example: { [evil]: evil } } };
  const document: OpenApi = {
    openapi: '3.1.0',
    info: { title: evil, version: '1', description: `${evil} \`${evil}\``, license: { name: 'x', identifier: 'x' } },
    servers: [],
    tags: [{ name: evil }],
    security: [],
    paths: {
      [`/${evil}`]: {
        post: {
          operationId: evil,
          summary: evil,
          description: evil,
          tags: [evil],
          security: [{ key: [] }],
          parameters: [{ name: evil, in: 'query', required: true, description: evil, schema: { type: 'string' } }],
          requestBody: { required: true, content },
          responses: { 200: { description: evil, content } },
        },
      },
    },
    components: {
      schemas: { Failure: schema },
      responses: {},
      headers: { [evil]: { description: evil, schema: {} } },
      examples: { [evil]: { summary: evil, value: evil } },
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: evil, description: evil } },
    },
  };
  const api = { name: evil, prefix: evil, base: evil, document };
  for (const { text } of [indexPage([api]), apiPage(api, [api], 'http://127.0.0.1:4747')]) {
    assert.doesNotMatch(text, /<img/);
    assert.ok(text.includes('&lt;img src=x'));
  }
});
