/** Agents and their revisions, the same on both engines. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Agent } from '../../src/agents/agent.ts';
import { newProfile } from '../../src/agents/profile.ts';
import type { AgentFilter, AgentOrder } from '../../src/agents/store.ts';
import { sqlFor } from '../../src/db/sql.ts';
import {
  AT,
  author,
  blankAgent,
  createTestAgent,
  entry,
  freshId,
  openTestStore,
  reviseTestAgent,
} from './workspace.ts';

const store = await openTestStore();
const { agents } = store;
const NEWEST: AgentOrder = { by: 'createdAt', direction: 'desc' };
const names = (found: Agent[]) => found.map((agent) => agent.document.name);

/** Stores a document as it is given, as an earlier version of the server may have stored it. */
async function overwriteDocument(agentId: string, document: string): Promise<void> {
  const db = sqlFor(store.engine);
  const head = db.updateTable('agents').set({ document }).where('id', '=', agentId);
  const log = db.updateTable('revisions').set({ document }).where('agent_id', '=', agentId);
  await store.engine.write({ statements: [head.compile(), log.compile()] });
}

describe('one agent', () => {
  test('is read back as it was written', async () => {
    const workspace = freshId();
    const draft = { ...blankAgent(workspace, { name: 'Ada' }), ownerId: freshId() };
    const agent = (await agents.create(draft, entry()))!;
    assert.deepEqual(agent, { ...draft, revision: 1, number: agent.number });
    assert.deepEqual(await agents.get(workspace, agent.id), agent);
    assert.deepEqual(await agents.getByNumber(workspace, agent.number), agent);
    assert.deepEqual(await agents.revisions(workspace, agent.id), [
      { number: 1, ...author, edits: [], document: agent.document },
    ]);
  });

  test('is refused when its id is taken, and nothing of it is stored', async () => {
    const workspace = freshId();
    const agent = await createTestAgent(store, workspace, { name: 'First' });
    const twin = { ...blankAgent(workspace, { name: 'Second' }), id: agent.id };
    await assert.rejects(agents.create(twin, entry()), { name: 'AlreadyThere' });
    assert.deepEqual(await agents.get(workspace, agent.id), agent);
    assert.equal((await agents.revisions(workspace, agent.id)).length, 1);
  });

  test('stored by the first version, with profiles keyed by ids, is the same agent', async () => {
    const profile = newProfile(freshId(), AT, true);
    const agent = await createTestAgent(store, freshId(), { name: 'Ada', profiles: { [profile.id]: profile } });
    await overwriteDocument(agent.id, JSON.stringify(agent.document));
    assert.deepEqual(await agents.get(agent.workspaceId, agent.id), agent);
    assert.deepEqual(await store.history.document(agent.workspaceId, agent.id, 1), agent.document);
    const next = await reviseTestAgent(store, agent, { description: 'Sells' });
    assert.deepEqual((await agents.get(agent.workspaceId, agent.id))!.document, next!.document);
  });

  test('stores any text exactly', async () => {
    const workspace = freshId();
    const odd = [
      'emoji 👩‍👩‍👧‍👦 🇺🇳 and 𝒻𝓇𝒶𝓀𝓉𝓊𝓇',
      `quotes ' '' " "" \` and $1 :name ? {} {"a":1} NULL`,
      'backslashes \\ \\\\ \\n \\u0000 \\" and a trailing one \\',
      'lines\r\nand\ttabs\u2028\u200b\u0001',
      'cafe\u0301 is not café; İıŞş; \ufeff',
      '%_%',
      ' leading and trailing ',
    ];
    const document = {
      name: odd[1]!,
      role: odd.join('\n'),
      context: `${'é"\\😀'.repeat(20_000)}`,
      metadata: Object.fromEntries(odd.map((text, i) => [text, { [i]: odd }])),
    };
    const agent = await createTestAgent(store, workspace, document);
    assert.ok(JSON.stringify(agent.document).length > 100_000);
    assert.deepEqual(await agents.get(workspace, agent.id), agent);
    const next = await reviseTestAgent(store, agent, { specialInstructions: odd.join(''), description: odd[2]! });
    assert.deepEqual(await agents.get(workspace, agent.id), next);
    const [, last] = await agents.revisions(workspace, agent.id);
    assert.deepEqual(last!.document, next!.document);
    assert.deepEqual(last!.edits, [
      { op: 'set', path: 'specialInstructions', value: odd.join('') },
      { op: 'set', path: 'description', value: odd[2] },
    ]);
  });

  test('is not found after its removal, but its revisions are', async () => {
    const workspace = freshId();
    const agent = await createTestAgent(store, workspace, { name: 'Short-lived', visibility: 'public' });
    const deletion = { document: agent.document, edits: [], deleted: true };
    assert.equal(await agents.revise(agent, deletion, entry()), true);
    assert.equal(await agents.get(workspace, agent.id), undefined);
    assert.equal(await agents.getByNumber(workspace, agent.number), undefined);
    assert.equal(await agents.getPublic(agent.id), undefined);
    assert.equal(await agents.exists(agent.id), false);
    assert.equal(await agents.isNameTaken(workspace, 'Short-lived'), false);
    assert.deepEqual(await agents.list(workspace, {}, NEWEST, { limit: 10 }), []);
    assert.equal(await agents.count(workspace, {}), 0);
    const again = { ...agent, revision: 2 };
    assert.equal(await agents.revise(again, deletion, entry()), false);
    assert.equal(await reviseTestAgent(store, again, { name: 'Restored' }), undefined);
    assert.deepEqual(
      (await agents.revisions(workspace, agent.id)).map(({ number }) => number),
      [1, 2],
    );
  });

  test('has a number that no other agent has, and later agents have higher numbers', async () => {
    const [one, two] = [freshId(), freshId()];
    const first = await createTestAgent(store, one);
    const many = await Promise.all(Array.from({ length: 100 }, (_, i) => createTestAgent(store, i % 2 ? one : two)));
    const last = await createTestAgent(store, two);
    const numbers = [first, ...many, last].map((agent) => agent.number);
    assert.equal(new Set(numbers).size, 102);
    assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number > 0));
    assert.equal(Math.min(...numbers), first.number);
    assert.equal(Math.max(...numbers), last.number);
  });
});

