/** Avatars, tools, phone numbers and contacts, the same on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToolSpec } from '../../src/model/records.ts';
import { AT, entry, freshId, openHere } from './place.ts';

const { records, accounts } = await openHere();
const LATER = '2026-03-02T00:00:00.000Z';
const PAGE = { limit: 10, offset: 0 };

/** Public avatars are seen by everybody in the run: their workspace has to exist. */
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

test('an avatar is kept, changed and removed in its own workspace', async () => {
  const [mine, theirs] = await Promise.all([newWorkspace(), newWorkspace()]);
  const draft = face(mine);
  const avatar = await records.avatars.create(draft, entry());
  assert.deepEqual(avatar, { ...draft, number: avatar.number });
  assert.deepEqual(await records.avatars.getByNumber(mine, avatar.number), avatar);
  assert.equal(await records.avatars.getByNumber(theirs, avatar.number), undefined);
  assert.deepEqual(await records.avatars.list(mine), [avatar]);
  assert.deepEqual(await records.avatars.list(theirs), []);
  const changed = { ...avatar, name: 'New', voiceId: 'emma', favorite: true, public: true, updatedAt: LATER };
  assert.equal(await records.avatars.update({ ...changed, workspaceId: theirs }, entry(), avatar.updatedAt), false);
  assert.deepEqual(await records.avatars.getByNumber(mine, avatar.number), avatar);
  assert.equal(await records.avatars.update(changed, entry(), avatar.updatedAt), true);
  assert.deepEqual(await records.avatars.getByNumber(mine, avatar.number), changed);
  assert.equal(await records.avatars.update(avatar, entry(), avatar.updatedAt), false, 'somebody was quicker');
  assert.deepEqual(await records.avatars.getByNumber(mine, avatar.number), changed);
  assert.equal(await records.avatars.remove(theirs, avatar.id, entry()), false);
  assert.equal(await records.avatars.remove(mine, avatar.id, entry()), true);
  assert.equal(await records.avatars.remove(mine, avatar.id, entry()), false);
  assert.equal(await records.avatars.update(changed, entry(), changed.updatedAt), false);
});

test("an avatar's number is not given to another one after it is gone", async () => {
  const workspace = freshId();
  const first = await records.avatars.create(face(workspace), entry());
  await records.avatars.remove(workspace, first.id, entry());
  const second = await records.avatars.create(face(workspace), entry());
  assert.ok(second.number > first.number);
});

test('a workspace may wear its own avatars and the public ones', async () => {
  const [mine, theirs] = await Promise.all([newWorkspace(), newWorkspace()]);
  const [own, secret, shared] = await Promise.all([
    records.avatars.create(face(mine), entry()),
    records.avatars.create(face(theirs), entry()),
    records.avatars.create(face(theirs, { public: true, createdAt: '2999-01-01T00:00:00.000Z' }), entry()),
  ]);
  const all = [own, secret, shared];
  const byId = await records.avatars.wearable(
    mine,
    all.map(({ id }) => id),
    [],
  );
  const byNumber = await records.avatars.wearable(
    mine,
    [],
    all.map(({ number }) => number),
  );
  const wearable = [own.id, shared.id].sort();
  assert.deepEqual(byId.map(({ id }) => id).sort(), wearable);
  assert.deepEqual(byNumber.map(({ id }) => id).sort(), wearable);
  assert.deepEqual(await records.avatars.wearable(mine, [], []), []);
  const offered = await records.avatars.listPublic(1000);
  assert.ok(offered.some(({ id }) => id === shared.id));
  assert.ok(!offered.some(({ id }) => id === own.id || id === secret.id));
  await records.avatars.remove(theirs, shared.id, entry());
});

test('a tool is kept, changed and removed in its own workspace', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const kept = tool(mine, {
    name: 'Look\\up "it" 😀',
    kind: 'http',
    metadata: { kind: 'function', deep: [{ a: null }] },
  });
  await records.tools.create(kept, entry());
  assert.deepEqual(await records.tools.get(mine, kept.id), kept);
  assert.equal(await records.tools.get(theirs, kept.id), undefined);
  assert.deepEqual(await records.tools.some(mine, [kept.id, freshId()]), [kept]);
  assert.deepEqual(await records.tools.some(mine, []), []);
  const changed = { ...kept, spec: { name: 'Renamed', kind: 'function' as const }, updatedAt: LATER };
  assert.equal(await records.tools.update({ ...changed, workspaceId: theirs }, entry(), kept.updatedAt), false);
  assert.equal(await records.tools.update(changed, entry(), kept.updatedAt), true);
  assert.deepEqual(await records.tools.get(mine, kept.id), changed);
  assert.equal(await records.tools.remove(theirs, kept.id, entry()), false);
  assert.equal(await records.tools.remove(mine, kept.id, entry()), true);
  assert.equal(await records.tools.get(mine, kept.id), undefined);
});

