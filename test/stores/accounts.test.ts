/** Workspaces, users and keys, the same on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../src/workspaces/workspace.ts';
import { AT, author, entry, freshId, openTestStore } from './workspace.ts';

const { accounts } = await openTestStore();

const userDraft = (workspaceId: string, facts: { email?: string; name?: string | null; id?: string } = {}) => {
  const id = freshId();
  return { workspaceId, id, email: `${id}@example.com`, name: 'Ada', createdAt: AT, ...facts };
};
const keyFor = (workspaceId: string, facts: Partial<Key> = {}): Key => ({
  workspaceId,
  id: freshId(),
  name: null,
  dialect: 'kejue',
  kind: 'standard',
  prefix: 'kej_live_abcd',
  scopes: null,
  workspaceIds: [],
  createdAt: AT,
  expiresAt: null,
  revokedAt: null,
  ...facts,
});

test('workspaces are read back, and their numbers grow', async () => {
  const draft = { id: freshId(), name: 'Größe "XL" 😀', createdAt: AT };
  const first = await accounts.createWorkspace(draft, entry());
  const second = await accounts.createWorkspace({ ...draft, id: freshId() }, entry());
  assert.deepEqual(first, { ...draft, number: first.number });
  assert.ok(second.number > first.number);
  assert.deepEqual(await accounts.workspace(first.id), first);
  assert.equal(await accounts.workspace(freshId()), undefined);
  assert.deepEqual(await accounts.workspaces([second.id, first.id, freshId()]), [first, second]);
  assert.deepEqual(await accounts.workspaces([]), []);
  assert.ok((await accounts.workspaces(null)).length >= 2);
  assert.equal(await accounts.hasWorkspaces(), true);
  await assert.rejects(accounts.createWorkspace(draft, entry()), { name: 'AlreadyThere' });
});

test('a user belongs to one workspace, and an e-mail address to one user', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const draft = userDraft(mine, { name: null });
  const user = await accounts.createUser(draft, 'salt:hash', entry());
  assert.deepEqual(user, { ...draft, number: user.number });
  assert.deepEqual(await accounts.user(mine, user.id), user);
  assert.equal(await accounts.user(theirs, user.id), undefined);
  assert.deepEqual(await accounts.users(mine), [user]);
  assert.deepEqual(await accounts.users(theirs), []);
  assert.deepEqual(await accounts.userByEmail(user.email), { user, passwordHash: 'salt:hash' });
  assert.equal(await accounts.userByEmail('nobody@example.com'), undefined);
  const twin = userDraft(theirs, { email: user.email });
  await assert.rejects(accounts.createUser(twin, 'other', entry()), { name: 'AlreadyThere' });
  assert.deepEqual(await accounts.users(theirs), []);
});

test('a key is found by its hash, with all of its fields', async () => {
  const workspace = await accounts.createWorkspace({ id: freshId(), name: 'Keys', createdAt: AT }, entry());
  const plain = keyFor(workspace.id);
  const rich = keyFor(workspace.id, {
    name: 'Partner "north"',
    createdAt: '2026-03-01T10:00:00.001Z',
    kind: 'partner',
    scopes: ['agents:read', 'agents:write'],
    workspaceIds: [freshId(), freshId()],
    expiresAt: '2030-01-01T00:00:00.000Z',
  });
  for (const key of [plain, rich]) {
    await accounts.createKey(key, `hash of ${key.id}`, entry());
    const found = await accounts.keyByHash(`hash of ${key.id}`);
    assert.deepEqual(found, { key, hash: `hash of ${key.id}`, workspaceNumber: workspace.number });
    assert.deepEqual(await accounts.key(workspace.id, key.id), key);
    assert.equal(await accounts.key(freshId(), key.id), undefined);
  }
  assert.deepEqual(await accounts.keys(workspace.id), [plain, rich]);
  assert.deepEqual(await accounts.keys(freshId()), []);
  assert.equal(await accounts.keyByHash('no such hash'), undefined);
  await assert.rejects(accounts.createKey(keyFor(freshId()), `hash of ${rich.id}`, entry()), { name: 'AlreadyThere' });
});

test('a key is revoked in its own workspace only, and keeps the time of the first revocation', async () => {
  const workspace = await accounts.createWorkspace({ id: freshId(), name: 'Keys', createdAt: AT }, entry());
  const key = keyFor(workspace.id);
  await accounts.createKey(key, key.id, entry());
  assert.equal(await accounts.revokeKey(freshId(), key.id, entry()), false);
  assert.equal(await accounts.revokeKey(workspace.id, freshId(), entry()), false);
  assert.equal((await accounts.keyByHash(key.id))?.key.revokedAt, null);
  assert.equal(await accounts.revokeKey(workspace.id, key.id, entry()), true);
  assert.equal(
    await accounts.revokeKey(workspace.id, key.id, entry({ ...author, at: '2031-01-01T00:00:00.000Z' })),
    false,
  );
  assert.equal((await accounts.keyByHash(key.id))?.key.revokedAt, AT);
});

test('a shared secret is the same for every caller', async () => {
  const name = `secret ${freshId()}`;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => accounts.secret(name, () => `candidate ${i}`)),
  );
  assert.equal(new Set(answers).size, 1);
  assert.equal(await accounts.secret(name, () => 'too late'), answers[0]);
});
