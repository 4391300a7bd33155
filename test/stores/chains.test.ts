/** The hash chain of a workspace, on both engines: every entry is chained exactly once, and every change is found. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Compilable } from 'kysely';
import { createChainWriter, type ExtraStatements } from '../../src/audit/chain-writer.ts';
import { type ChainedEntry, chainHash } from '../../src/audit/entry.ts';
import { verifyChain } from '../../src/audit/verify.ts';
import { sqlFor } from '../../src/db/sql.ts';
import type { Store } from '../../src/stores.ts';
import { ownDatabase } from './database.ts';
import {
  createTestAgent,
  entry,
  freshId,
  newDirectory,
  onlyOnPostgres,
  openTestStore,
  reviseTestAgent,
} from './workspace.ts';

const database = await ownDatabase();
const store = await openTestStore(newDirectory(), database);
const { engine, auditLog } = store;
const db = sqlFor(engine);
const chainWriter = createChainWriter({ auditLog });

const write = (...queries: Compilable[]) => engine.write({ statements: queries.map((query) => query.compile()) });
const rowsOf = (workspace: string) => auditLog.chained(workspace, -(2 ** 31), 10_000);
const note = (name: string) => db.insertInto('secrets').values({ name, value: 'noted' });
const noted = async (prefix: string): Promise<string[]> => {
  const query = db.selectFrom('secrets').select('name').where('name', 'like', `${prefix}%`);
  return (await engine.read(query.compile())).map((row) => String(row['name']));
};

/** Adds entries by creating agents; answers the workspace. */
async function addEntries(count: number, workspace = freshId(), to: Store = store): Promise<string> {
  await Promise.all(Array.from({ length: count }, () => createTestAgent(to, workspace)));
  return workspace;
}

const intact = (entries: number, hash: string) => ({ entries, hash, broken: null });

test('entries are chained in the order of time, each hash over the one before', async () => {
  const workspace = freshId();
  const agent = await createTestAgent(store, workspace, {}, '2026-03-01T10:00:00.000Z');
  assert.deepEqual(await verifyChain(auditLog, workspace), intact(0, ''));
  assert.equal(await auditLog.countUnchained(workspace), 1);
  assert.equal(await chainWriter.chainWorkspace(workspace), 1);
  let head = agent;
  for (let i = 0; i < 3; i += 1) head = (await reviseTestAgent(store, head, { name: `Name ${i}` }))!;
  assert.equal(await chainWriter.chainWorkspace(workspace), 3);
  assert.equal(await chainWriter.chainWorkspace(workspace), 0);
  assert.equal(await auditLog.countUnchained(workspace), 0);

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
  assert.deepEqual(await auditLog.chainEnd(workspace), { seq: 4, hash: previous });
  assert.deepEqual(await verifyChain(auditLog, workspace), intact(4, previous));
});

test('more entries than one transaction takes are chained and verified', async () => {
  const workspace = await addEntries(2100);
  const pages: number[] = [];
  assert.equal(await chainWriter.chainWorkspace(workspace), 2100);
  const { entries, broken } = await verifyChain(auditLog, workspace, (count) => pages.push(count));
  assert.deepEqual([entries, broken, pages], [2100, null, [1000, 2000, 2100]]);
});

