/** The conversation store on the engine of this run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from '../../src/agents/agent.ts';
import type { Conversation, Message } from '../../src/conversations/conversation.ts';
import { newState } from '../../src/conversations/turn.ts';
import type { Store } from '../../src/stores.ts';
import { AT, createTestAgent, entry, freshId, openTestStore, reviseTestAgent } from './workspace.ts';

const store = await openTestStore();

const later = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000).toISOString();

const draftOf = (agent: Agent, facts: Partial<Conversation> = {}): Omit<Conversation, 'number'> => ({
  workspaceId: agent.workspaceId,
  id: freshId(),
  agentId: agent.id,
  revision: agent.revision,
  dialect: 'native',
  by: 'key:tester',
  channel: 'chat',
  locale: 'en',
  contactId: null,
  state: newState(agent.id),
  metadata: { order: 7 },
  extras: {},
  usage: { input: 0, output: 0 },
  analysis: null,
  startedAt: AT,
  lastActivityAt: AT,
  endedAt: null,
  version: 1,
  snapshot: {
    personas: {
      [agent.id]: {
        agentId: agent.id,
        revision: agent.revision,
        document: agent.document,
        profile: undefined,
        name: agent.document.name,
        tools: [],
        afterwards: [],
      },
    },
    firstAgentId: agent.id,
    channel: 'chat',
    locale: 'en',
    variables: {},
    contact: null,
    memory: {},
    settings: {},
    overrides: {},
    label: null,
    notes: [],
    startedAt: AT,
  },
  ...facts,
});
const message = (text: string, role: Message['role'] = 'user'): Message => ({ id: freshId(), role, text, at: AT });
const advanceOf = (of: Pick<Conversation, 'state'>, at = later(1)) => ({
  state: of.state,
  usage: { input: 3, output: 5 },
  lastActivityAt: at,
  endedAt: null,
});

async function place(): Promise<{ store: Store; agent: Agent; workspaceId: string }> {
  const workspaceId = freshId();
  return { store, workspaceId, agent: await createTestAgent(store, workspaceId) };
}

test('a created conversation can be read back unchanged', async () => {
  const { agent, workspaceId } = await place();
  const draft = draftOf(agent);
  const hello = message('Hello', 'assistant');
  const stored = await store.conversations.create(draft, [hello], entry());
  assert.ok(stored && stored.number > 0);
  assert.deepEqual(await store.conversations.get(workspaceId, draft.id), JSON.parse(JSON.stringify(stored)));
  assert.deepEqual(
    await store.conversations.getByNumber(workspaceId, stored.number),
    JSON.parse(JSON.stringify(stored)),
  );
  assert.deepEqual(await store.conversations.messages(workspaceId, draft.id), [{ ...hello, seq: 1 }]);
  assert.equal(await store.conversations.get(freshId(), draft.id), undefined, 'another workspace does not see it');
  assert.deepEqual(await store.conversations.messages(freshId(), draft.id), []);
});

test('messages with any characters can be read back', async () => {
  const { agent, workspaceId } = await place();
  const draft = draftOf(agent);
  const messages = {
    ...message('half \ud83d, nothing \0, whole 😀, spelled \\ud83d \\\\u0000', 'tool'),
    toolName: '\udc00\ud800',
  };
  assert.ok(await store.conversations.create(draft, [messages], entry()));
  const [stored] = await store.conversations.messages(workspaceId, draft.id);
  assert.equal(stored?.text, 'half \ufffd, nothing \ufffd, whole 😀, spelled \\ud83d \\\\u0000');
  assert.equal(stored?.toolName, '\ufffd\ufffd');
});

test('a conversation starts only on an existing revision', async () => {
  const { agent, workspaceId } = await place();
  const draft = draftOf(agent, { revision: 9 });
  assert.equal(await store.conversations.create(draft, [message('Hello')], entry()), undefined);
  assert.equal(await store.conversations.get(workspaceId, draft.id), undefined);
  assert.deepEqual(await store.conversations.messages(workspaceId, draft.id), []);
});

test('of concurrent writes to one version one succeeds, and the others leave no trace', async () => {
  const { agent, workspaceId } = await place();
  const stored = (await store.conversations.create(draftOf(agent), [], entry()))!;
  const writes = Array.from({ length: 5 }, (_, i) => [message(`${i} question`), message(`${i} answer`, 'assistant')]);
  const won = await Promise.all(
    writes.map((messages) => store.conversations.advance(stored, advanceOf(stored), { messages, from: 1 }, entry())),
  );
  assert.equal(won.filter(Boolean).length, 1);
  const messages = await store.conversations.messages(workspaceId, stored.id);
  assert.deepEqual(
    messages.map(({ id, seq }) => [id, seq]),
    writes[won.indexOf(true)]!.map(({ id }, i) => [id, i + 1]),
  );
  const now = await store.conversations.facts(workspaceId, stored.id);
  assert.deepEqual([now?.version, now?.usage, now?.lastActivityAt], [2, { input: 3, output: 5 }, later(1)]);
});

test('messages are read page by page', async () => {
  const { agent, workspaceId } = await place();
  const stored = (await store.conversations.create(draftOf(agent), [], entry()))!;
  const messages = Array.from({ length: 1201 }, (_, i) => message(`${i + 1}`));
  assert.ok(await store.conversations.advance(stored, advanceOf(stored), { messages, from: 1 }));
  assert.equal(await store.conversations.countMessages(workspaceId, stored.id), 1201);
  assert.equal(await store.conversations.countMessages(workspaceId, stored.id, ['assistant']), 0);
  const page = await store.conversations.messages(workspaceId, stored.id, { limit: 3, after: 1199 });
  assert.deepEqual(
    page.map(({ text }) => text),
    ['1200', '1201'],
  );
});

test('lists are newest first and filter by agent, status, dialect and channel', async () => {
  const { agent, workspaceId } = await place();
  const other = await createTestAgent(store, workspaceId);
  const one = (await store.conversations.create(draftOf(agent, { startedAt: later(1) }), [], entry()))!;
  const two = (await store.conversations.create(
    draftOf(other, { startedAt: later(2), dialect: 'agntix' }),
    [],
    entry(),
  ))!;
  const three = (await store.conversations.create(
    draftOf(agent, { startedAt: later(3), channel: 'voice' }),
    [],
    entry(),
  ))!;
  const ended = { ...advanceOf(one), state: { ...one.state, status: 'ended' as const, endReason: 'ended' as const } };
  assert.ok(
    await store.conversations.advance(one, { ...ended, endedAt: later(9) }, { messages: [], from: 1 }, entry()),
  );
  const ids = async (filter: Parameters<typeof store.conversations.list>[1]) =>
    (await store.conversations.list(workspaceId, filter, { limit: 10 })).map(({ id }) => id);
  assert.deepEqual(await ids({}), [three.id, two.id, one.id]);
  assert.deepEqual(await ids({ agentId: agent.id }), [three.id, one.id]);
  assert.deepEqual(await ids({ status: 'open' }), [three.id, two.id]);
  assert.deepEqual(await ids({ status: 'ended' }), [one.id]);
  assert.deepEqual(await ids({ dialect: 'agntix' }), [two.id]);
  assert.deepEqual(await ids({ channel: ['chat'] }), [two.id, one.id]);
  assert.equal(await store.conversations.count(workspaceId, { agentId: agent.id }), 2);
  const rest = await store.conversations.list(workspaceId, {}, { limit: 10, below: three.number });
  assert.deepEqual(
    rest.map(({ id }) => id),
    [two.id, one.id],
  );
});

test('idle conversations are found in every workspace, and open ones are counted by revision', async () => {
  const { agent, workspaceId } = await place();
  const old = (await store.conversations.create(draftOf(agent), [], entry()))!;
  const open = async () => (await store.agents.head(workspaceId, { id: agent.id }))?.openConversations;
  assert.equal(await open(), 1);
  const head = (await reviseTestAgent(store, agent, { name: 'Other' }))!;
  await store.conversations.create(draftOf(head, { lastActivityAt: later(60) }), [], entry());
  const still = (await store.conversations.idleSince(later(30), 1000)).map(({ id }) => id);
  assert.ok(still.includes(old.id));
  assert.deepEqual(
    (await store.conversations.idleSince(later(30), 1000)).filter((one) => one.workspaceId === workspaceId).length,
    1,
  );
  assert.equal(await open(), 2);
  assert.equal(await store.conversations.countOpenOnRevision(workspaceId, agent.id, 1), 1);

  assert.equal(await store.history.remove(workspaceId, agent.id, 1, entry()), false, 'an open one holds it');
  await store.history.prune(workspaceId, agent.id, 2);
  assert.ok(await store.history.get(workspaceId, agent.id, 1));
  const ended = { ...advanceOf(old), state: { ...old.state, status: 'ended' as const, endReason: 'idle' as const } };
  assert.ok(await store.conversations.advance(old, { ...ended, endedAt: later(2) }, { messages: [], from: 1 }));
  assert.equal(await open(), 1);
  assert.equal((await store.agents.head(workspaceId, { number: agent.number }))?.openConversations, 1);
  assert.ok(await store.history.remove(workspaceId, agent.id, 1, entry()), 'an ended one holds nothing');
});

test('a new conversation and the removal of its revision never both succeed', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { agent, workspaceId } = await place();
    await reviseTestAgent(store, agent, { name: 'Other' });
    const draft = draftOf(agent);
    const [stored, removed] = await Promise.all([
      store.conversations.create(draft, [], entry()),
      store.history.remove(workspaceId, agent.id, 1, entry()),
    ]);
    assert.notEqual(stored !== undefined, removed, `round ${round}`);
    assert.equal((await store.history.get(workspaceId, agent.id, 1)) !== undefined, stored !== undefined);
  }
});