describe('a revision', () => {
  test('is appended with its edits, its author and the whole document', async () => {
    const workspace = freshId();
    const agent = await createTestAgent(store, workspace, { name: 'One' });
    const document = { ...agent.document, name: 'Two' };
    const later = { at: '2026-03-02T00:00:00.000Z', by: 'user:ada', via: 'kejue' };
    const edits = [{ op: 'set', path: 'name', value: 'Two' } as const];
    assert.equal(await agents.revise(agent, { document, edits }, entry(later)), true);
    const [first, second, ...rest] = await agents.revisions(workspace, agent.id);
    assert.deepEqual(first, { number: 1, ...author, edits: [], document: agent.document });
    assert.deepEqual(second, { number: 2, ...later, edits, document });
    assert.deepEqual(rest, []);
    assert.deepEqual(await agents.get(workspace, agent.id), { ...agent, document, revision: 2, updatedAt: later.at });
  });

  test('loses to one that was written first, and writes nothing', async () => {
    const workspace = freshId();
    const agent = await createTestAgent(store, workspace);
    const next = await reviseTestAgent(store, agent, { name: 'First' });
    assert.equal(await reviseTestAgent(store, agent, { name: 'Stale' }), undefined);
    assert.equal(await reviseTestAgent(store, { ...agent, revision: 7 }, { name: 'From nowhere' }), undefined);
    assert.equal(await reviseTestAgent(store, { ...agent, id: freshId() }, { name: 'Of no agent' }), undefined);
    assert.deepEqual(await agents.get(workspace, agent.id), next);
    assert.equal((await agents.revisions(workspace, agent.id)).length, 2);
  });

  test('is written by exactly one of many concurrent writers', async () => {
    const workspace = freshId();
    let agent = await createTestAgent(store, workspace);
    for (const round of [1, 2, 3]) {
      const racers = Array.from({ length: 50 }, (_, i) =>
        reviseTestAgent(store, agent, { name: `Racer ${round}.${i}` }),
      );
      const winners = (await Promise.all(racers)).filter((winner) => winner !== undefined);
      assert.equal(winners.length, 1);
      agent = winners[0]!;
      assert.deepEqual(await agents.get(workspace, agent.id), agent);
    }
    assert.equal((await agents.revisions(workspace, agent.id)).length, 4);
  });

  test('of one agent does not affect those of others in the same batch', async () => {
    const workspace = freshId();
    const made = await Promise.all(
      Array.from({ length: 300 }, (_, i) => createTestAgent(store, workspace, { name: `A ${i}` })),
    );
    const stale = new Set(made.filter((_, i) => i % 7 === 0));
    const large = 'x'.repeat(90_000);
    const outcomes = await Promise.all(
      made.map((agent, i) =>
        reviseTestAgent(
          store,
          stale.has(agent) ? { ...agent, revision: 9 } : agent,
          i % 50 === 1 ? { role: large } : { role: `R ${i}` },
        ),
      ),
    );
    for (const [i, agent] of made.entries()) {
      const expected = stale.has(agent) ? agent : outcomes[i];
      assert.equal(outcomes[i] === undefined, stale.has(agent));
      assert.deepEqual(await agents.get(workspace, agent.id), expected);
    }
  });
});