describe('two chain writers at once', () => {
  /** Chains with both while entries are added; checks that each entry was chained once, with its extra statement. */
  async function race(stores: readonly Store[]): Promise<void> {
    const workspace = await addEntries(700);
    const extra: ExtraStatements = async (_id, entries) =>
      entries.map(({ id }) => note(`${workspace} ${id}`).compile());
    const chainWriters = stores.map((each) => createChainWriter({ auditLog: each.auditLog, extra }));
    const arriving = addEntries(300, workspace);
    const counts = await Promise.all(chainWriters.map((writer) => writer.chainWorkspace(workspace)));
    await arriving;
    const late = await Promise.all(chainWriters.map((writer) => writer.chainWorkspace(workspace)));
    const total = [...counts, ...late].reduce((sum, count) => sum + count, 0);
    // A writer that loses too often leaves the rest to the next round.
    const rest = await chainWriters[0]!.chainWorkspace(workspace);
    assert.equal(total + rest, 1000);
    const { entries, broken } = await verifyChain(auditLog, workspace);
    assert.deepEqual([entries, broken], [1000, null]);
    const sealed = (await rowsOf(workspace)).map(({ id }) => `${workspace} ${id}`);
    assert.deepEqual((await noted(workspace)).toSorted(), sealed.toSorted());
  }

  test('on one node', () => race([store, store]));
  test('on two nodes', onlyOnPostgres, async () => race([store, await openTestStore(newDirectory(), database)]));
});

test('extra statements are written with the chained entries or neither is', async () => {
  const [troubled, other] = [await addEntries(3), await addEntries(3)];
  let trouble = true;
  const received: ChainedEntry[] = [];
  const extra: ExtraStatements = async (workspace, entries) => {
    if (workspace !== troubled) return [];
    if (trouble) return [note(`${troubled} 1`).compile(), { sql: 'insert into nowhere values (1)', parameters: [] }];
    received.push(...entries);
    return [note(`${troubled} 2`).compile()];
  };
  const writer = createChainWriter({ auditLog, extra });
  await assert.rejects(writer.chainDue(), { name: 'StoreUnavailable' });
  const { lastError, ...counts } = writer.snapshot();
  assert.deepEqual(counts, { running: false, workspacesPending: 0, entriesChained: 3 });
  assert.match(String(lastError), /nowhere/);
  assert.deepEqual([(await rowsOf(troubled)).length, (await rowsOf(other)).length], [0, 3]);
  assert.deepEqual(await noted(troubled), []);
  trouble = false;
  assert.equal(await writer.chainDue(), 3);
  assert.equal(writer.snapshot().lastError, null);
  assert.deepEqual(await noted(troubled), [`${troubled} 2`]);
  // The entries arrive with their places and hashes.
  assert.deepEqual(received, await rowsOf(troubled));
});

test('every workspace is chained, and no entry is left', async () => {
  await chainWriter.chainDue();
  const many = await Promise.all(Array.from({ length: 230 }, () => addEntries(2)));
  const crowded = await addEntries(1200);
  assert.equal(await chainWriter.chainDue(), 230 * 2 + 1200);
  assert.equal(await chainWriter.chainDue(), 0);
  for (const [workspace, count] of [...many.map((id) => [id, 2] as const), [crowded, 1200] as const]) {
    const { entries, broken } = await verifyChain(auditLog, workspace);
    assert.deepEqual([entries, broken, await auditLog.countUnchained(workspace)], [count, null, 0]);
  }
});

