/** HTTP tools: where each value goes, what it cannot change, and how failures of the server end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createOutgoingHttp } from '../../src/lib/outgoing-http.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { ToolSpec } from '../../src/tools/tool.ts';
import { callOf, conversationOf, httpTool, json, never, openShop, runnerOf, type Shop } from './tool-server.ts';

const shop = await openShop();
const runner = runnerOf();

async function run(spec: Omit<ToolSpec, 'name'>, input: JsonObject = {}, answer: Shop['answer'] = json({ ok: true })) {
  shop.requests.length = 0;
  shop.answer = answer;
  const outcome = await runner.run(httpTool(spec), callOf(input), conversationOf(), never);
  return { ...outcome, requests: [...shop.requests], first: shop.requests[0] };
}
const at = (path: string, more: Partial<NonNullable<ToolSpec['http']>> = {}) => ({ url: shop.url + path, ...more });

describe('parameters', () => {
  const parameters = [
    { name: 'id', type: 'string', location: 'path', required: true, source: 'ai' },
    { name: 'page', type: 'integer', location: 'query', source: 'ai' },
    { name: 'X-Reason', type: 'string', location: 'header', source: 'ai' },
    { name: 'note', type: 'string', location: 'body', source: 'ai' },
    { name: 'firstName', type: 'string', location: 'body', source: 'contact' },
  ];
  const input = { id: 'A 1/2', page: 3, 'X-Reason': 'asked', note: 'say "hi"\n' };

  test('go into the path, the query, a header and the body', async () => {
    for (const path of ['/orders/{id}/notes', '/orders/{{id}}/notes', '/orders/:id/notes']) {
      const { failed, output, first } = await run({ http: at(path), dynamicParameters: parameters }, { ...input });
      assert.deepEqual([failed, output], [false, '{"ok":true}'], path);
      assert.deepEqual([first?.method, first?.path], ['POST', '/orders/A%201%2F2/notes?page=3']);
      assert.equal(first?.headers['x-reason'], 'asked');
      assert.equal(first?.headers['content-type'], 'application/json');
      assert.deepEqual(JSON.parse(first!.body), { note: 'say "hi"\n', firstName: 'Li' });
    }
  });
  test('without a place in the path are appended to it', async () => {
    const { first } = await run({ http: at('/orders?all=1'), dynamicParameters: [parameters[0]!] }, input);
    assert.equal(first?.path, '/orders/A%201%2F2?all=1');
  });
  test('that are static win over those of the model', async () => {
    const staticParameters = [
      { name: 'note', value: 'fixed', location: 'body' },
      { name: 'tenant', value: 12, location: 'query' },
      { name: 'X-Tenant', value: 'twelve', location: 'header' },
    ];
    const { first } = await run({ http: at('/n'), dynamicParameters: [parameters[3]!], staticParameters }, input);
    assert.deepEqual([first?.path, first?.headers['x-tenant']], ['/n?tenant=12', 'twelve']);
    assert.deepEqual(JSON.parse(first!.body), { note: 'fixed' });
  });
  test('of a GET go into the query instead of the body', async () => {
    const { first } = await run(
      { http: at('/n', { method: 'GET' }), dynamicParameters: [parameters[3]!] },
      { note: 'a&b=c' },
    );
    assert.deepEqual([first?.path, first?.body], ['/n?note=a%26b%3Dc', '']);
  });
  test('that are required and missing fail the call, and nothing is sent', async () => {
    const unknown = { name: 'shoeSize', location: 'body', required: true, source: 'contact' };
    const { failed, output, requests } = await run({ http: at('/n'), dynamicParameters: [unknown] });
    assert.deepEqual([failed, output, requests], [true, 'The required parameter shoeSize has no value.', []]);
  });
  test('may be sent as a form', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const { first } = await run({ http: at('/n', { headers }), dynamicParameters: [parameters[3]!] }, { note: 'a&b' });
    assert.equal(first?.body, 'note=a%26b');
  });
});

describe('the configuration of an attachment', () => {
  const config = { desk: 'sales', limits: { most: 3 } };
  const inputSchema = { type: 'object', properties: { id: { type: 'string' }, config: { type: 'object' } } };
  const attached = async (spec: Omit<ToolSpec, 'name'>, input: JsonObject = {}) => {
    shop.requests.length = 0;
    shop.answer = json({ ok: true });
    const outcome = await runner.run({ ...httpTool(spec), config }, callOf(input), conversationOf(), never);
    return { ...outcome, first: shop.requests[0] };
  };

  test('is sent as one object, and the model cannot change it', async () => {
    const { first } = await attached({ inputSchema, http: at('/n') }, { id: 'A', config: { desk: 'mine' } });
    assert.deepEqual(JSON.parse(first!.body), { id: 'A', config });
    const { first: get } = await attached({ http: at('/n', { method: 'GET' }) });
    assert.equal(get?.path, `/n?config=${encodeURIComponent(JSON.stringify(config)).replaceAll('%20', '+')}`);
  });
  test('is sent only where the tool places it', async () => {
    const http = at('/{{config.desk}}/n', { headers: { 'X-Most': '{{config.limits.most}}' } });
    const { first } = await attached({ inputSchema, http }, { id: 'A', config: { desk: 'mine' } });
    assert.deepEqual([first?.path, first?.headers['x-most'], first?.body], ['/sales/n', '3', '{"id":"A"}']);
    const { first: written } = await attached({ http: at('/n', { body: { fixed: 1, all: '{{config}}' } }) });
    assert.deepEqual(JSON.parse(written!.body), { fixed: 1, all: config });
    const { first: silent } = await attached({ http: at('/n', { body: { fixed: 1 } }) });
    assert.deepEqual(JSON.parse(silent!.body), { fixed: 1 });
  });
  test('may decide which server is called', async () => {
    const { port } = new URL(shop.url);
    const http = { url: `http://{{config.host}}:${port}/n` };
    const tool = { ...httpTool({ inputSchema, http }), config: { host: '127.0.0.1' } };
    shop.requests.length = 0;
    await runner.run(tool, callOf({ config: { host: 'elsewhere.example' } }), conversationOf(), never);
    assert.equal(shop.requests.length, 1);
  });
});

describe('placeholders', () => {
  const inputSchema = { type: 'object', properties: { id: { type: 'string' }, count: { type: 'integer' } } };

  test('are filled in the URL, headers, query and body, with values of any type', async () => {
    const { first } = await run(
      {
        inputSchema,
        http: at('/{shop}/orders/{{ id }}?q={{id}}', {
          method: 'PUT',
          headers: { 'X-Order': 'no. {{id}}' },
          query: { n: '{{count}}', gone: '{{absent}}' },
          body: {
            id: '{{id}}',
            count: '{{count}}',
            mail: '{{contact.email}}',
            deep: ['{{order.id}}', 'n{{count}}'],
            gone: '{{absent}}',
          },
        }),
      },
      { id: 'x"}&?', count: 2 },
    );
    assert.equal(first?.path, '/nine/orders/x%22%7D%26%3F?q=x%22%7D%26%3F&n=2');
    assert.equal(first?.headers['x-order'], 'no. x"}&?');
    assert.deepEqual(JSON.parse(first!.body), { id: 'x"}&?', count: 2, mail: 'li@example.com', deep: [7, 'n2'] });
  });
  test('are not needed: arguments without one are sent as they are', async () => {
    const post = await run({ inputSchema, http: at('/orders/{{id}}') }, { id: '1', count: 2 });
    assert.deepEqual([post.first?.path, post.first?.body], ['/orders/1', '{"count":2}']);
    const get = await run({ inputSchema, http: at('/orders', { method: 'GET' }) }, { id: '1', count: 2 });
    assert.deepEqual([get.first?.path, get.first?.body], ['/orders?id=1&count=2', '']);
  });
  test('inside values are not filled', async () => {
    const { first } = await run(
      { inputSchema, http: at('/a', { body: { id: '{{id}}' } }) },
      { id: '{{contact.email}}' },
    );
    assert.deepEqual(JSON.parse(first!.body), { id: '{{contact.email}}' });
  });
});

describe('an argument of the model cannot change', () => {
  const refused = async (spec: Omit<ToolSpec, 'name'>, input: JsonObject, sentence: RegExp) => {
    const { failed, output, requests } = await run(spec, input);
    assert.deepEqual([failed, requests], [true, []], output);
    assert.match(output, sentence);
  };
  test('the path', async () => {
    for (const id of ['..', '.', '...', ''])
      await refused(
        { http: at('/orders/{{id}}/x'), inputSchema: {} },
        { id },
        /not valid in a URL|is needed for the URL/,
      );
    for (const id of ['../admin', '..\\admin', '%2e%2e', '?x=1', '#x', '//evil.example', '@evil.example']) {
      const { first } = await run({ http: at('/orders/{{id}}/x'), inputSchema: {} }, { id });
      assert.equal(first?.path, `/orders/${encodeURIComponent(id)}/x`);
    }
  });
  test('the server', async () => {
    for (const url of ['{{host}}/x', 'http://{{host}}/x', 'http://a.example{{host}}/x', 'http://{host}@a.example/'])
      for (const host of ['http://evil.example', 'evil', '.evil.example', '@evil.example'])
        await refused({ http: { url }, inputSchema: {} }, { host }, /must not decide which server/);
    await refused(
      { http: { url: 'http://{{host}}.shop.example/x' }, inputSchema: {} },
      { host: 'evil.example/' },
      /must not/,
    );
  });
  test('the server, while the configuration can', async () => {
    const staticParameters = [{ name: 'base', value: shop.url, location: 'nowhere' }];
    const { first } = await run({ http: { url: '{{base}}/x', body: { a: 1 } }, staticParameters });
    assert.equal(first?.path, '/x');
  });
  test('the headers', async () => {
    const http = at('/x', { headers: { 'X-Name': '{{name}}' } });
    for (const name of ['a\r\nX-Admin: 1', 'a\0', '名'])
      await refused({ http, inputSchema: {} }, { name }, /The value of the header X-Name/);
    await refused(
      { http: at('/x'), dynamicParameters: [{ name: 'X-Name', location: 'header' }] },
      { 'X-Name': 'a\nb' },
      /cannot be sent/,
    );
  });
  test('inherited properties of objects', async () => {
    const { first } = await run({ http: at('/x', { body: { a: '{{constructor}}', b: '{{__proto__.x}}' } }) }, {});
    assert.equal(first?.body, '{}');
  });
  test('anything with half a surrogate pair', async () => {
    const { first } = await run({ http: at('/x/{{id}}'), inputSchema: {} }, { id: 'a\ud800' });
    assert.equal(first?.path, '/x/a%EF%BF%BD');
  });
});

describe('authentication', () => {
  const signs = async (auth: JsonObject) => (await run({ http: at('/x', { auth }) })).first!;
  test('is accepted under all common names', async () => {
    assert.equal((await signs({ type: 'bearer', token: 'tok-123456' })).headers.authorization, 'Bearer tok-123456');
    assert.equal((await signs({ token: 'tok-123456' })).headers.authorization, 'Bearer tok-123456');
    const basic = `Basic ${Buffer.from('me:secret-1').toString('base64')}`;
    assert.equal((await signs({ type: 'basic', username: 'me', password: 'secret-1' })).headers.authorization, basic);
    assert.equal((await signs({ type: 'api_key', api_key: 'key-12345' })).headers['x-api-key'], 'key-12345');
    const named = { type: 'api_key', header_name: 'X-Shop', value: 'key-12345' };
    assert.equal((await signs(named)).headers['x-shop'], 'key-12345');
    assert.equal((await signs({ ...named, name: 'k', header_name: '', in: 'query' })).path, '/x?k=key-12345');
    assert.equal((await signs({ type: 'none' })).headers.authorization, undefined);
  });
  test('of an unknown type fails the call, and nothing is sent', async () => {
    const { failed, output, requests } = await run({ http: at('/x', { auth: { type: 'kerberos' } }) });
    assert.deepEqual(
      [failed, output, requests],
      [true, 'The tool has an unknown type of authentication; use none, bearer, basic or apikey.', []],
    );
  });
  test('is masked in the output, also where a server repeats it', async () => {
    const echo: Shop['answer'] = (response, request) =>
      json({ request, twice: `${request.headers.authorization}` })(response);
    const http = at('/x?a=1', {
      auth: { type: 'basic', username: 'someone', password: 'pass word/1' },
      headers: { 'X-Api-Key': 'header-secret', 'X-Plain': 'plain-value' },
      query: { api_key: 'query/secret' },
    });
    const staticParameters = [{ name: 'client_secret', value: 'static-secret', location: 'body' }];
    const { output } = await run({ http, staticParameters }, {}, echo);
    const pair = Buffer.from('someone:pass word/1').toString('base64');
    for (const secret of ['pass word/1', pair, 'header-secret', 'query/secret', 'query%2Fsecret', 'static-secret'])
      assert.ok(!output.includes(secret), secret);
    assert.match(output, /plain-value/);
    assert.match(output, /\*{8}/);
  });
});

describe('answers', () => {
  test('with an error status are failures with their text', async () => {
    const missing = await run({ http: at('/x') }, {}, json({ why: 'no such order' }, 404));
    assert.deepEqual([missing.failed, missing.output], [true, 'The server answered 404.\n{"why":"no such order"}']);
    const moved = await run(
      { http: at('/x') },
      {},
      (response) => void response.writeHead(302, { Location: '/y' }).end(),
    );
    assert.deepEqual([moved.failed, moved.requests.length], [true, 1]);
    assert.match(moved.output, /302; redirects are not followed/);
  });
  test('without content are successes', async () => {
    const { failed, output } = await run({ http: at('/x') }, {}, (response) => void response.writeHead(204).end());
    assert.deepEqual([failed, output], [false, 'The server answered 204, without content.']);
  });
  test('that are too long are cut between characters', async () => {
    const { failed, output } = await run(
      { http: at('/x') },
      {},
      (response) => void response.end('ä'.repeat(5_000_000)),
    );
    assert.equal(failed, false);
    assert.match(output, /^ä{32768}\n\[The answer is longer; this is its beginning\.\]$/);
  });
  test('that are not text are described by type and size', async () => {
    const picture: Shop['answer'] = (response) =>
      void response.writeHead(200, { 'Content-Type': 'image/png' }).end(Buffer.from([137, 80, 78, 71, 0, 255]));
    assert.equal((await run({ http: at('/x') }, {}, picture)).output, '[The answer is not text: image/png, 6 bytes.]');
    const odd: Shop['answer'] = (response) => void response.writeHead(200).end(Buffer.alloc(100_000));
    assert.equal(
      (await run({ http: at('/x') }, {}, odd)).output,
      '[The answer is not text: of an unknown type, more than 65536 bytes.]',
    );
    const packed: Shop['answer'] = (response) =>
      void response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }).end('x');
    assert.match((await run({ http: at('/x') }, {}, packed)).output, /not text/);
  });
  test('in another charset are decoded', async () => {
    const latin: Shop['answer'] = (response) =>
      void response.writeHead(200, { 'Content-Type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from([0xe4]));
    assert.equal((await run({ http: at('/x') }, {}, latin)).output, 'ä');
  });
});

describe('servers that fail', () => {
  test('are waited for up to the time-out of the tool', async () => {
    const { failed, output } = await run({ http: at('/x'), timeoutMs: 150, retries: 3 }, {}, () => {});
    assert.deepEqual([failed, output], [true, 'There was no answer within 150 ms.']);
    assert.equal(shop.requests.length, 1, 'a time-out is not repeated');
    const half: Shop['answer'] = (response) =>
      void response.writeHead(200, { 'Content-Type': 'text/plain' }).write('ab');
    assert.match(
      (await run({ http: at('/x'), timeoutMs: 150 }, {}, half)).output,
      /took too long before its end\.\nab$/,
    );
  });
  test('are not waited for after an abort', async () => {
    const away = new AbortController();
    shop.answer = () => away.abort();
    const outcome = await runner.run(httpTool({ http: at('/x'), retries: 5 }), callOf(), conversationOf(), away.signal);
    assert.deepEqual(outcome, { failed: true, output: 'The request was cancelled.' });
  });
  test('are asked again, with the same idempotency key', async () => {
    let count = 0;
    const third: Shop['answer'] = (response) => {
      count += 1;
      if (count === 1) return void response.destroy();
      if (count === 2) return void response.writeHead(503, { 'Retry-After': '0' }).end();
      json({ count })(response);
    };
    const { output, requests } = await run({ http: at('/x'), retries: 2 }, {}, third);
    assert.equal(output, '{"count":3}');
    assert.deepEqual(
      requests.map(({ headers }) => headers['idempotency-key']),
      ['conv-1-call_1', 'conv-1-call_1', 'conv-1-call_1'],
    );
  });
  test('are asked again only where the tool allows it and it may help', async () => {
    assert.equal((await run({ http: at('/x') }, {}, json({}, 503))).requests.length, 1);
    assert.equal((await run({ http: at('/x'), retries: 3 }, {}, json({}, 422))).requests.length, 1);
    assert.equal((await run({ http: at('/x'), retries: 1 }, {}, json({}, 429))).requests.length, 2);
    assert.equal((await run({ http: at('/x') })).first?.headers['idempotency-key'], undefined);
  });
  test('on private addresses are not called', async () => {
    const guarded = runnerOf({ send: createOutgoingHttp({ allowPrivateTargets: false }) });
    shop.requests.length = 0;
    const outcome = await guarded.run(httpTool({ http: at('/x') }), callOf(), conversationOf(), never);
    assert.deepEqual(outcome, {
      failed: true,
      output: 'The address is not public; PARLANCE_ALLOW_PRIVATE_TARGETS=1 allows private addresses.',
    });
    assert.equal(shop.requests.length, 0);
  });
});
