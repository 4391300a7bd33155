/** The chain of a workspace, on both engines: joined by whoever is first, once, and whole; and no change goes unseen. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Compilable } from 'kysely';
import { createChainWriter, type ExtraStatements } from '../../src/audit/chain-writer.ts';
import { type ChainedEntry, chainHash } from '../../src/audit/entry.ts';
import { verifyChain } from '../../src/audit/verify.ts';
import { sqlFor } from '../../src/db/sql.ts';
import type { Store } from '../../src/stores.ts';
import { ownDatabase } from './database.ts';
import { born, entry, freshId, newDirectory, onlyOnPostgres, openHere, revised } from './workspace.ts';

const database = await ownDatabase();
const store = await openHere(newDirectory(), database);
const { engine, auditLog } = store;
const db = sqlFor(engine);
const chainWriter = createChainWriter({ auditLog });

const write = (...queries: Compilable[]) => engine.write({ statements: queries.map((query) => query.compile()) });
const rowsOf = (workspace: string) => auditLog.sealed(workspace, -(2 ** 31), 10_000);
const note = (name: string) => db.insertInto('secrets').values({ name, value: 'noted' });
const noted = async (prefix: string): Promise<string[]> => {
  const query = db.selectFrom('secrets').select('name').where('name', 'like', `${prefix}%`);
  return (await engine.read(query.compile())).map((row) => String(row['name']));
};

/** So many entries, each the birth of an agent. */
async function enter(count: number, workspace = freshId(), to: Store = store): Promise<string> {
  await Promise.all(Array.from({ length: count }, () => born(to, workspace)));
  return workspace;
}

const intact = (entries: number, hash: string) => ({ entries, hash, broken: null });

test('entries are sealed in the order of time, each over the one before', async () => {
  const workspace = freshId();
  const agent = await born(store, workspace, {}, '2026-03-01T10:00:00.000Z');
  assert.deepEqual(await verifyChain(auditLog, workspace), intact(0, ''));
  assert.equal(await auditLog.waiting(workspace), 1);
  assert.equal(await chainWriter.seal(workspace), 1);
  let head = agent;
  for (let i = 0; i < 3; i += 1) head = (await revised(store, head, { name: `Name ${i}` }))!;
  assert.equal(await chainWriter.seal(workspace), 3);
  assert.equal(await chainWriter.seal(workspace), 0);
  assert.equal(await auditLog.waiting(workspace), 0);

  const rows = await rowsOf(workspace);
  assert.deepEqual(
    rows.map(({ seq, revision }) => [seq, revision]),
    [
      [1, null],
      [2, 2],
      [3, 3],
      [4, 4],
    ],
  );
  let previous = '';
  for (const row of rows) {
    assert.equal(row.hash, chainHash(previous, row.seq!, row));
    previous = row.hash!;
  }
  assert.deepEqual(await auditLog.chain(workspace), { seq: 4, hash: previous });
  assert.deepEqual(await verifyChain(auditLog, workspace), intact(4, previous));
});

test('more than one transaction takes is sealed and verified all the same', async () => {
  const workspace = await enter(2100);
  const pages: number[] = [];
  assert.equal(await chainWriter.seal(workspace), 2100);
  const { entries, broken } = await verifyChain(auditLog, workspace, (count) => pages.push(count));
  assert.deepEqual([entries, broken, pages], [2100, null, [1000, 2000, 2100]]);
});

