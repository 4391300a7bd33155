/** Bad input in every dialect: the dialect answers its own error and stores nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isObject, type JsonObject } from '../../src/lib/values.ts';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';
import { type Answer, type Ask, openTestServer, type Tenant } from '../harness.ts';

interface DialectFacts {
  method: string;
  path(agent: TestAgent): string;
  /** The dialect's names of a text field and of a free-form map. */
  text: string;
  freeFormMap: string;
  unknownPath: string;
  /** Asserts that the body is an error of this dialect, and returns its sentence. */
  sentence(answer: Answer): string;
  foreign: number;
  invalid: number;
}

interface TestAgent {
  id: string;
  number: number;
}

const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000';
const objectAt = (body: unknown, key: string): JsonObject => {
  assert.ok(isObject(body) && isObject(body[key]), JSON.stringify(body));
  return body[key] as JsonObject;
};
const nonEmpty = (value: unknown): string => {
  assert.equal(typeof value, 'string');
  assert.notEqual(value, '');
  return value as string;
};

const DIALECTS: Record<KeyDialect, DialectFacts> = {
  native: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    freeFormMap: 'metadata',
    unknownPath: `/agents/${UNKNOWN_ID}`,
    foreign: 404,
    invalid: 422,
    sentence: ({ body, status, headers }) => {
      assert.match(String(headers['content-type']), /application\/problem\+json/);
      assert.equal(body['status'], status);
      nonEmpty(body['code']);
      return nonEmpty(body['detail']);
    },
  },
  kejue: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    freeFormMap: 'call_settings',
    unknownPath: `/agents/${UNKNOWN_ID}`,
    foreign: 404,
    invalid: 422,
    sentence: ({ body }) => {
      assert.deepEqual(Object.keys(body).sort(), ['code', 'details', 'error']);
      assert.match(nonEmpty(body['code']), /^[A-Z_]+$/);
      return nonEmpty(body['error']);
    },
  },
  agenthuman: {
    method: 'PUT',
    path: ({ number }) => `/agents/${number}`,
    text: 'name',
    freeFormMap: 'properties',
    unknownPath: '/agents/999999999',
    foreign: 404,
    invalid: 400,
    sentence: ({ body }) => {
      assert.deepEqual(Object.keys(body), ['error']);
      return nonEmpty(body['error']);
    },
  },
  instaview: {
    method: 'PATCH',
    path: ({ id }) => `/agents/${id}`,
    text: 'name',
    freeFormMap: 'metadata',
    unknownPath: `/agents/${UNKNOWN_ID}`,
    foreign: 403,
    invalid: 400,
    sentence: ({ body, status }) => {
      assert.equal(body['success'], false);
      assert.equal(body['data'], null);
      assert.equal(body['statusCode'], status);
      nonEmpty(body['timestamp']);
      nonEmpty(objectAt(body, 'error')['code']);
      return nonEmpty(body['message']);
    },
  },
  ayra: {
    method: 'PUT',
    path: ({ id }) => `/agents/agent_${id.replaceAll('-', '')}`,
    text: 'name',
    freeFormMap: 'metadata',
    unknownPath: '/agents/agent_invalid123',
    foreign: 404,
    invalid: 400,
    sentence: ({ body }) => {
      assert.deepEqual(Object.keys(body), ['error']);
      nonEmpty(objectAt(body, 'error')['type']);
      nonEmpty(objectAt(body, 'error')['code']);
      return nonEmpty(objectAt(body, 'error')['message']);
    },
  },
  agntix: {
    method: 'PATCH',
    path: ({ id }) => `/v2/chat/agents/${id}`,
    text: 'fullName',
    freeFormMap: 'subAgents',
    unknownPath: `/v2/chat/agents/${UNKNOWN_ID}`,
    foreign: 404,
    invalid: 400,
    sentence: ({ body, status }) => {
      assert.equal(objectAt(body, 'error')['status'], status);
      nonEmpty(objectAt(body, 'error')['code']);
      nonEmpty(objectAt(body, 'error')['requestId']);
      nonEmpty(objectAt(body, 'meta')['timestamp']);
      return nonEmpty(objectAt(body, 'error')['message']);
    },
  },
};

