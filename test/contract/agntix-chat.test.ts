/** Agntix's chat over a real socket: streams, their errors and cancellation, and the end of sessions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BASES, openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';

const model = await startModelServer();
let elapsedMs = 0;
const parlance = await openTestServer(
  { ...environmentOf(model), PARLANCE_CHAT_IDLE_MINUTES: '30' },
  { now: () => new Date(Date.now() + elapsedMs) },
);
const address = await parlance.app.http.listen({ port: 0, host: '127.0.0.1' });
const SESSIONS = '/v1/chat/chat/sessions';
const draft = { fullName: 'Ana', description: 'Front desk', role: 'You greet.' };

async function openSession(more: object = {}): Promise<{ tenant: Tenant; agentId: string; id: string }> {
  model.reset();
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: { ...draft, ...more } });
  const agentId = String(agent['id']);
  const { body } = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId } });
  return { tenant, agentId, id: String(body['id']) };
}

const say = (tenant: Tenant, id: string, content: string, init: RequestInit = {}) =>
  fetch(`${address}${BASES.agntix}${SESSIONS}/${id}/messages`, {
    method: 'POST',
    body: JSON.stringify({ content }),
    ...init,
    headers: { 'content-type': 'application/json', 'x-api-key': tenant.keys.agntix, ...(init.headers as object) },
  });

type Piece = { id: string; delta: string };
/** Each event is one line of data and a blank line, without a name. */
const dataOf = (text: string): string[] => {
  assert.ok(text.endsWith('\n\n'), text);
  return text
    .slice(0, -2)
    .split('\n\n')
    .filter((event) => event !== ':')
    .map((event) => {
      assert.match(event, /^data: [^\n]*$/);
      return event.slice(6);
    });
};
const messagesOf = async (tenant: Tenant, id: string) =>
  (await tenant.ask('agntix', 'GET', `${SESSIONS}/${id}/messages`)).body['data'] as {
    id: string;
    role: string;
    content: string;
    metadata: unknown;
  }[];

test('an answer is a stream of pieces with the id of their message, and ends with [DONE]', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Good ', 'morning, ', 'Bo.'] });
  const response = await say(tenant, id, 'Hello');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.match(response.headers.get('cache-control') ?? '', /no-cache/);
  const data = dataOf(await response.text());
  assert.equal(data.at(-1), '[DONE]');
  const pieces = data.slice(0, -1).map((text) => JSON.parse(text) as Piece);
  for (const piece of pieces) assert.deepEqual(Object.keys(piece), ['id', 'delta']);
  const [question, answer] = await messagesOf(tenant, id);
  assert.deepEqual([question?.role, question?.content], ['USER', 'Hello']);
  assert.deepEqual([answer?.role, answer?.content], ['ASSISTANT', 'Good morning, Bo.']);
  assert.deepEqual([...new Set(pieces.map((piece) => piece.id))], [answer?.id]);
  assert.equal(pieces.map(({ delta }) => delta).join(''), 'Good morning, Bo.');
});

test('a piece is sent at once, before the model has finished', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['First ', 'second'], betweenMs: 1500 });
  const reader = (await say(tenant, id, 'Hello')).body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  assert.match(String(first.value), /"delta":"First/);
  assert.doesNotMatch(String(first.value), /second/);
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  assert.match(rest, /second/);
  assert.ok(rest.endsWith('data: [DONE]\n\n'));
});

test('announcements during a tool call are pieces, and each piece belongs to a stored message', async () => {
  const { tenant, agentId } = await openSession();
  const { body: tool } = await tenant.ask('agntix', 'POST', '/v1/chat/tools', {
    body: {
      ...{ name: 'LOOK_UP', description: 'Looks something up', type: 'API_TOOL', preExecutionMessage: 'One moment.' },
      ...{ apiTool: { url: 'http://127.0.0.1:9/', method: 'GET' }, ajvPropertiesSchema: { type: 'object' } },
    },
  });
  await tenant.ask('agntix', 'PATCH', `/v2/chat/agents/${agentId}`, { body: { tools: [tool['id']] } });
  const { body: session } = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId } });
  const id = String(session['id']);
  model.plan({ say: 'Let me see. ', calls: [{ name: 'LOOK_UP', input: {} }] }, { say: ['Nothing ', 'there.'] });
  const pieces = dataOf(await (await say(tenant, id, 'Hello')).text())
    .slice(0, -1)
    .map((text) => JSON.parse(text) as Piece);
  assert.equal(pieces.map(({ delta }) => delta).join(''), 'Let me see. One moment.Nothing there.');
  const messages = await messagesOf(tenant, id);
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['USER', 'ASSISTANT', 'SYSTEM', 'TOOL', 'ASSISTANT'],
  );
  const answerIds = messages
    .filter(({ role }) => role === 'ASSISTANT' || role === 'SYSTEM')
    .map((message) => message.id);
  assert.deepEqual([...new Set(pieces.map((piece) => piece.id))], answerIds);
});

