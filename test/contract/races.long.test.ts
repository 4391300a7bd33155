/**
 * A thousand writers change one agent with If-Match: a late one gets 412, and no update is lost. On PostgreSQL they use two
 * nodes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';

const WRITERS = 1000;
const AT_ONCE = 16;

const parlance = await openTestServer();
const second = process.env['DATABASE_URL'] ? await openTestServer() : undefined;

const numberOf = (body: JsonObject): number => (body['metadata'] as { n: number }).n;

test('a thousand writers count to a thousand', async () => {
  const tenant = await parlance.workspace();
  const nodes: Tenant[] = [tenant, ...(second ? [second.admit(tenant)] : [])];
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Counter', metadata: { n: 0 } },
  });
  const path = `/agents/${agent['id']}`;
  let refused = 0;

  const write = async (writer: number): Promise<void> => {
    const node = nodes[writer % nodes.length]!;
    for (;;) {
      const { body, headers } = await node.ask('native', 'GET', path);
      const { status, text } = await node.ask('native', 'PATCH', path, {
        body: { metadata: { n: numberOf(body) + 1 } },
        headers: { 'if-match': String(headers['etag']) },
      });
      if (status === 200) return;
      assert.equal(status, 412, text);
      refused += 1;
    }
  };
  const waiting = Array.from({ length: WRITERS }, (_, i) => i);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await write(next);
    }),
  );

  const { body } = await tenant.ask('native', 'GET', path);
  assert.equal(numberOf(body), WRITERS);
  assert.equal(body['revision'], WRITERS + 1);
  assert.ok(refused > 0, 'no writer was ever late, so the test proves nothing');
  const revisions = await parlance.app.store.agents.revisions(tenant.id, String(agent['id']));
  assert.deepEqual(
    revisions.map(({ document }) => (document.metadata as { n: number }).n),
    Array.from({ length: WRITERS + 1 }, (_, n) => n),
  );
});

test('of a thousand parallel writes on the same revision, one succeeds', async () => {
  const tenant = await parlance.workspace();
  const nodes: Tenant[] = [tenant, ...(second ? [second.admit(tenant)] : [])];
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Prize' } });
  const answers = await Promise.all(
    Array.from({ length: WRITERS }, (_, i) =>
      nodes[i % nodes.length]!.ask('native', 'PATCH', `/agents/${agent['id']}`, {
        body: { description: `writer ${i}` },
        headers: { 'if-match': '"1"' },
      }),
    ),
  );
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 412));
  const { body } = await tenant.ask('native', 'GET', `/agents/${agent['id']}`);
  assert.equal(body['description'], won[0]!.body['description']);
});

test('a name that a dialect keeps unique is taken once, however many clients ask for it at once', async () => {
  const tenant = await parlance.workspace();
  const nodes: Tenant[] = [tenant, ...(second ? [second.admit(tenant)] : [])];
  const ask = (i: number, name: string) =>
    nodes[i % nodes.length]!.ask('ayra', 'POST', '/agents', { body: { name, voice_platform: 'vapi' } });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(i, 'Only one')));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: 29 }, () => 409)]);

  // Renaming takes a name too, and frees the old one.
  const others = await Promise.all(['A', 'B', 'C', 'D'].map((name, i) => ask(i, name)));
  const idOf = ({ body }: { body: JsonObject }) => (body['data'] as { id: string }).id;
  const renamed = await Promise.all(
    others.map((other, i) =>
      nodes[i % nodes.length]!.ask('ayra', 'PUT', `/agents/${idOf(other)}`, { body: { name: 'Wanted' } }),
    ),
  );
  assert.deepEqual(renamed.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  const winner = others[renamed.findIndex(({ status }) => status === 200)]!;
  assert.equal(
    (await tenant.ask('ayra', 'PUT', `/agents/${idOf(winner)}`, { body: { name: 'Given up' } })).status,
    200,
  );
  assert.equal((await ask(0, 'Wanted')).status, 201);
  // Deleting an agent frees its name.
  assert.equal((await tenant.ask('ayra', 'DELETE', `/agents/${idOf(winner)}`)).status, 204);
  assert.equal((await ask(1, 'Given up')).status, 201);
});

test('parallel changes of one tool or contact all succeed', async () => {
  const tenant = await parlance.workspace();
  const nodes: Tenant[] = [tenant, ...(second ? [second.admit(tenant)] : [])];
  const { body: tool } = await tenant.ask('native', 'POST', '/tools', {
    body: { name: 'lookup', http: { url: 'https://example.com' } },
  });
  const { body: contact } = await tenant.ask('native', 'POST', '/contacts', { body: { email: 'ada@example.com' } });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      const node = nodes[i % nodes.length]!;
      return Promise.all([
        node.ask('native', 'PATCH', `/tools/${tool['id']}`, { body: { metadata: { [`k${i}`]: i } } }),
        node.ask('native', 'PATCH', `/contacts/${contact['id']}`, { body: { metadata: { [`k${i}`]: i } } }),
      ]);
    }),
  );
  for (const { status, text } of answers.flat()) assert.equal(status, 200, text);
  for (const path of [`/tools/${tool['id']}`, `/contacts/${contact['id']}`]) {
    const { body } = await tenant.ask('native', 'GET', path);
    assert.equal(Object.keys(body['metadata'] as JsonObject).length, 20, path);
  }
});