describe('two sealers at once', () => {
  /** Seals with both while entries keep coming, and looks whether each was sealed once, with what belongs to it. */
  async function race(stores: readonly Store[]): Promise<void> {
    const workspace = await enter(700);
    const extra: ExtraStatements = async (_id, entries) =>
      entries.map(({ id }) => note(`${workspace} ${id}`).compile());
    const chainWriters = stores.map((one) => createChainWriter({ auditLog: one.auditLog, extra }));
    const arriving = enter(300, workspace);
    const counts = await Promise.all(chainWriters.map((one) => one.seal(workspace)));
    await arriving;
    const late = await Promise.all(chainWriters.map((one) => one.seal(workspace)));
    const total = [...counts, ...late].reduce((sum, count) => sum + count, 0);
    // Whoever loses too often leaves the rest to the next round.
    const rest = await chainWriters[0]!.seal(workspace);
    assert.equal(total + rest, 1000);
    const { entries, broken } = await verifyChain(auditLog, workspace);
    assert.deepEqual([entries, broken], [1000, null]);
    const sealed = (await rowsOf(workspace)).map(({ id }) => `${workspace} ${id}`);
    assert.deepEqual((await noted(workspace)).toSorted(), sealed.toSorted());
  }

  test('on one node', () => race([store, store]));
  test('on two nodes', onlyOnPostgres, async () => race([store, await openHere(newDirectory(), database)]));
});

test('what belongs to a seal is written with it or the seal is not', async () => {
  const [troubled, other] = [await enter(3), await enter(3)];
  let trouble = true;
  const told: ChainedEntry[] = [];
  const extra: ExtraStatements = async (workspace, entries) => {
    if (workspace !== troubled) return [];
    if (trouble) return [note(`${troubled} 1`).compile(), { sql: 'insert into nowhere values (1)', parameters: [] }];
    told.push(...entries);
    return [note(`${troubled} 2`).compile()];
  };
  const careful = createChainWriter({ auditLog, extra });
  await assert.rejects(careful.chainDue(), { name: 'StoreUnavailable' });
  assert.deepEqual([(await rowsOf(troubled)).length, (await rowsOf(other)).length], [0, 3]);
  assert.deepEqual(await noted(troubled), []);
  trouble = false;
  assert.equal(await careful.seal(troubled), 3);
  assert.deepEqual(await noted(troubled), [`${troubled} 2`]);
  // They are told of as they are sealed: with place and seal.
  assert.deepEqual(told, await rowsOf(troubled));
});

test('every workspace has its turn, and nothing is left', async () => {
  await chainWriter.chainDue();
  const many = await Promise.all(Array.from({ length: 230 }, () => enter(2)));
  const crowded = await enter(1200);
  assert.equal(await chainWriter.chainDue(), 230 * 2 + 1200);
  assert.equal(await chainWriter.chainDue(), 0);
  for (const [workspace, count] of [...many.map((id) => [id, 2] as const), [crowded, 1200] as const]) {
    const { entries, broken } = await verifyChain(auditLog, workspace);
    assert.deepEqual([entries, broken, await auditLog.waiting(workspace)], [count, null, 0]);
  }
});

