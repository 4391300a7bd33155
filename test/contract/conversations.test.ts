/** Conversations over real sockets, across restarts, and with models that fail. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { type LanguageModel, ModelFailure, type ModelRequest } from '../../src/conversations/ports.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createScriptedModel } from '../../src/providers/llm/scripted.ts';
import { configOf, openTestServer, type Tenant, type TestServer } from '../harness.ts';

/** The scripted answers of the model, by the last message of the user. */
type Act = (request: ModelRequest) => AsyncIterable<{ delta: string } | { call: string; input?: JsonObject }>;
const acts = new Map<string, Act>();
const requests: ModelRequest[] = [];
const model: LanguageModel = {
  async *answer(asking) {
    requests.push({ ...asking, messages: [...asking.messages] });
    const question = asking.messages.findLast(({ role }) => role === 'user')?.text ?? '';
    const act = acts.get(question);
    if (!act) yield { type: 'delta', text: `You said ${question}` };
    let calls = 0;
    for await (const part of act?.(asking) ?? []) {
      if ('delta' in part) yield { type: 'delta', text: part.delta };
      else yield { type: 'call', call: { id: `call-${calls++}`, name: part.call, input: part.input ?? {} } };
    }
    yield { type: 'done', usage: { input: 2, output: 3 }, model: asking.model };
  },
};

const parlance: TestServer = await openTestServer({}, { providers: { model } });
let port = 0;
before(async () => {
  await parlance.app.http.listen({ host: '127.0.0.1', port: 0 });
  port = (parlance.app.http.server.address() as AddressInfo).port;
});

interface Sent {
  event: string;
  data: JsonObject;
}
interface Stream {
  response: IncomingMessage;
  /** The next event; undefined at the end of the stream. */
  next(): Promise<Sent | undefined>;
  rest(): Promise<Sent[]>;
  hangUp(): void;
}

/** Sends a message over a real connection and reads the stream. */
function listen(tenant: Tenant, path: string, body: unknown): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        ...{ host: '127.0.0.1', port, path: `/v1${path}`, method: 'POST', agent: false },
        headers: { authorization: `Bearer ${tenant.keys.native}`, 'content-type': 'application/json' },
      },
      (response) => {
        response.setEncoding('utf8');
        const chunks = response[Symbol.asyncIterator]() as AsyncIterator<string>;
        let text = '';
        const next = async (): Promise<Sent | undefined> => {
          while (!text.includes('\n\n')) {
            const { value, done } = await chunks.next();
            if (done) return undefined;
            text += value;
          }
          const [block = ''] = text.split('\n\n');
          text = text.slice(block.length + 2);
          const [, event = ''] = /^event: (.*)$/m.exec(block) ?? [];
          return { event, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}') as JsonObject };
        };
        const rest = async (): Promise<Sent[]> => {
          const all: Sent[] = [];
          for (let one = await next(); one; one = await next()) all.push(one);
          return all;
        };
        resolve({ response, next, rest, hangUp: () => asking.destroy() });
      },
    );
    asking.on('error', reject);
    asking.end(JSON.stringify(body));
  });
}

async function startConversation(facts: JsonObject = {}, draft: JsonObject = {}) {
  const tenant = await parlance.workspace();
  const agent = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana', ...facts } });
  assert.equal(agent.status, 201, agent.text);
  const agentId = String(agent.body['id']);
  const conversation = await tenant.ask('native', 'POST', '/conversations', { body: { agentId, ...draft } });
  assert.equal(conversation.status, 201, conversation.text);
  const id = String(conversation.body['id']);
  return {
    tenant,
    agentId,
    id,
    path: `/conversations/${id}`,
    say: (content: string) => tenant.ask('native', 'POST', `/conversations/${id}/messages`, { body: { content } }),
    transcript: async () => {
      const { body } = await tenant.ask('native', 'GET', `/conversations/${id}/messages?limit=200`);
      return (body['data'] as JsonObject[]).map(({ role, content, failed }) => [
        role,
        content,
        ...(failed ? ['failed'] : []),
      ]);
    },
  };
}

