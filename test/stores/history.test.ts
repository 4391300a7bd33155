/** Revisions, labels and settings, the same on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from '../../src/agents/agent.ts';
import { AT, createTestAgent, entry, freshId, openTestStore, reviseTestAgent } from './workspace.ts';

const store = await openTestStore();
const { history } = store;
const numbers = async ({ workspaceId, id }: Agent) =>
  (await history.list(workspaceId, id, 100)).map((revision) => revision.number);
const label = (name: string, revision: number) => ({ name, revision, at: AT, by: 'key:tester' });

async function agentWith(revisions: number): Promise<Agent> {
  let agent = await createTestAgent(store, freshId());
  while (agent.revision < revisions) agent = (await reviseTestAgent(store, agent, { role: `${agent.revision}` }))!;
  return agent;
}

test('a revision that a label holds is neither removed nor pruned', async () => {
  const agent = await agentWith(5);
  const { workspaceId, id } = agent;
  assert.ok(await history.assign(workspaceId, id, label('production', 2), entry()));
  assert.equal(await history.remove(workspaceId, id, 2, entry()), false);
  await history.prune(workspaceId, id, 5);
  assert.deepEqual(await numbers(agent), [5, 2]);
  assert.ok(await history.unassign(workspaceId, id, 'production', entry()));
  assert.ok(await history.remove(workspaceId, id, 2, entry()));
  assert.equal(await history.remove(workspaceId, id, 2, entry()), false);
  assert.deepEqual(await numbers(agent), [5]);
});

test('pruning affects no other agent, and may find nothing to prune', async () => {
  const [agent, other] = [await agentWith(3), await agentWith(3)];
  await history.prune(agent.workspaceId, agent.id, 3);
  await history.prune(agent.workspaceId, agent.id, 3);
  assert.deepEqual([await numbers(agent), await numbers(other)], [[3], [3, 2, 1]]);
});

test('a label needs an existing revision, and keeps its variables when none are given', async () => {
  const { workspaceId, id } = await agentWith(2);
  assert.equal(await history.assign(workspaceId, id, label('production', 3), entry()), false);
  assert.deepEqual(await history.labels(workspaceId, id), []);
  const variables = { shop: 'Bern' };
  await history.assign(workspaceId, id, { ...label('production', 1), variables }, entry());
  await history.assign(workspaceId, id, label('production', 2), entry());
  assert.deepEqual(await history.label(workspaceId, id, 'production'), { ...label('production', 2), variables });
  assert.equal(await history.label(workspaceId, id, 'staging'), undefined);
  assert.equal(await history.unassign(workspaceId, id, 'staging', entry()), false);
});

test('refused writes have no audit entry', async () => {
  const { workspaceId, id } = await agentWith(2);
  const before = await store.auditLog.list(workspaceId, {}, 100);
  await history.assign(workspaceId, id, label('production', 9), entry());
  await history.remove(workspaceId, id, 9, entry());
  await history.unassign(workspaceId, id, 'production', entry());
  assert.deepEqual(await store.auditLog.list(workspaceId, {}, 100), before);
});

test('a dry run of a label and of a removal answers the same and writes nothing', async () => {
  const agent = await agentWith(2);
  const { workspaceId, id } = agent;
  assert.ok(await store.dryRun.history.assign(workspaceId, id, label('production', 1), entry()));
  assert.ok(await store.dryRun.history.remove(workspaceId, id, 1, entry()));
  assert.equal(await store.dryRun.history.remove(workspaceId, id, 9, entry()), false);
  assert.deepEqual([await history.labels(workspaceId, id), await numbers(agent)], [[], [2, 1]]);
});

test('a revision that is labelled while it is removed or pruned has its label, or neither exists', async () => {
  for (let round = 0; round < 30; round += 1) {
    const agent = await agentWith(2);
    const { workspaceId, id } = agent;
    const removal: () => Promise<unknown> =
      round % 2 === 0 ? () => history.remove(workspaceId, id, 1, entry()) : () => history.prune(workspaceId, id, 2);
    const assigning: () => Promise<unknown> = () => history.assign(workspaceId, id, label('production', 1), entry());
    const first = round % 4 < 2 ? [assigning, removal] : [removal, assigning];
    await Promise.all(first.map((act) => act()));
    const [labels, kept] = [await history.labels(workspaceId, id), await numbers(agent)];
    assert.deepEqual(kept, labels.length > 0 ? [2, 1] : [2], `round ${round}`);
  }
});

test('the settings of a workspace at a time are those that were in force then', async () => {
  const workspaceId = freshId();
  const at = (day: number) => `2030-01-0${day}T00:00:00.000Z`;
  const save = (number: number, day: number) =>
    history.saveSettings(
      workspaceId,
      { number, at: at(day), by: 'key:tester', via: 'native', document: { number } },
      entry(),
    );
  assert.ok(await save(1, 1));
  assert.ok(await save(2, 3));
  assert.equal(await save(2, 4), false);
  const numberAt = async (time?: string) => (await history.settings(workspaceId, time))?.number;
  assert.deepEqual(
    [await numberAt('2029-12-31T00:00:00.000Z'), await numberAt(at(1)), await numberAt(at(2)), await numberAt(at(3))],
    [undefined, 1, 1, 2],
  );
  assert.equal(await numberAt(), 2);
  assert.deepEqual(
    (await history.settingsHistory(workspaceId)).map((revision) => revision.number),
    [2, 1],
  );
});
