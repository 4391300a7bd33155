/** Many concurrent updates of one agent, through the whole server; on PostgreSQL over two nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../harness.ts';
import { databaseUrl } from './workspace.ts';

const nodes = await Promise.all(databaseUrl ? [openTestServer(), openTestServer()] : [openTestServer()]);
const [first] = nodes as [(typeof nodes)[number]];

async function queryDatabase(turn: number, key: string, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) {
  const answer = await nodes[turn % nodes.length]!.app.http.inject({
    method,
    url: `/v1/agents${path}`,
    headers: { authorization: `Bearer ${key}` },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

test('two hundred concurrent updates of one agent all take effect', async () => {
  const { id: workspace, keys } = await first.workspace();
  const { body: made } = await queryDatabase(0, keys.native, 'POST', '', { name: 'Raced for' });
  const updates = Array.from({ length: 200 }, (_, i) => i);
  const answers = await Promise.all(
    updates.map((i) => queryDatabase(i, keys.native, 'PATCH', `/${made.id}`, { metadata: { [`update${i}`]: i } })),
  );
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ body }) => body),
    [],
  );
  const { body: last } = await queryDatabase(1, keys.native, 'GET', `/${made.id}`);
  assert.deepEqual(last.metadata, Object.fromEntries(updates.map((i) => [`update${i}`, i])));
  assert.equal(last.revision, 201);
  assert.equal(new Set(answers.map(({ body }) => body.revision)).size, 200);
  const revisions = await first.app.store.agents.revisions(workspace, made.id);
  assert.deepEqual(
    revisions.map(({ number }) => number),
    Array.from({ length: 201 }, (_, i) => i + 1),
  );
});

test('four hundred concurrent updates of twenty agents all take effect on their own agent', async () => {
  const { keys } = await first.workspace();
  const made = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, i) => (await queryDatabase(i, keys.native, 'POST', '', { name: `Agent ${i}` })).body,
    ),
  );
  const updates = Array.from({ length: 400 }, (_, i) => i);
  const answers = await Promise.all(
    updates.map((i) =>
      queryDatabase(i >> 3, keys.native, 'PATCH', `/${made[i % 20]!.id}`, { metadata: { [`update${i}`]: i } }),
    ),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  for (const [n, agent] of made.entries()) {
    const { body } = await queryDatabase(n, keys.native, 'GET', `/${agent.id}`);
    const own = updates.filter((i) => i % 20 === n);
    assert.deepEqual(body.metadata, Object.fromEntries(own.map((i) => [`update${i}`, i])));
    assert.equal(body.revision, own.length + 1);
  }
});