describe('tampering with a chain is found', () => {
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

  const changes: Record<
    string,
    [change: (workspace: string, rows: ChainedEntry[]) => Compilable[], entries: number, RegExp]
  > = {
    'a changed detail': [(w) => [at(w, 3).set({ detail: '{"changed":["name"]}' })], 2, /^entry 3 .*its hash/],
    'a detail written differently': [(w) => [at(w, 3).set({ detail: '{ }' })], 2, /^entry 3 /],
    'a detail made unreadable': [(w) => [at(w, 3).set({ detail: '{' })], 2, /^entry 3 /],
    'another author': [(w) => [at(w, 6).set({ by: 'key:somebody' })], 5, /^entry 6 /],
    'another time': [(w) => [at(w, 1).set({ at: '2026-03-01T10:00:00.001Z' })], 0, /^entry 1 /],
    'another target': [(w) => [at(w, 2).set({ target: freshId() })], 1, /^entry 2 /],
    'a made up revision': [(w) => [at(w, 2).set({ revision: 9 })], 1, /^entry 2 /],
    'another hash': [(w) => [at(w, 4).set({ hash: '0'.repeat(64) })], 3, /^entry 4 /],
    'an entry removed': [(w) => [remove(w, 4)], 3, /^entry 4 is missing$/],
    'several removed': [(w) => [remove(w, 3), remove(w, 4)], 2, /^entries 3 to 4 are missing$/],
    'the first one removed': [(w) => [remove(w, 1)], 0, /^entry 1 is missing$/],
    'the last one removed': [(w) => [remove(w, 6)], 5, /^entry 6 is missing at the end$/],
    'all of them removed': [(w) => [1, 2, 3, 4, 5, 6].map((seq) => remove(w, seq)), 0, /^entries 1 to 6 are missing/],
    'the last one removed and the end moved': [
      (w) => [remove(w, 6), end(w).set({ seq: 5 })],
      5,
      /the end of the chain differs from the hash of the last entry/,
    ],
    'an entry removed and the gap closed': [
      (w) => [remove(w, 4), at(w, 5).set({ seq: 4 }), at(w, 6).set({ seq: 5 })],
      3,
      /^entry 4 .* an entry before it was removed$/,
    ],
    'two entries swapped': [
      (w) => [at(w, 3).set({ seq: 99 }), at(w, 4).set({ seq: 3 }), at(w, 99).set({ seq: 4 })],
      2,
      /^entry 3 /,
    ],
    'two entries swapped without their hashes': [
      (w, rows) => [
        at(w, 3).set({ seq: 99 }),
        at(w, 4).set({ seq: 3, hash: rows[2]!.hash }),
        at(w, 99).set({ seq: 4, hash: rows[3]!.hash }),
      ],
      2,
      /^entry 3 /,
    ],
    'an entry added': [(w) => [...moveUp(w, 4, 6), row(w, 4), end(w).set({ seq: 7 })], 3, /^entry 4 /],
    'an entry added in front': [(w) => [row(w, 0)], 0, /^entry 0 .* was added$/],
    'an entry added far in front': [(w) => [row(w, -5)], 0, /^entry -5 /],
    'an entry added after the end': [
      (w, rows) => {
        const { detail, ...rest } = entry();
        const { workspaceId, hash } = rows[5]!;
        const next = chainHash(hash!, 7, { ...rest, detail, workspaceId });
        const values = { ...rest, workspace_id: w, detail: JSON.stringify(detail), seq: 7, hash: next };
        return [db.insertInto('journal').values(values)];
      },
      7,
      /^entry 7 is after the end of the chain, which is entry 6$/,
    ],
    'an entry unchained': [(w) => [at(w, 5).set({ seq: null, hash: null })], 4, /^entry 5 is missing$/],
    'an entry of another workspace': [(w) => [at(w, 5).set({ workspace_id: freshId() })], 4, /^entry 5 is missing$/],
    'the end removed': [
      (w) => [db.deleteFrom('chains').where('workspace_id', '=', w)],
      6,
      /^entry 6 is after the end of the chain, which is entry 0$/,
    ],
    'the end made up': [(w) => [end(w).set({ hash: 'x' })], 6, /the end of the chain/],
  };

  for (const [name, [change, entries, problem]] of Object.entries(changes))
    test(name, async () => {
      const workspace = await addEntries(6);
      await chainWriter.chainWorkspace(workspace);
      const { hash, broken } = await verifyChain(auditLog, workspace);
      assert.equal(broken, null);
      const rows = await rowsOf(workspace);
      await write(...change(workspace, rows));
      const found = await verifyChain(auditLog, workspace);
      assert.match(String(found.broken), problem);
      assert.equal(found.entries, entries);
      if (entries < 6) assert.notEqual(found.hash, hash);
      // The workspace is still listed, so that the next verification finds it.
      assert.ok((await auditLog.workspaces()).includes(workspace));
    });
});