describe('a list', () => {
  test('applies each filter, and its count is the same', async () => {
    const workspace = freshId();
    const profile = { ...newProfile(freshId(), AT, true), locale: 'es-MX' };
    const [plain, spanish, retell, screening] = await Promise.all([
      createTestAgent(store, workspace, { name: 'Plain' }, '2026-01-01T00:00:00.000Z'),
      createTestAgent(
        store,
        workspace,
        { name: 'Spanish', status: 'paused', profiles: { [profile.id]: profile } },
        '2026-01-02T00:00:00.000Z',
      ),
      createTestAgent(
        store,
        workspace,
        { name: 'Retell', status: 'archived', extras: { ayra: { voicePlatform: 'retell' } } },
        '2026-01-03T00:00:00.000Z',
      ),
      createTestAgent(
        store,
        workspace,
        { name: 'Screening', interview: { questions: [], type: 'phone', focus: 'screening' } },
        '2026-01-04T00:00:00.000Z',
      ),
    ]);
    const cases: [AgentFilter, Agent[]][] = [
      [{}, [screening, retell, spanish, plain]],
      [{ search: 'ain' }, [plain]],
      [{ status: ['paused', 'archived'] }, [retell, spanish]],
      [{ status: [] }, []],
      [{ language: 'es' }, [spanish]],
      [{ voicePlatform: 'retell' }, [retell]],
      [{ language: ['es', 'de'] }, [spanish]],
      [{ language: [] }, []],
      [{ interviewType: ['phone'] }, [screening]],
      [{ interviewType: [] }, []],
      [{ interviewFocus: ['screening', 'outreach'] }, [screening]],
      [{ interviewFocus: ['screening', null] }, [screening, retell, spanish, plain]],
      [{ interviewFocus: ['screening'], status: ['paused'] }, []],
      [{ createdAfter: '2026-01-02T00:00:00.000Z' }, [screening, retell]],
      [{ createdBefore: '2026-01-02T00:00:00.000Z' }, [plain]],
      [{ ids: [plain.id, retell.id, freshId()] }, [retell, plain]],
      [{ ids: [] }, []],
    ];
    for (const [filter, expected] of cases) {
      assert.deepEqual(await agents.list(workspace, filter, NEWEST, { limit: 10 }), expected, JSON.stringify(filter));
      assert.equal(await agents.count(workspace, filter), expected.length, JSON.stringify(filter));
    }
  });

  test('uses the values of the latest revision', async () => {
    const workspace = freshId();
    const agent = await createTestAgent(store, workspace, { name: 'Before' });
    await reviseTestAgent(store, agent, { name: 'After', status: 'paused' });
    assert.equal(await agents.count(workspace, { search: 'before' }), 0);
    assert.equal(await agents.count(workspace, { search: 'after', status: ['paused'] }), 1);
    assert.equal(await agents.count(workspace, { status: ['active'] }), 0);
  });

  test('searches names without regard to case, and takes wildcards literally', async () => {
    const workspace = freshId();
    const all = ['100% sure', '100 sure', 'snake_case', 'snakeXcase', 'back\\slash', 'ÑANDÚ Überall', "O'Neill"];
    await Promise.all(all.map((name) => createTestAgent(store, workspace, { name })));
    const found = async (search: string) =>
      names(await agents.list(workspace, { search }, NEWEST, { limit: 10 })).sort();
    assert.deepEqual(await found('0%'), ['100% sure']);
    assert.deepEqual(await found('%'), ['100% sure']);
    assert.deepEqual(await found('E_C'), ['snake_case']);
    assert.deepEqual(await found('_'), ['snake_case']);
    assert.deepEqual(await found('\\'), ['back\\slash']);
    assert.deepEqual(await found('K\\S'), ['back\\slash']);
    assert.deepEqual(await found('SNAKE'), ['snakeXcase', 'snake_case']);
    assert.deepEqual(await found('ñandú ü'), ['ÑANDÚ Überall']);
    assert.deepEqual(await found("o'n"), ["O'Neill"]);
    assert.deepEqual(await found('nobody'), []);
  });

  test('has the requested order', async () => {
    const workspace = freshId();
    const given = ['beta', 'Alpha', 'alpha 2', 'Zeta', 'Émile', '_x'];
    const made: Agent[] = [];
    for (const [i, name] of given.entries())
      made.push(await createTestAgent(store, workspace, { name }, `2026-01-0${i + 1}T00:00:00.000Z`));
    await agents.revise(made[0]!, { document: made[0]!.document, edits: [] }, entry());
    const ordered = async (order: AgentOrder) => names(await agents.list(workspace, {}, order, { limit: 10 }));
    assert.deepEqual(await ordered({ by: 'createdAt', direction: 'asc' }), given);
    assert.deepEqual(await ordered(NEWEST), given.toReversed());
    const byName = ['_x', 'Alpha', 'alpha 2', 'beta', 'Zeta', 'Émile'];
    assert.deepEqual(await ordered({ by: 'name', direction: 'asc' }), byName);
    assert.deepEqual(await ordered({ by: 'name', direction: 'desc' }), byName.toReversed());
    const byUpdate = [...given.slice(1), 'beta'];
    assert.deepEqual(await ordered({ by: 'updatedAt', direction: 'asc' }), byUpdate);
    assert.deepEqual(await ordered({ by: 'updatedAt', direction: 'desc' }), byUpdate.toReversed());
  });

  test('read page by page, by cursor or by offset, has each agent once, also those created at the same time', async () => {
    const workspace = freshId();
    const times = Array.from({ length: 25 }, (_, i) => `2026-01-01T00:00:0${Math.floor(i / 5)}.000Z`);
    await Promise.all(times.map((at, i) => createTestAgent(store, workspace, { name: String(i) }, at)));
    const whole = await agents.list(workspace, {}, NEWEST, { limit: 100 });
    assert.equal(whole.length, 25);
    const walked: Agent[] = [];
    for (let page = 0; page < 7; page += 1) {
      const last = walked.at(-1);
      const after = last && { createdAt: last.createdAt, id: last.id };
      walked.push(...(await agents.list(workspace, {}, NEWEST, { limit: 4, ...(after && { after }) })));
    }
    assert.deepEqual(walked, whole);
    assert.deepEqual(await agents.list(workspace, {}, NEWEST, { limit: 4, offset: 23 }), whole.slice(23));
  });
});

