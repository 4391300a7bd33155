/** Avatars, tools, phone numbers and contacts, the same on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToolSpec } from '../../src/tools/tool.ts';
import { AT, entry, freshId, openTestStore } from './workspace.ts';

const { avatars, tools, phoneNumbers, contacts, accounts, ping } = await openTestStore();
const LATER = '2026-03-02T00:00:00.000Z';
const PAGE = { limit: 10, offset: 0 };

/** Public avatars are visible to all tests of the run, so their workspace has to exist. */
const newWorkspace = async (): Promise<string> =>
  (await accounts.createWorkspace({ id: freshId(), name: 'Faces', createdAt: AT }, entry())).id;

const face = (workspaceId: string, facts: { public?: boolean; name?: string; createdAt?: string } = {}) => ({
  workspaceId,
  id: freshId(),
  name: 'Emma "E"',
  url: 'https://example.com/emma.png',
  voiceId: null,
  favorite: false,
  public: false,
  createdAt: AT,
  updatedAt: AT,
  ...facts,
});
const tool = (workspaceId: string, spec: Partial<ToolSpec> = {}, createdAt = AT) => ({
  workspaceId,
  id: freshId(),
  spec: { name: `tool ${freshId()}`, ...spec },
  createdAt,
  updatedAt: AT,
});

test('an avatar is stored, changed and removed in its own workspace', async () => {
  const [mine, theirs] = await Promise.all([newWorkspace(), newWorkspace()]);
  const draft = face(mine);
  const avatar = await avatars.create(draft, entry());
  assert.deepEqual(avatar, { ...draft, number: avatar.number });
  assert.deepEqual(await avatars.getByNumber(mine, avatar.number), avatar);
  assert.equal(await avatars.getByNumber(theirs, avatar.number), undefined);
  assert.deepEqual(await avatars.list(mine), [avatar]);
  assert.deepEqual(await avatars.list(theirs), []);
  const changed = { ...avatar, name: 'New', voiceId: 'emma', favorite: true, public: true, updatedAt: LATER };
  assert.equal(await avatars.update({ ...changed, workspaceId: theirs }, entry(), avatar.updatedAt), false);
  assert.deepEqual(await avatars.getByNumber(mine, avatar.number), avatar);
  assert.equal(await avatars.update(changed, entry(), avatar.updatedAt), true);
  assert.deepEqual(await avatars.getByNumber(mine, avatar.number), changed);
  assert.equal(await avatars.update(avatar, entry(), avatar.updatedAt), false, 'another writer was faster');
  assert.deepEqual(await avatars.getByNumber(mine, avatar.number), changed);
  assert.equal(await avatars.remove(theirs, avatar.id, entry()), false);
  assert.equal(await avatars.remove(mine, avatar.id, entry()), true);
  assert.equal(await avatars.remove(mine, avatar.id, entry()), false);
  assert.equal(await avatars.update(changed, entry(), changed.updatedAt), false);
});

test('the number of a removed avatar is not used again', async () => {
  const workspace = freshId();
  const first = await avatars.create(face(workspace), entry());
  await avatars.remove(workspace, first.id, entry());
  const second = await avatars.create(face(workspace), entry());
  assert.ok(second.number > first.number);
});

test('a workspace may use its own avatars and the public ones', async () => {
  const [mine, theirs] = await Promise.all([newWorkspace(), newWorkspace()]);
  const [own, secret, shared] = await Promise.all([
    avatars.create(face(mine), entry()),
    avatars.create(face(theirs), entry()),
    avatars.create(face(theirs, { public: true, createdAt: '2999-01-01T00:00:00.000Z' }), entry()),
  ]);
  const all = [own, secret, shared];
  const byId = await avatars.listUsable(
    mine,
    all.map(({ id }) => id),
    [],
  );
  const byNumber = await avatars.listUsable(
    mine,
    [],
    all.map(({ number }) => number),
  );
  const wearable = [own.id, shared.id].sort();
  assert.deepEqual(byId.map(({ id }) => id).sort(), wearable);
  assert.deepEqual(byNumber.map(({ id }) => id).sort(), wearable);
  assert.deepEqual(await avatars.listUsable(mine, [], []), []);
  const offered = await avatars.listPublic(1000);
  assert.ok(offered.some(({ id }) => id === shared.id));
  assert.ok(!offered.some(({ id }) => id === own.id || id === secret.id));
  await avatars.remove(theirs, shared.id, entry());
});

test('a tool is stored, changed and removed in its own workspace', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const stored = tool(mine, {
    name: 'Look\\up "it" 😀',
    kind: 'http',
    metadata: { kind: 'function', deep: [{ a: null }] },
  });
  await tools.create(stored, entry());
  assert.deepEqual(await tools.get(mine, stored.id), stored);
  assert.equal(await tools.get(theirs, stored.id), undefined);
  assert.deepEqual(await tools.getMany(mine, [stored.id, freshId()]), [stored]);
  assert.deepEqual(await tools.getMany(mine, []), []);
  const changed = { ...stored, spec: { name: 'Renamed', kind: 'function' as const }, updatedAt: LATER };
  assert.equal(await tools.update({ ...changed, workspaceId: theirs }, entry(), stored.updatedAt), false);
  assert.equal(await tools.update(changed, entry(), stored.updatedAt), true);
  assert.deepEqual(await tools.get(mine, stored.id), changed);
  assert.equal(await tools.remove(theirs, stored.id, entry()), false);
  assert.equal(await tools.remove(mine, stored.id, entry()), true);
  assert.equal(await tools.get(mine, stored.id), undefined);
});