describe('what somebody else did to a chain is found', () => {
  const at = (workspace: string, seq: number) =>
    db.updateTable('journal').where('workspace_id', '=', workspace).where('seq', '=', seq);
  const remove = (workspace: string, seq: number) =>
    db.deleteFrom('journal').where('workspace_id', '=', workspace).where('seq', '=', seq);
  const end = (workspace: string) => db.updateTable('chains').where('workspace_id', '=', workspace);
  const row = (workspace: string, seq: number, hash = 'made up') => {
    const { detail, ...rest } = entry();
    return db
      .insertInto('journal')
      .values({ ...rest, workspace_id: workspace, detail: JSON.stringify(detail), seq, hash });
  };
  const moveUp = (workspace: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => at(workspace, to - i).set({ seq: to - i + 1 }));

  const deeds: Record<
    string,
    [deed: (workspace: string, rows: ChainedEntry[]) => Compilable[], entries: number, RegExp]
  > = {
    'a changed detail': [(w) => [at(w, 3).set({ detail: '{"changed":["name"]}' })], 2, /^entry 3 .*its own seal/],
    'a detail said otherwise': [(w) => [at(w, 3).set({ detail: '{ }' })], 2, /^entry 3 /],
    'a detail made unreadable': [(w) => [at(w, 3).set({ detail: '{' })], 2, /^entry 3 /],
    'another author': [(w) => [at(w, 6).set({ by: 'key:somebody' })], 5, /^entry 6 /],
    'another time': [(w) => [at(w, 1).set({ at: '2026-03-01T10:00:00.001Z' })], 0, /^entry 1 /],
    'another target': [(w) => [at(w, 2).set({ target: freshId() })], 1, /^entry 2 /],
    'a made up revision': [(w) => [at(w, 2).set({ revision: 9 })], 1, /^entry 2 /],
    'another seal': [(w) => [at(w, 4).set({ hash: '0'.repeat(64) })], 3, /^entry 4 /],
    'an entry removed': [(w) => [remove(w, 4)], 3, /^entry 4 is missing$/],
    'several removed': [(w) => [remove(w, 3), remove(w, 4)], 2, /^entries 3 to 4 are missing$/],
    'the first one removed': [(w) => [remove(w, 1)], 0, /^entry 1 is missing$/],
    'the last one removed': [(w) => [remove(w, 6)], 5, /^entry 6 is missing at the end$/],
    'all of them removed': [(w) => [1, 2, 3, 4, 5, 6].map((seq) => remove(w, seq)), 0, /^entries 1 to 6 are missing/],
    'the last one removed and the end moved': [
      (w) => [remove(w, 6), end(w).set({ seq: 5 })],
      5,
      /the end of the chain is not the one of its last entry/,
    ],
    'an entry removed and the gap closed': [
      (w) => [remove(w, 4), at(w, 5).set({ seq: 4 }), at(w, 6).set({ seq: 5 })],
      3,
      /^entry 4 .* one before it was taken out$/,
    ],
    'two entries swapped': [
      (w) => [at(w, 3).set({ seq: 99 }), at(w, 4).set({ seq: 3 }), at(w, 99).set({ seq: 4 })],
      2,
      /^entry 3 /,
    ],
    'two entries swapped that leave their seals behind': [
      (w, rows) => [
        at(w, 3).set({ seq: 99 }),
        at(w, 4).set({ seq: 3, hash: rows[2]!.hash }),
        at(w, 99).set({ seq: 4, hash: rows[3]!.hash }),
      ],
      2,
      /^entry 3 /,
    ],
    'an entry put in': [(w) => [...moveUp(w, 4, 6), row(w, 4), end(w).set({ seq: 7 })], 3, /^entry 4 /],
    'an entry put in front': [(w) => [row(w, 0)], 0, /^entry 0 .* was put in$/],
    'an entry put far in front': [(w) => [row(w, -5)], 0, /^entry -5 /],
    'an entry put behind the end': [
      (w, rows) => {
        const { detail, ...rest } = entry();
        const { workspaceId, hash } = rows[5]!;
        const seal = chainHash(hash!, 7, { ...rest, detail, workspaceId });
        const values = { ...rest, workspace_id: w, detail: JSON.stringify(detail), seq: 7, hash: seal };
        return [db.insertInto('journal').values(values)];
      },
      7,
      /^entry 7 is behind the end of the chain, which is entry 6$/,
    ],
    'an entry taken out of the chain': [(w) => [at(w, 5).set({ seq: null, hash: null })], 4, /^entry 5 is missing$/],
    'an entry of another workspace': [(w) => [at(w, 5).set({ workspace_id: freshId() })], 4, /^entry 5 is missing$/],
    'the end forgotten': [
      (w) => [db.deleteFrom('chains').where('workspace_id', '=', w)],
      6,
      /^entry 6 is behind the end of the chain, which is entry 0$/,
    ],
    'the end made up': [(w) => [end(w).set({ hash: 'x' })], 6, /the end of the chain/],
  };

  for (const [name, [deed, entries, words]] of Object.entries(deeds))
    test(name, async () => {
      const workspace = await enter(6);
      await chainWriter.seal(workspace);
      const { hash, broken } = await verifyChain(auditLog, workspace);
      assert.equal(broken, null);
      const rows = await rowsOf(workspace);
      await write(...deed(workspace, rows));
      const found = await verifyChain(auditLog, workspace);
      assert.match(String(found.broken), words);
      assert.equal(found.entries, entries);
      if (entries < 6) assert.notEqual(found.hash, hash);
      // What another workspace has is none of its business.
      assert.ok((await auditLog.workspaces()).includes(workspace));
    });
});