let clock = new Date('2026-05-01T12:00:00Z');
const parlance = await openTestServer({}, { now: () => clock });
const strict = await openTestServer({ PARLANCE_RATE_LIMIT: '3' });
const newAgent = async (tenant: Tenant): Promise<TestAgent> => {
  const { body } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Untouched', metadata: { kept: 'yes' } },
  });
  return { id: String(body['id']), number: Number(body['number']) };
};
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

for (const [name, dialect] of Object.entries(DIALECTS) as [KeyDialect, DialectFacts][]) {
  describe(name, async () => {
    const tenant = await parlance.workspace();
    const other = await parlance.workspace();
    const agent = await newAgent(tenant);
    const before = (await tenant.ask('native', 'GET', `/agents/${agent.id}`)).text;

    const refused = async (ask: Ask, status: number | number[], path = dialect.path(agent)): Promise<string> => {
      const answer = await tenant.ask(name, dialect.method, path, ask);
      assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text}`);
      const sentence = dialect.sentence(answer);
      assert.doesNotMatch(
        answer.text,
        /node_modules|at .+\.ts:|SELECT|sqlite/i,
        'an error contains internals of the server',
      );
      assert.equal((await tenant.ask('native', 'GET', `/agents/${agent.id}`)).text, before, 'something was stored');
      return sentence;
    };
    const check = async (...request: Parameters<typeof refused>): Promise<void> => {
      await refused(...request);
    };
    const field = (key: string, value: unknown): Ask => ({ body: { [key]: value } });

    test('broken JSON', () => check({ raw: '{"name": ' }, 400));
    test('invalid UTF-8', () =>
      check({ raw: Buffer.from([0x7b, 0x22, 0x6e, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]) }, 400));
    for (const [what, raw] of [
      ['a list', '[]'],
      ['text', '"name"'],
      ['a number', '1'],
      ['null', 'null'],
    ] as const)
      test(`${what} instead of an object as the body`, () => check({ raw }, [400, 422]));
    test('another content type', () =>
      check({ raw: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415));
    test('plain text', () => check({ raw: '{"name":"x"}', headers: { 'content-type': 'text/plain' } }, 415));
    test('a body of 10 MB', () => check({ raw: JSON.stringify({ [dialect.text]: 'x'.repeat(10_000_000) }) }, 413));
    test('a thousand levels', () => check({ raw: `{"${dialect.freeFormMap}":${nested(1000)}}` }, 400));
    test('a key that would reach the prototype', async () => {
      await refused({ raw: `{"${dialect.freeFormMap}":{"__proto__":{"admin":true}}}` }, 400);
      await refused({ raw: '{"__proto__":{"admin":true}}' }, 400);
      await refused({ raw: '{"constructor":{"prototype":{"admin":true}}}' }, 400);
      assert.equal(({} as JsonObject)['admin'], undefined);
    });
    for (const [what, text] of [
      ['the character U+0000', 'a\\u0000b'],
      ['a lone surrogate', 'a\\ud83db'],
    ])
      test(what!, async () => {
        await refused({ raw: `{"${dialect.text}":"${text}"}` }, dialect.invalid);
        await check({ raw: `{"${dialect.freeFormMap}":{"${text}":1}}` }, dialect.invalid);
      });
    for (const [what, value] of [
      ['a number', 7],
      ['a list', ['x']],
      ['an object', { a: 1 }],
      ['a boolean', true],
      ['nothing but spaces', '   '],
      ['300,000 letters', 'x'.repeat(300_000)],
    ] as const)
      test(`${what} for a name`, async () => {
        const sentence = await refused(field(dialect.text, value), dialect.invalid);
        assert.match(sentence, new RegExp(dialect.text), 'the field is not named');
      });
    for (const [what, value] of [
      ['text', 'x'],
      ['a number', 7],
    ] as const)
      test(`${what} for an object`, async () => {
        const sentence = await refused(field(dialect.freeFormMap, value), dialect.invalid);
        assert.match(sentence, new RegExp(dialect.freeFormMap), 'the field is not named');
      });
    test('one bad field refuses all of them', () =>
      check({ body: { [dialect.text]: 'Fine', [dialect.freeFormMap]: 'wrong' } }, dialect.invalid));

    test('an unknown id', () => check(field(dialect.text, 'Fine'), 404, dialect.unknownPath));
    test('an unknown path', () => check({ body: {} }, 404, '/nothing/here'));
    test('a malformed path', () =>
      check({ body: {} }, [400, 404], `${dialect.path(agent).replace(/[^/]+$/, '')}%E0%A4%A`));
    test('a very long id', () => check({ body: {} }, [400, 404, 414], `${dialect.path(agent)}${'9'.repeat(3000)}`));
    test('an agent of another workspace', async () => {
      const foreign = await newAgent(other);
      const foreignText = (await other.ask('native', 'GET', `/agents/${foreign.id}`)).text;
      await refused(field(dialect.text, 'Stolen'), dialect.foreign, dialect.path(foreign));
      assert.equal((await other.ask('native', 'GET', `/agents/${foreign.id}`)).text, foreignText);
      assert.equal((await tenant.ask(name, 'GET', dialect.path(foreign))).status, dialect.foreign);
      assert.equal((await tenant.ask(name, 'DELETE', dialect.path(foreign))).status, dialect.foreign);
      assert.equal((await other.ask('native', 'GET', `/agents/${foreign.id}`)).text, foreignText);
    });

    test('no key', () => check({ key: null, body: {} }, 401));
    test('an unknown key', () => check({ key: `${tenant.keys[name]}x`, body: {} }, 401));
    test('a key of another dialect', () =>
      check({ key: tenant.keys[name === 'kejue' ? 'ayra' : 'kejue'], body: {} }, 401));
    test('a key of another workspace', () =>
      check({ key: other.keys[name], body: { [dialect.text]: 'Stolen' } }, dialect.foreign));
    test('an expired key', async () => {
      const key = await tenant.key(name, { expiresAt: '2026-05-02T00:00:00Z' });
      clock = new Date('2026-05-02T00:00:00Z');
      await refused({ key, body: {} }, 401);
      clock = new Date('2026-05-01T12:00:00Z');
      assert.equal((await tenant.ask(name, 'GET', dialect.path(agent), { key })).status, 200);
    });
    test('a revoked key', async () => {
      const { body } = await tenant.ask('native', 'POST', '/keys', { body: { dialect: name } });
      const key = String(body['key']);
      assert.equal((await tenant.ask(name, 'GET', dialect.path(agent), { key })).status, 200);
      assert.equal((await tenant.ask('native', 'DELETE', `/keys/${body['id']}`)).status, 204);
      await refused({ key, body: {} }, 401);
    });
    test('a key without the scope to write', async () => {
      const key = await tenant.key(name, { scopes: ['agents:read'] });
      await refused({ key, body: { [dialect.text]: 'Fine' } }, 403);
    });
    test('too many requests', async () => {
      const limited = await strict.workspace();
      const one = await newAgent(limited);
      const answers: Answer[] = [];
      for (let i = 0; i < 4; i += 1) answers.push(await limited.ask(name, 'GET', dialect.path(one)));
      const refusal = answers.at(-1)!;
      assert.equal(refusal.status, 429, refusal.text);
      assert.match(String(refusal.headers['retry-after']), /^\d+$/);
      assert.ok(
        Object.keys(refusal.headers).some((header) => header.startsWith('x-ratelimit-remaining')),
        JSON.stringify(refusal.headers),
      );
    });
  });
}
