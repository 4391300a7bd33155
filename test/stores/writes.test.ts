/** What every write promises, on both engines: all or nothing, its own fate, and an end that waits for it. */
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
const kept = async (name: string) => {
  const [row] = await engine.read(db.selectFrom('secrets').select('value').where('name', '=', name).compile());
  return row?.['value'];
};
const write = (...statements: Statement[]) => engine.write({ statements });
const guarded = (...statements: Statement[]) => engine.write({ statements, guards: 1 });

test('several statements are done together', async () => {
  const [a, b] = [freshId(), freshId()];
  const returning = db.insertInto('secrets').values({ name: b, value: 'w' }).returning(['name', 'value']).compile();
  const rows = await write(insert(a), returning);
  assert.deepEqual(
    rows?.map((set) => set.map((row) => ({ ...row }))),
    [[], [{ name: b, value: 'w' }]],
  );
  assert.deepEqual([await kept(a), await kept(b)], ['v', 'w']);
});

test('when one statement fails, none was done', async () => {
  const [a, b, there] = [freshId(), freshId(), freshId()];
  await write(insert(there));
  await assert.rejects(write(insert(a), insert(there), insert(b)), { name: 'AlreadyThere' });
  await assert.rejects(write(insert(a), insert(b), broken), { name: 'StoreUnavailable' });
  await assert.rejects(guarded(update(there, 'changed'), insert(a), insert(there)), { name: 'AlreadyThere' });
  assert.deepEqual([await kept(a), await kept(b), await kept(there)], [undefined, undefined, 'v']);
});

test('when the guard fails, nothing is done and nothing is wrong', async () => {
  const [a, there] = [freshId(), freshId()];
  await write(insert(there));
  assert.equal(await guarded(update(freshId(), 'x'), insert(a)), null);
  assert.equal(await guarded(update(freshId(), 'x')), null);
  assert.equal(await kept(a), undefined);
  assert.notEqual(await guarded(update(there, 'x'), insert(a)), null);
  assert.notEqual(await guarded(update(there, 'y')), null);
  assert.deepEqual([await kept(a), await kept(there)], ['v', 'y']);
});

test('writes that fail leave those alone that were sent with them', async () => {
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
    const whole = i % 4 === 0;
    assert.equal(outcomes[i]!.status, i % 4 === 1 || i % 4 === 2 ? 'rejected' : 'fulfilled');
    assert.equal(await kept(name), whole ? 'v' : undefined);
    assert.equal(await kept(`${name}+`), whole ? 'v' : undefined);
  }
});

test('a revision that the database refuses takes no other one with it', async () => {
  const workspace = freshId();
  const made = await Promise.all(Array.from({ length: 20 }, () => createTestAgent(store, workspace)));
  const cursed = made[7]!;
  // A revision of that number is there already, which nothing but a broken database can cause.
  const row = { workspace_id: workspace, agent_id: cursed.id, number: 2 };
  const said = { at: 'then', by: 'nobody', via: 'native', edits: '[]', document: '{}' };
  await write(
    db
      .insertInto('revisions')
      .values({ ...row, ...said })
      .compile(),
  );
  const outcomes = await Promise.allSettled(made.map((agent) => reviseTestAgent(store, agent, { name: 'Next' })));
  for (const [i, agent] of made.entries()) {
    const refused = agent === cursed;
    assert.equal(outcomes[i]!.status, refused ? 'rejected' : 'fulfilled');
    assert.equal((await store.agents.get(workspace, agent.id))?.revision, refused ? 1 : 2);
  }
});

test('a question that makes no sense is an error of the store, not of the process', async () => {
  await assert.rejects(engine.read(broken), { name: 'StoreUnavailable' });
  await assert.rejects(engine.read({ sql: 'select * from nowhere', parameters: [] }), { name: 'StoreUnavailable' });
  await store.ping();
});

test('closing waits for what was accepted and refuses what comes later', async () => {
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