test("a tool's name is taken once in a workspace, and free in the next", async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const first = tool(mine, { name: 'lookup' });
  const other = tool(mine, { name: 'other' });
  await Promise.all([tools.create(first, entry()), tools.create(other, entry())]);
  await tools.create(tool(theirs, { name: 'lookup' }), entry());
  await assert.rejects(tools.create(tool(mine, { name: 'lookup' }), entry()), { name: 'AlreadyThere' });
  await assert.rejects(tools.update({ ...other, spec: { name: 'lookup' } }, entry(), other.updatedAt), {
    name: 'AlreadyThere',
  });
  assert.deepEqual(await tools.get(mine, other.id), other);
});

test('tools are listed by name and by kind, newest first, page by page', async () => {
  const workspace = freshId();
  const made = [
    tool(workspace, { name: 'Weather 50%', kind: 'http', metadata: { kind: 'function' } }, '2026-01-01T00:00:00.000Z'),
    tool(workspace, { name: 'weather_map', kind: 'function' }, '2026-01-02T00:00:00.000Z'),
    tool(workspace, { name: 'weatherXmap' }, '2026-01-03T00:00:00.000Z'),
  ] as const;
  await Promise.all(made.map((one) => tools.create(one, entry())));
  const [percent, underscore, x] = made;
  const list = (filter: { search?: string; kind?: string }, page = PAGE) => tools.list(workspace, filter, page);
  assert.deepEqual(await list({}), { items: [x, underscore, percent], total: 3 });
  assert.deepEqual(await list({}, { limit: 1, offset: 1 }), { items: [underscore], total: 3 });
  assert.deepEqual(await list({ search: 'R_MAP' }), { items: [underscore], total: 1 });
  assert.deepEqual(await list({ search: '%' }), { items: [percent], total: 1 });
  assert.deepEqual(await list({ kind: 'function' }), { items: [underscore], total: 1 });
  assert.deepEqual(await list({ kind: 'http', search: 'map' }), { items: [], total: 0 });
  assert.deepEqual(await tools.list(freshId(), {}, PAGE), { items: [], total: 0 });
});

test('a phone number is unique in its workspace', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const facts = {
    provider: 'simulated',
    label: null,
    agentId: null,
    profileId: null,
    outboundAgentId: null,
    dailyCap: null,
    createdAt: AT,
    updatedAt: AT,
  };
  const stored = { workspaceId: mine, id: freshId(), number: '+15551234567', ...facts };
  await phoneNumbers.create(stored, entry());
  await assert.rejects(phoneNumbers.create({ ...stored, id: freshId() }, entry()), { name: 'AlreadyThere' });
  await phoneNumbers.create({ ...stored, workspaceId: theirs }, entry());
  assert.deepEqual(await phoneNumbers.list(mine, PAGE), { items: [stored], total: 1 });
  const changed = { ...stored, label: 'Main', agentId: freshId(), updatedAt: LATER };
  assert.equal(await phoneNumbers.update(changed, entry(), stored.updatedAt), true);
  assert.equal(await phoneNumbers.update({ ...changed, workspaceId: freshId() }, entry(), stored.updatedAt), false);
  assert.deepEqual(await phoneNumbers.getMany(mine, [stored.id]), [changed]);
  assert.deepEqual(await phoneNumbers.getMany(theirs, [stored.id]), [{ ...stored, workspaceId: theirs }]);
  assert.equal(await phoneNumbers.remove(freshId(), stored.id, entry()), false);
  assert.equal(await phoneNumbers.remove(mine, stored.id, entry()), true);
  assert.deepEqual(await phoneNumbers.getMany(mine, [stored.id]), []);
});

test('a contact is stored, found by any part of it, and removed', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const fields = {
    firstName: 'Zoë',
    lastName: "O'Brien",
    phone: '+15557654321',
    tags: ['a_b', '100%'],
    company: 'ÅSA_AB',
  };
  const contact = { workspaceId: mine, id: freshId(), fields, createdAt: AT, updatedAt: AT };
  await contacts.create(contact, entry());
  assert.deepEqual(await contacts.get(mine, contact.id), contact);
  assert.equal(await contacts.get(theirs, contact.id), undefined);
  for (const search of ['ZOË', "o'b", '7654', 'åsa_'])
    assert.deepEqual(await contacts.list(mine, { search }, PAGE), { items: [contact], total: 1 }, search);
  for (const search of ['åsaxab', '%', 'nobody'])
    assert.deepEqual(await contacts.list(mine, { search }, PAGE), { items: [], total: 0 }, search);
  assert.deepEqual(await contacts.list(theirs, {}, PAGE), { items: [], total: 0 });
  const changed = { ...contact, fields: { email: 'zoe@example.com' }, updatedAt: LATER };
  assert.equal(await contacts.update({ ...changed, workspaceId: theirs }, entry(), contact.updatedAt), false);
  assert.equal(await contacts.update(changed, entry(), contact.updatedAt), true);
  assert.deepEqual(await contacts.list(mine, { search: 'zoe@' }, PAGE), { items: [changed], total: 1 });
  assert.equal((await contacts.list(mine, { search: 'brien' }, PAGE)).total, 0);
  assert.equal(await contacts.remove(theirs, contact.id, entry()), false);
  assert.equal(await contacts.remove(mine, contact.id, entry()), true);
  assert.equal(await contacts.get(mine, contact.id), undefined);
});

test('the database answers a ping', async () => {
  await ping();
});