test('a model that fails half-way is an error in the stream, and the session continues', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Half a sen'], cut: 'torn' });
  const data = dataOf(await (await say(tenant, id, 'Hello')).text());
  assert.match(data[0]!, /Half a sen/);
  const failure = JSON.parse(data.at(-2)!) as { error: { code: string; message: string } };
  assert.equal(failure.error.code, 'GENERIC_ERROR');
  assert.deepEqual(Object.keys(failure.error), ['code', 'message']);
  assert.equal(data.at(-1), '[DONE]');
  assert.equal(data.filter((text) => text === '[DONE]').length, 1);
  const [, broken] = await messagesOf(tenant, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Half a sen', { failed: true }]);

  model.plan({ say: 'Here I am again.' });
  const next = await tenant.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Are you there?', stream: false },
  });
  assert.deepEqual([next.status, next.body['content']], [200, 'Here I am again.']);
});

test('without streaming, a model that fails is an error with a status', async () => {
  const { tenant, id } = await openSession();
  model.always({ status: 400, error: { error: { message: 'no' } } });
  const { status, body } = await tenant.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  assert.deepEqual([status, (body['error'] as { code: string }).code], [502, 'GENERIC_ERROR']);
});

test('a client that disconnects cancels the answer, and the text so far is stored', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Listen: '], stall: true });
  const client = new AbortController();
  const response = await say(tenant, id, 'Tell me', { signal: client.signal });
  await response.body!.getReader().read();
  client.abort();
  await model.requests[0]!.closed;
  for (let tries = 0; (await messagesOf(tenant, id)).length < 2 && tries < 100; tries += 1) await sleep(20);
  const [, broken] = await messagesOf(tenant, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Listen: ', { failed: true }]);
  const { body } = await tenant.ask('agntix', 'GET', `${SESSIONS}/${id}`);
  assert.equal(body['state'], 'OPEN');
});

test('a request with a repeated idempotency key is answered once', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Only ', 'once.'] });
  const headers = { 'idempotency-key': `once-${id}` };
  const first = dataOf(await (await say(tenant, id, 'Hello', { headers })).text());
  const again = dataOf(await (await say(tenant, id, 'Hello', { headers })).text());
  const text = (data: string[]) =>
    data
      .slice(0, -1)
      .map((piece) => (JSON.parse(piece) as Piece).delta)
      .join('');
  assert.deepEqual([text(first), text(again), again.at(-1)], ['Only once.', 'Only once.', '[DONE]']);
  assert.equal(model.requests.length, 1);
  assert.equal((await messagesOf(tenant, id)).length, 2);
});

test('a session without activity expires', async () => {
  const { tenant, id } = await openSession();
  elapsedMs = 31 * 60_000;
  await parlance.app.services.conversations.endIdle();
  const { status, body } = await tenant.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Hello?' },
  });
  const { code, message } = body['error'] as { code: string; message: string };
  assert.deepEqual([status, code], [409, 'SESSION_EXPIRED']);
  assert.equal(message, 'The session ended after too long without activity; start a new one.');
  const { body: session } = await tenant.ask('agntix', 'GET', `${SESSIONS}/${id}`);
  assert.equal(session['state'], 'CLOSED');
});

test('metadata has at most 4096 characters', async () => {
  const { tenant, agentId } = await openSession();
  const note = (length: number) => ({ note: 'x'.repeat(length - '{"note":""}'.length) });
  const stored = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4096) } });
  assert.deepEqual([stored.status, stored.body['metadata']], [201, note(4096)]);
  const refused = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4097) } });
  const { message } = refused.body['error'] as { message: string };
  assert.deepEqual([refused.status, message], [400, 'metadata must be at most 4096 characters of JSON']);
});