test("a tool's name is taken once in a workspace, and free in the next", async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const first = tool(mine, { name: 'lookup' });
  const other = tool(mine, { name: 'other' });
  await Promise.all([records.tools.create(first, entry()), records.tools.create(other, entry())]);
  await records.tools.create(tool(theirs, { name: 'lookup' }), entry());
  await assert.rejects(records.tools.create(tool(mine, { name: 'lookup' }), entry()), { name: 'AlreadyThere' });
  await assert.rejects(records.tools.update({ ...other, spec: { name: 'lookup' } }, entry(), other.updatedAt), {
    name: 'AlreadyThere',
  });
  assert.deepEqual(await records.tools.get(mine, other.id), other);
});

test('tools are listed by name and by kind, newest first, page by page', async () => {
  const workspace = freshId();
  const made = [
    tool(workspace, { name: 'Weather 50%', kind: 'http', metadata: { kind: 'function' } }, '2026-01-01T00:00:00.000Z'),
    tool(workspace, { name: 'weather_map', kind: 'function' }, '2026-01-02T00:00:00.000Z'),
    tool(workspace, { name: 'weatherXmap' }, '2026-01-03T00:00:00.000Z'),
  ] as const;
  await Promise.all(made.map((one) => records.tools.create(one, entry())));
  const [percent, underscore, x] = made;
  const list = (filter: { search?: string; kind?: string }, page = PAGE) => records.tools.list(workspace, filter, page);
  assert.deepEqual(await list({}), { items: [x, underscore, percent], total: 3 });
  assert.deepEqual(await list({}, { limit: 1, offset: 1 }), { items: [underscore], total: 3 });
  assert.deepEqual(await list({ search: 'R_MAP' }), { items: [underscore], total: 1 });
  assert.deepEqual(await list({ search: '%' }), { items: [percent], total: 1 });
  assert.deepEqual(await list({ kind: 'function' }), { items: [underscore], total: 1 });
  assert.deepEqual(await list({ kind: 'http', search: 'map' }), { items: [], total: 0 });
  assert.deepEqual(await records.tools.list(freshId(), {}, PAGE), { items: [], total: 0 });
});

test('a phone number is kept once in a workspace', async () => {
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
  const kept = { workspaceId: mine, id: freshId(), number: '+15551234567', ...facts };
  await records.phoneNumbers.create(kept, entry());
  await assert.rejects(records.phoneNumbers.create({ ...kept, id: freshId() }, entry()), { name: 'AlreadyThere' });
  await records.phoneNumbers.create({ ...kept, workspaceId: theirs }, entry());
  assert.deepEqual(await records.phoneNumbers.list(mine, PAGE), { items: [kept], total: 1 });
  const changed = { ...kept, label: 'Main', agentId: freshId(), updatedAt: LATER };
  assert.equal(await records.phoneNumbers.update(changed, entry(), kept.updatedAt), true);
  assert.equal(
    await records.phoneNumbers.update({ ...changed, workspaceId: freshId() }, entry(), kept.updatedAt),
    false,
  );
  assert.deepEqual(await records.phoneNumbers.some(mine, [kept.id]), [changed]);
  assert.deepEqual(await records.phoneNumbers.some(theirs, [kept.id]), [{ ...kept, workspaceId: theirs }]);
  assert.equal(await records.phoneNumbers.remove(freshId(), kept.id, entry()), false);
  assert.equal(await records.phoneNumbers.remove(mine, kept.id, entry()), true);
  assert.deepEqual(await records.phoneNumbers.some(mine, [kept.id]), []);
});

test('a contact is kept, found by any part of it, and removed', async () => {
  const [mine, theirs] = [freshId(), freshId()];
  const fields = {
    firstName: 'Zoë',
    lastName: "O'Brien",
    phone: '+15557654321',
    tags: ['a_b', '100%'],
    company: 'ÅSA_AB',
  };
  const contact = { workspaceId: mine, id: freshId(), fields, createdAt: AT, updatedAt: AT };
  await records.contacts.create(contact, entry());
  assert.deepEqual(await records.contacts.get(mine, contact.id), contact);
  assert.equal(await records.contacts.get(theirs, contact.id), undefined);
  for (const search of ['ZOË', "o'b", '7654', 'åsa_'])
    assert.deepEqual(await records.contacts.list(mine, { search }, PAGE), { items: [contact], total: 1 }, search);
  for (const search of ['åsaxab', '%', 'nobody'])
    assert.deepEqual(await records.contacts.list(mine, { search }, PAGE), { items: [], total: 0 }, search);
  assert.deepEqual(await records.contacts.list(theirs, {}, PAGE), { items: [], total: 0 });
  const changed = { ...contact, fields: { email: 'zoe@example.com' }, updatedAt: LATER };
  assert.equal(await records.contacts.update({ ...changed, workspaceId: theirs }, entry(), contact.updatedAt), false);
  assert.equal(await records.contacts.update(changed, entry(), contact.updatedAt), true);
  assert.deepEqual(await records.contacts.list(mine, { search: 'zoe@' }, PAGE), { items: [changed], total: 1 });
  assert.equal((await records.contacts.list(mine, { search: 'brien' }, PAGE)).total, 0);
  assert.equal(await records.contacts.remove(theirs, contact.id, entry()), false);
  assert.equal(await records.contacts.remove(mine, contact.id, entry()), true);
  assert.equal(await records.contacts.get(mine, contact.id), undefined);
});

test('the database answers when it is asked whether it can', async () => {
  await records.ping();
});
