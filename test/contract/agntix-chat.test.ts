/** Agntix's chat over a real socket: the stream as its clients read it, what breaks it off, and what ends a session. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BASES, openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';

const model = await startModelServer();
let late = 0;
const parlance = await openTestServer(
  { ...environmentOf(model), PARLANCE_CHAT_IDLE_MINUTES: '30' },
  { now: () => new Date(Date.now() + late) },
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
/** Every event is one line of data and a blank line, and has no name. */
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

test('an answer is a stream of pieces under the id that its message has, ended by [DONE]', async () => {
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

test('a piece is sent when the model says it, not when it is done', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['First ', 'second'], betweenMs: 1500 });
  const started = Date.now();
  const reader = (await say(tenant, id, 'Hello')).body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  assert.match(String(first.value), /"delta":"First/);
  assert.ok(Date.now() - started < 1400, 'before the second piece is there');
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  assert.match(rest, /second/);
  assert.ok(rest.endsWith('data: [DONE]\n\n'));
});

test('what is said while a tool is at work is a piece too, and each piece is part of a message that can be read', async () => {
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
  const said = await messagesOf(tenant, id);
  assert.deepEqual(
    said.map(({ role }) => role),
    ['USER', 'ASSISTANT', 'SYSTEM', 'TOOL', 'ASSISTANT'],
  );
  const heard = said.filter(({ role }) => role === 'ASSISTANT' || role === 'SYSTEM').map((message) => message.id);
  assert.deepEqual([...new Set(pieces.map((piece) => piece.id))], heard);
});

test('a model that breaks off is an error in the stream, and the session goes on', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Half a sen'], cut: 'torn' });
  const data = dataOf(await (await say(tenant, id, 'Hello')).text());
  assert.match(data[0]!, /Half a sen/);
  const told = JSON.parse(data.at(-2)!) as { error: { code: string; message: string } };
  assert.equal(told.error.code, 'GENERIC_ERROR');
  assert.deepEqual(Object.keys(told.error), ['code', 'message']);
  assert.equal(data.at(-1), '[DONE]');
  assert.equal(data.filter((text) => text === '[DONE]').length, 1);
  const [, broken] = await messagesOf(tenant, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Half a sen', { failed: true }]);

  model.plan({ say: 'Here I am again.' });
  const whole = await tenant.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Are you there?', stream: false },
  });
  assert.deepEqual([whole.status, whole.body['content']], [200, 'Here I am again.']);
});

test('a whole answer that cannot be had is an error with a status', async () => {
  const { tenant, id } = await openSession();
  model.always({ status: 400, error: { error: { message: 'no' } } });
  const { status, body } = await tenant.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  assert.deepEqual([status, (body['error'] as { code: string }).code], [502, 'GENERIC_ERROR']);
});

test('who hangs up calls the answer off; what was said is kept', async () => {
  const { tenant, id } = await openSession();
  model.plan({ say: ['Listen: '], stall: true });
  const hangUp = new AbortController();
  const response = await say(tenant, id, 'Tell me', { signal: hangUp.signal });
  await response.body!.getReader().read();
  hangUp.abort();
  await model.requests[0]!.closed;
  for (let tries = 0; (await messagesOf(tenant, id)).length < 2 && tries < 100; tries += 1) await sleep(20);
  const [, broken] = await messagesOf(tenant, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Listen: ', { failed: true }]);
  const { body } = await tenant.ask('agntix', 'GET', `${SESSIONS}/${id}`);
  assert.equal(body['state'], 'OPEN');
});

test('the same request under one idempotency key is answered once', async () => {
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

test('a session that was still for too long has expired', async () => {
  const { tenant, id } = await openSession();
  late = 31 * 60_000;
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

test('metadata has at most 4096 characters in all', async () => {
  const { tenant, agentId } = await openSession();
  const note = (length: number) => ({ note: 'x'.repeat(length - '{"note":""}'.length) });
  const kept = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4096) } });
  assert.deepEqual([kept.status, kept.body['metadata']], [201, note(4096)]);
  const refused = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4097) } });
  const { message } = refused.body['error'] as { message: string };
  assert.deepEqual([refused.status, message], [400, 'metadata must be at most 4096 characters of JSON']);
});

test('a stranger at one address asks so much in a minute and no more', async () => {
  const strict = await openTestServer();
  const tenant = await strict.workspace();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: { ...draft, isPublic: true } });
  const body = { agentId: agent['id'] };
  const begin = () => tenant.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', { key: null, body });
  const statuses: number[] = [];
  for (let i = 0; i < 250 && statuses.at(-1) !== 429; i += 1) statuses.push((await begin()).status);
  assert.equal(statuses.at(-1), 429);
  assert.ok(statuses.length > 100, `refused after ${statuses.length}`);
  assert.deepEqual([...new Set(statuses)], [201, 429]);
});

type Told = { name: string; data: Record<string, unknown> };

/** Listens until so many events have come, and hangs up. */
async function listen(path: string, headers: Record<string, string>) {
  const hangUp = new AbortController();
  const response = await fetch(`${address}${BASES.agntix}${path}`, { headers, signal: hangUp.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    async next(count: number): Promise<Told[]> {
      const whole = () => text.split('\n\n').slice(0, -1);
      while (whole().length < count) text = (text + ((await reader.read()).value ?? '')).replace(/^:\n\n/gm, '');
      const events = whole().slice(0, count);
      text = text.split('\n\n').slice(count).join('\n\n');
      return events.map((event) => {
        const [, name = '', data = ''] = /^event: (.+)\ndata: (.+)$/.exec(event) ?? [];
        return { name, data: JSON.parse(data) };
      });
    },
    hangUp: () => hangUp.abort(),
  };
}

test('who watches the events hears what happens in the sessions of the organisation, and nothing of others', async () => {
  const { tenant, agentId } = await openSession({ isPublic: true });
  const other = await openSession();
  const stream = await listen('/v1/chat/events/stream', { 'x-api-key': tenant.keys.agntix });
  assert.deepEqual([stream.status, stream.type], [200, 'text/event-stream; charset=utf-8']);
  const [hello] = await stream.next(1);
  assert.equal(hello?.name, 'heartbeat');
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
  const said = await messagesOf(tenant, String(session['id']));
  assert.deepEqual(
    [question, answer],
    said.map((message) => ({ name: 'message.added', data: { sessionId: session['id'], ...message } })),
  );
  assert.deepEqual(ended, { name: 'session.ended', data: closed });
  stream.hangUp();
});

test('a browser shows its key in the address, there and nowhere else', async () => {
  const { tenant } = await openSession();
  const token = `?token=${tenant.keys.agntix}`;
  const stream = await listen(`/v1/chat/events/stream${token}`, {});
  assert.equal(stream.status, 200);
  stream.hangUp();
  const statusOf = async (path: string) => (await fetch(`${address}${BASES.agntix}${path}`)).status;
  assert.equal(await statusOf('/v1/chat/events/stream'), 401);
  assert.equal(await statusOf('/v1/chat/events/stream?token=pk_wrong'), 401);
  assert.equal(await statusOf(`${SESSIONS}${token}`), 401);
  const key = await tenant.key('agntix', { scopes: ['agents:read'] });
  assert.equal(await statusOf(`/v1/chat/events/stream?token=${key}`), 403);
});

test('a house that closes ends the streams of events', async () => {
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
