/** The promises of every write, on both engines: all or nothing, independent of others, and finished before a close. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement, WriteJob } from '../../src/db/engine.ts';
import { sqlFor } from '../../src/db/sql.ts';
import { openStore } from '../../src/stores.ts';
import { createTestAgent, databaseUrl, freshId, newDirectory, openTestStore, reviseTestAgent } from './workspace.ts';

const store = await openTestStore();
const { engine } = store;
const db = sqlFor(engine);

const insert = (name: string, value = 'v'): Statement => db.insertInto('secrets').values({ name, value }).compile();
const update = (name: string, value: string): Statement =>
  db.updateTable('secrets').set({ value }).where('name', '=', name).compile();
const broken: Statement = { sql: 'insert into no_such_table values (1)', parameters: [] };
const storedValue = async (name: string) => {
  const [row] = await engine.read(db.selectFrom('secrets').select('value').where('name', '=', name).compile());
  return row?.['value'];
};
const write = (...statements: Statement[]) => engine.write({ statements });
const guarded = (...statements: Statement[]) => engine.write({ statements, guards: 1 });

test('several statements are written together', async () => {
  const [a, b] = [freshId(), freshId()];
  const returning = db.insertInto('secrets').values({ name: b, value: 'w' }).returning(['name', 'value']).compile();
  const rows = await write(insert(a), returning);
  assert.deepEqual(
    rows?.map((set) => set.map((row) => ({ ...row }))),
    [[], [{ name: b, value: 'w' }]],
  );
  assert.deepEqual([await storedValue(a), await storedValue(b)], ['v', 'w']);
});

test('when one statement fails, none is written', async () => {
  const [a, b, there] = [freshId(), freshId(), freshId()];
  await write(insert(there));
  await assert.rejects(write(insert(a), insert(there), insert(b)), { name: 'AlreadyThere' });
  await assert.rejects(write(insert(a), insert(b), broken), { name: 'StoreUnavailable' });
  await assert.rejects(guarded(update(there, 'changed'), insert(a), insert(there)), { name: 'AlreadyThere' });
  assert.deepEqual([await storedValue(a), await storedValue(b), await storedValue(there)], [undefined, undefined, 'v']);
});

test('when the guard fails, nothing is written and no error is thrown', async () => {
  const [a, there] = [freshId(), freshId()];
  await write(insert(there));
  assert.equal(await guarded(update(freshId(), 'x'), insert(a)), null);
  assert.equal(await guarded(update(freshId(), 'x')), null);
  assert.equal(await storedValue(a), undefined);
  assert.notEqual(await guarded(update(there, 'x'), insert(a)), null);
  assert.notEqual(await guarded(update(there, 'y')), null);
  assert.deepEqual([await storedValue(a), await storedValue(there)], ['v', 'y']);
});

test('writes that fail do not affect others in the same batch', async () => {
  const there = freshId();
  await write(insert(there));
  const names = Array.from({ length: 400 }, freshId);
  const jobs = names.map((name, i): WriteJob => {
    if (i % 4 === 1) return { statements: [insert(name), insert(there)] };
    if (i % 4 === 2) return { statements: [insert(name), broken] };
    if (i % 4 === 3) return { statements: [update(freshId(), 'x'), insert(name)], guards: 1 };
    return { statements: [insert(name), insert(`${name}+`)] };
  });
  const outcomes = await Promise.allSettled(jobs.map((job) => engine.write(job)));
  for (const [i, name] of names.entries()) {
    const isWritten = i % 4 === 0;
    assert.equal(outcomes[i]!.status, i % 4 === 1 || i % 4 === 2 ? 'rejected' : 'fulfilled');
    assert.equal(await storedValue(name), isWritten ? 'v' : undefined);
    assert.equal(await storedValue(`${name}+`), isWritten ? 'v' : undefined);
  }
});

test('a revision that the database refuses fails no other one', async () => {
  const workspace = freshId();
  const made = await Promise.all(Array.from({ length: 20 }, () => createTestAgent(store, workspace)));
  const refusedAgent = made[7]!;
  // The next revision exists already, which cannot happen in an intact database.
  const row = { workspace_id: workspace, agent_id: refusedAgent.id, number: 2 };
  const columns = { at: 'then', by: 'nobody', via: 'native', edits: '[]', document: '{}' };
  await write(
    db
      .insertInto('revisions')
      .values({ ...row, ...columns })
      .compile(),
  );
  const outcomes = await Promise.allSettled(made.map((agent) => reviseTestAgent(store, agent, { name: 'Next' })));
  for (const [i, agent] of made.entries()) {
    const refused = agent === refusedAgent;
    assert.equal(outcomes[i]!.status, refused ? 'rejected' : 'fulfilled');
    assert.equal((await store.agents.get(workspace, agent.id))?.revision, refused ? 1 : 2);
  }
});

test('an invalid query is an error of the store and does not end the process', async () => {
  await assert.rejects(engine.read(broken), { name: 'StoreUnavailable' });
  await assert.rejects(engine.read({ sql: 'select * from nowhere', parameters: [] }), { name: 'StoreUnavailable' });
  await store.ping();
});

test('closing waits for accepted work and refuses later work', async () => {
  const directory = newDirectory();
  const open = () => openStore({ databaseUrl, dataDirectory: directory }, () => new Date());
  const first = await open();
  const workspace = freshId();
  const made = await Promise.all(Array.from({ length: 50 }, () => createTestAgent(first, workspace)));
  const names = Array.from({ length: 500 }, freshId);
  const writes = [
    ...names.map((name) => first.engine.write({ statements: [insert(name), insert(`${name}+`)] })),
    ...made.map((agent) => reviseTestAgent(first, agent, { name: 'Last words' })),
  ];
  const closing = Promise.all([first.close(), first.close()]);
  await assert.rejects(first.engine.write({ statements: [insert(freshId())] }), { name: 'StoreUnavailable' });
  await assert.rejects(reviseTestAgent(first, made[0]!, { name: 'Too late' }), { name: 'StoreUnavailable' });
  await Promise.all(writes);
  await closing;
  await assert.rejects(first.ping(), { name: 'StoreUnavailable' });
  const second = await open();
  const read = (name: string) => db.selectFrom('secrets').select('value').where('name', '=', name).compile();
  for (const name of names) assert.equal((await second.engine.read(read(`${name}+`))).length, 1);
  for (const agent of made) assert.equal((await second.agents.get(workspace, agent.id))?.document.name, 'Last words');
  await second.close();
});