test('clients without a key are limited by IP address', async () => {
  const strict = await openTestServer();
  const tenant = await strict.workspace();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: { ...draft, isPublic: true } });
  const body = { agentId: agent['id'] };
  const create = () => tenant.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', { key: null, body });
  const statuses: number[] = [];
  for (let i = 0; i < 250 && statuses.at(-1) !== 429; i += 1) statuses.push((await create()).status);
  assert.equal(statuses.at(-1), 429);
  assert.ok(statuses.length > 100, `refused after ${statuses.length}`);
  assert.deepEqual([...new Set(statuses)], [201, 429]);
});

type StreamEvent = { name: string; data: Record<string, unknown> };

/** Opens an event stream. `next` waits for a number of events, and `close` disconnects. */
async function openStream(path: string, headers: Record<string, string>) {
  const client = new AbortController();
  const response = await fetch(`${address}${BASES.agntix}${path}`, { headers, signal: client.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    async next(count: number): Promise<StreamEvent[]> {
      const complete = () => text.split('\n\n').slice(0, -1);
      while (complete().length < count) text = (text + ((await reader.read()).value ?? '')).replace(/^:\n\n/gm, '');
      const events = complete().slice(0, count);
      text = text.split('\n\n').slice(count).join('\n\n');
      return events.map((event) => {
        const [, name = '', data = ''] = /^event: (.+)\ndata: (.+)$/.exec(event) ?? [];
        return { name, data: JSON.parse(data) };
      });
    },
    close: () => client.abort(),
  };
}

test('the event stream sends the events of one organization only', async () => {
  const { tenant, agentId } = await openSession({ isPublic: true });
  const other = await openSession();
  const stream = await openStream('/v1/chat/events/stream', { 'x-api-key': tenant.keys.agntix });
  assert.deepEqual([stream.status, stream.type], [200, 'text/event-stream; charset=utf-8']);
  const [first] = await stream.next(1);
  assert.equal(first?.name, 'heartbeat');
  await other.tenant.ask('agntix', 'PATCH', `${SESSIONS}/${other.id}/close`);
  await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId }, headers: { 'parlance-dry-run': '1' } });

  const { body: session } = await tenant.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', {
    key: null,
    body: { agentId },
  });
  await tenant.ask('agntix', 'POST', `${SESSIONS}/${session['id']}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  const { body: closed } = await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${session['id']}/close`);
  await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${session['id']}/close`);
  const [started, question, answer, ended] = await stream.next(4);
  assert.deepEqual(started, { name: 'session.started', data: session });
  const messages = await messagesOf(tenant, String(session['id']));
  assert.deepEqual(
    [question, answer],
    messages.map((message) => ({ name: 'message.added', data: { sessionId: session['id'], ...message } })),
  );
  assert.deepEqual(ended, { name: 'session.ended', data: closed });
  stream.close();
});

test('only the event stream accepts a key in the URL', async () => {
  const { tenant } = await openSession();
  const token = `?token=${tenant.keys.agntix}`;
  const stream = await openStream(`/v1/chat/events/stream${token}`, {});
  assert.equal(stream.status, 200);
  stream.close();
  const statusOf = async (path: string) => (await fetch(`${address}${BASES.agntix}${path}`)).status;
  assert.equal(await statusOf('/v1/chat/events/stream'), 401);
  assert.equal(await statusOf('/v1/chat/events/stream?token=pk_wrong'), 401);
  assert.equal(await statusOf(`${SESSIONS}${token}`), 401);
  const key = await tenant.key('agntix', { scopes: ['agents:read'] });
  assert.equal(await statusOf(`/v1/chat/events/stream?token=${key}`), 403);
});

test('a server that closes ends its event streams', async () => {
  const closing = await openTestServer();
  const tenant = await closing.workspace();
  const at = await closing.app.http.listen({ port: 0, host: '127.0.0.1' });
  const response = await fetch(`${at}${BASES.agntix}/v1/chat/events/stream`, {
    headers: { 'x-api-key': tenant.keys.agntix },
  });
  const reader = response.body!.getReader();
  await reader.read();
  await closing.app.close();
  const { done } = await reader.read();
  assert.equal(done, true);
});