/** A promise that the test resolves. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

test('a stream sends every delta as it arrives, then the message, then the end', async () => {
  const { tenant, path, transcript } = await startConversation();
  const hold = gate();
  acts.set('slowly', async function* () {
    yield { delta: 'One ' };
    await hold.passed;
    yield { delta: 'two.' };
  });
  const stream = await listen(tenant, `${path}/messages`, { content: 'slowly', stream: true });
  assert.match(String(stream.response.headers['content-type']), /^text\/event-stream/);
  const own = (await stream.next())!;
  assert.equal(own.event, 'message.completed');
  assert.equal((own.data['message'] as JsonObject)['content'], 'slowly');
  const first = await stream.next();
  assert.deepEqual([first?.event, first?.data['delta']], ['message.delta', 'One '], 'before the message is complete');
  hold.open();
  const rest = await stream.rest();
  assert.deepEqual(
    rest.map(({ event }) => event),
    ['message.delta', 'message.completed', 'done'],
  );
  const message = rest[1]!.data['message'] as JsonObject;
  assert.deepEqual([message['id'], message['content']], [first!.data['id'], 'One two.']);
  assert.deepEqual(rest[2]!.data, { usage: { input: 2, output: 3 }, state: 'open' });
  assert.deepEqual(await transcript(), [
    ['user', 'slowly'],
    ['assistant', 'One two.'],
  ]);
});

test('a stream reports tool calls and hand-offs', async () => {
  const tenant = await parlance.workspace();
  const bea = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Bea', role: 'You are Bea.' } });
  const beaId = String(bea.body['id']);
  const slug = { id: '018f3c9e-7a2b-7c4d-8e5f-0123456789ab', slug: 'bea', agentId: beaId };
  const ana = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana', subAgents: [slug] } });
  const agentId = String(ana.body['id']);
  const { body } = await tenant.ask('native', 'POST', '/conversations', { body: { agentId } });
  acts.set('Bea, please', async function* ({ system }) {
    if (system.includes('You are Bea.')) yield { delta: 'Bea here.' };
    else yield { call: 'transfer_to_bea' };
  });
  const path = `/conversations/${body['id']}/messages`;
  const stream = await listen(tenant, path, { content: 'Bea, please', stream: true });
  const events = await stream.rest();
  assert.deepEqual(
    events.map(({ event }) => event),
    [
      ...['message.completed', 'message.completed', 'tool.called', 'handoff', 'message.completed'],
      ...['message.delta', 'message.completed', 'done'],
    ],
  );
  assert.deepEqual(events[2]!.data, { id: 'call-0', name: 'transfer_to_bea', input: {} });
  assert.deepEqual(events[3]!.data, { agentId: beaId });
  assert.equal((events.at(-2)!.data['message'] as JsonObject)['agentId'], beaId);
});

test('an update in the middle of a turn reaches the next conversation only', async () => {
  const { tenant, agentId, path, say } = await startConversation({ role: 'You are the first.' });
  const hold = gate();
  acts.set('wait for it', async function* ({ system }) {
    await hold.passed;
    yield { delta: system.includes('the first') ? 'first' : 'second' };
  });
  const answer = tenant.ask('native', 'POST', `${path}/messages`, { body: { content: 'wait for it' } });
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { role: 'You are the second.' } });
  hold.open();
  assert.equal(((await answer).body['messages'] as JsonObject[])[1]!['content'], 'first');
  assert.equal(((await say('wait for it')).body['messages'] as JsonObject[])[1]!['content'], 'first');
  const next = await tenant.ask('native', 'POST', '/conversations', { body: { agentId } });
  const other = await tenant.ask('native', 'POST', `/conversations/${next.body['id']}/messages`, {
    body: { content: 'wait for it' },
  });
  assert.equal((other.body['messages'] as JsonObject[])[1]!['content'], 'second');
});

test('concurrent messages wait for each other, and each sees the ones before', async () => {
  const { tenant, path, transcript } = await startConversation();
  const texts = Array.from({ length: 8 }, (_, i) => `word ${i}`);
  const answers = await Promise.all(
    texts.map((content) => tenant.ask('native', 'POST', `${path}/messages`, { body: { content } })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    texts.map(() => 200),
  );
  assert.deepEqual(
    await transcript(),
    texts.flatMap((word) => [
      ['user', word],
      ['assistant', `You said ${word}`],
    ]),
  );
  const last = requests.findLast(({ messages }) => messages.at(-1)?.text === 'word 7');
  assert.equal(last?.messages.length, 15);
});

test('a broken stream aborts the model, its text is stored, and the conversation continues', async () => {
  const { tenant, path, say, transcript } = await startConversation();
  let calledOff: AbortSignal | undefined;
  acts.set('for ever', async function* ({ signal }) {
    calledOff = signal;
    yield { delta: 'And so on' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    signal.throwIfAborted();
  });
  const stream = await listen(tenant, `${path}/messages`, { content: 'for ever', stream: true });
  await stream.next();
  await stream.next();
  stream.hangUp();
  assert.equal((await say('still there?')).status, 200, 'it takes its turn once the other one is called off');
  assert.equal(calledOff?.aborted, true);
  assert.deepEqual(await transcript(), [
    ['user', 'for ever'],
    ['assistant', 'And so on', 'failed'],
    ['user', 'still there?'],
    ['assistant', 'You said still there?'],
  ]);
});

test('the turn waits for a client that reads nothing, and nothing is buffered meanwhile', async () => {
  const { tenant, path } = await startConversation();
  let told = 0;
  acts.set('a lot', async function* () {
    for (; told < 20_000; told += 1) yield { delta: 'x'.repeat(10_000) };
  });
  const stream = await listen(tenant, `${path}/messages`, { content: 'a lot', stream: true });
  stream.response.pause();
  let before = -1;
  while (told !== before) {
    before = told;
    await sleep(200);
  }
  assert.ok(told < 2000, `the model stopped after ${told} of 20000 pieces`);
  stream.hangUp();
  const { body } = await tenant.ask('native', 'GET', path);
  assert.equal(body['state'], 'open');
});

test('a failure of the model is reported, and the conversation continues', async () => {
  const { tenant, path, say, transcript } = await startConversation();
  acts.set('fail', async function* () {
    yield { delta: 'Well, ' };
    throw new ModelFailure('cut', 'The stream ended.');
  });
  acts.set('fail at once', async function* () {
    yield* [];
    throw new ModelFailure('rate-limited', 'Too many.');
  });
  const answer = await say('fail at once');
  assert.deepEqual([answer.status, answer.body['code']], [502, 'model_failed']);
  assert.equal(
    answer.body['detail'],
    'The model is asked too often at the moment; the messages of the turn are stored.',
  );
  const events = await (await listen(tenant, `${path}/messages`, { content: 'fail', stream: true })).rest();
  assert.deepEqual(
    events.map(({ event }) => event),
    ['message.completed', 'message.delta', 'message.completed', 'error', 'done'],
  );
  assert.deepEqual(events[3]!.data, {
    code: 'model_failed',
    message: 'The model broke off; the messages of the turn are stored.',
  });
  assert.equal((await say('again')).status, 200);
  assert.deepEqual(await transcript(), [
    ['user', 'fail at once'],
    ['user', 'fail'],
    ['assistant', 'Well, ', 'failed'],
    ['user', 'again'],
    ['assistant', 'You said again'],
  ]);
});

test('an idle chat is ended', async () => {
  let time = Date.parse('2026-05-01T10:00:00.000Z');
  const pass = (minutes: number) => {
    time += minutes * 60_000;
  };
  const quiet = await openTestServer(
    { PARLANCE_CHAT_IDLE_MINUTES: '10' },
    { now: () => new Date(time), providers: { model: createScriptedModel([], { otherwise: [{ say: 'Yes.' }] }) } },
  );
  const tenant = await quiet.workspace();
  const agent = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  const begin = async () => {
    const { body } = await tenant.ask('native', 'POST', '/conversations', { body: { agentId: agent.body['id'] } });
    return String(body['id']);
  };
  const [still, busy] = [await begin(), await begin()];
  pass(9);
  await tenant.ask('native', 'POST', `/conversations/${busy}/messages`, { body: { content: 'Hello?' } });
  pass(2);
  await quiet.app.services.conversations.endIdle();
  const state = async (id: string) => {
    const { body } = await tenant.ask('native', 'GET', `/conversations/${id}`);
    return [body['state'], body['endReason'], body['endedAt']];
  };
  assert.deepEqual(await state(still), ['ended', 'idle', '2026-05-01T10:11:00.000Z']);
  assert.deepEqual(await state(busy), ['open', null, null]);
  const refused = await tenant.ask('native', 'POST', `/conversations/${still}/messages`, {
    body: { content: 'Hello?' },
  });
  assert.equal(refused.body['detail'], 'The conversation ended after too long without activity; start a new one.');
  const { body: auditLog } = await tenant.ask('native', 'GET', `/audit?target=${still}&action=conversation.ended`);
  const [line] = auditLog['data'] as [JsonObject];
  assert.deepEqual([line['by'], (line['detail'] as JsonObject)['reason']], ['system', 'idle']);
});

test('an open conversation survives a restart with every value of its start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-test-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const open = () => createApp(configOf({}, directory), { providers: { model } });
  const ask = async (
    app: Awaited<ReturnType<typeof open>>,
    key: string,
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
  ) => {
    const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await app.http.inject({
      ...{ method, url: `/v1${path}`, headers },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    });
    return JSON.parse(answer.payload) as JsonObject;
  };
  const first = await open();
  const { accounts } = first.services;
  const { id: workspaceId } = await accounts.createWorkspace('Lasting');
  const { value: key } = await accounts.createKey({ workspaceId, dialect: 'native' });
  const agent = await ask(first, key, 'POST', '/agents', { name: 'Ana', role: 'You came first.' });
  const { id } = await ask(first, key, 'POST', '/conversations', { agentId: agent['id'] });
  await ask(first, key, 'POST', `/conversations/${id}/messages`, { content: 'before' });
  await ask(first, key, 'PATCH', `/agents/${agent['id']}`, { role: 'You came second.' });

  // Closing the server aborts the running turn, and its text is stored.
  acts.set('while it closes', async function* ({ signal }) {
    yield { delta: 'I was about to' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  const broken = ask(first, key, 'POST', `/conversations/${id}/messages`, { content: 'while it closes' });
  while (!requests.some(({ messages }) => messages.at(-1)?.text === 'while it closes')) await sleep(5);
  await first.close();
  assert.equal((await broken)['code'], 'model_failed');

  const second = await open();
  after(() => second.close());
  const { messages } = await ask(second, key, 'POST', `/conversations/${id}/messages`, { content: 'after' });
  assert.equal((messages as JsonObject[])[1]!['content'], 'You said after');
  const { system, messages: told } = requests.at(-1)!;
  assert.match(system, /You came first/);
  assert.deepEqual(
    told.map(({ text }) => text),
    ['before', 'You said before', 'while it closes', 'I was about to', 'after'],
  );
});

test('clients without a key reach public agents, and the conversations that such clients started', async () => {
  const { tenant, agentId, id } = await startConversation({ visibility: 'public' });
  const { conversations } = parlance.app.services;
  const stranger = await conversations.publicCaller('agntix', { agentId });
  const { conversation } = await conversations.create(stranger, { agent: { id: agentId }, channel: 'chat' });
  assert.equal(conversation.by, 'public');
  const again = await conversations.publicCaller('agntix', { conversationId: conversation.id });
  const said = await conversations.say(again, conversation.id, () => 'hello');
  assert.equal(said.messages.at(-1)?.text, 'You said hello');
  await assert.rejects(conversations.publicCaller('agntix', { conversationId: id }), { code: 'conversation_missing' });
  await assert.rejects(conversations.get(stranger, id), { code: 'conversation_missing' });
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { visibility: 'private' } });
  await assert.rejects(conversations.publicCaller('agntix', { agentId }), { code: 'agent_missing' });
  await assert.rejects(conversations.create(stranger, { agent: { id: agentId }, channel: 'chat' }), {
    code: 'agent_missing',
  });
});