test('the agents that refer to an id are found, and no others', async () => {
  const workspace = freshId();
  const toolId = freshId();
  const holder = await createTestAgent(store, workspace, { tools: [{ toolId, channels: ['voice'], config: {} }] });
  await createTestAgent(store, workspace, { tools: [{ toolId: freshId(), channels: ['voice'], config: {} }] });
  await createTestAgent(store, freshId(), { tools: [{ toolId, channels: ['voice'], config: {} }] });
  assert.deepEqual(await agents.findReferring(workspace, toolId), [holder]);
});

test('a name is taken when an agent of the workspace has exactly this name', async () => {
  const workspace = freshId();
  const agent = await createTestAgent(store, workspace, { name: 'Ada' });
  assert.equal(await agents.isNameTaken(workspace, 'Ada'), true);
  assert.equal(await agents.isNameTaken(workspace, 'ada'), false);
  assert.equal(await agents.isNameTaken(workspace, 'Ada', agent.id), false);
  assert.equal(await agents.isNameTaken(freshId(), 'Ada'), false);
});

test('a public agent is found without a workspace, a private one never', async () => {
  const workspace = freshId();
  const shown = await createTestAgent(store, workspace, { visibility: 'public' });
  const hidden = await createTestAgent(store, workspace, { visibility: 'private' });
  assert.deepEqual(await agents.getPublic(shown.id), shown);
  assert.equal(await agents.getPublic(hidden.id), undefined);
});

test('no method reads or writes another workspace', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const agent = await createTestAgent(store, theirs, { name: 'Theirs' });
  assert.equal(await agents.get(mine, agent.id), undefined);
  assert.equal(await agents.getByNumber(mine, agent.number), undefined);
  assert.equal(await agents.isNameTaken(mine, 'Theirs'), false);
  assert.deepEqual(await agents.list(mine, {}, NEWEST, { limit: 10 }), []);
  assert.deepEqual(await agents.list(mine, { ids: [agent.id] }, NEWEST, { limit: 10 }), []);
  assert.equal(await agents.count(mine, {}), 0);
  assert.deepEqual(await agents.findReferring(mine, agent.id), []);
  assert.deepEqual(await agents.revisions(mine, agent.id), []);
  assert.equal(await reviseTestAgent(store, { ...agent, workspaceId: mine }, { name: 'Mine now' }), undefined);
  assert.equal(await agents.exists(agent.id), true);
  // The same id in two workspaces is two agents.
  const own = (await agents.create({ ...blankAgent(mine, { name: 'Mine' }), id: agent.id }, entry()))!;
  const outcomes = await Promise.all([
    reviseTestAgent(store, own, { role: 'mine' }),
    reviseTestAgent(store, agent, { role: 'theirs' }),
  ]);
  assert.deepEqual([await agents.get(mine, agent.id), await agents.get(theirs, agent.id)], outcomes);
});
