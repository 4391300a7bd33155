/** Agntix's chat over a real socket: the stream as its clients read it, what breaks it off, and what ends a session. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf, startModelServer } from '../engines/model-server.ts';
import { BASES, type Guest, openHouse } from '../harness.ts';

const model = await startModelServer();
let late = 0;
const house = await openHouse(
  { ...environmentOf(model), PARLANCE_CHAT_IDLE_MINUTES: '30' },
  { now: () => new Date(Date.now() + late) },
);
const address = await house.app.http.listen({ port: 0, host: '127.0.0.1' });
const SESSIONS = '/v1/chat/chat/sessions';
const draft = { fullName: 'Ana', description: 'Front desk', role: 'You greet.' };

async function openSession(more: object = {}): Promise<{ guest: Guest; agentId: string; id: string }> {
  model.reset();
  const guest = await house.workspace();
  const { body: agent } = await guest.ask('agntix', 'POST', '/v2/chat/agents', { body: { ...draft, ...more } });
  const agentId = String(agent['id']);
  const { body } = await guest.ask('agntix', 'POST', SESSIONS, { body: { agentId } });
  return { guest, agentId, id: String(body['id']) };
}

const say = (guest: Guest, id: string, content: string, init: RequestInit = {}) =>
  fetch(`${address}${BASES.agntix}${SESSIONS}/${id}/messages`, {
    method: 'POST',
    body: JSON.stringify({ content }),
    ...init,
    headers: { 'content-type': 'application/json', 'x-api-key': guest.keys.agntix, ...(init.headers as object) },
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
const messagesOf = async (guest: Guest, id: string) =>
  (await guest.ask('agntix', 'GET', `${SESSIONS}/${id}/messages`)).body['data'] as {
    id: string;
    role: string;
    content: string;
    metadata: unknown;
  }[];

test('an answer is a stream of pieces under the id that its message has, ended by [DONE]', async () => {
  const { guest, id } = await openSession();
  model.plan({ say: ['Good ', 'morning, ', 'Bo.'] });
  const response = await say(guest, id, 'Hello');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.match(response.headers.get('cache-control') ?? '', /no-cache/);
  const data = dataOf(await response.text());
  assert.equal(data.at(-1), '[DONE]');
  const pieces = data.slice(0, -1).map((text) => JSON.parse(text) as Piece);
  for (const piece of pieces) assert.deepEqual(Object.keys(piece), ['id', 'delta']);
  const [question, answer] = await messagesOf(guest, id);
  assert.deepEqual([question?.role, question?.content], ['USER', 'Hello']);
  assert.deepEqual([answer?.role, answer?.content], ['ASSISTANT', 'Good morning, Bo.']);
  assert.deepEqual([...new Set(pieces.map((piece) => piece.id))], [answer?.id]);
  assert.equal(pieces.map(({ delta }) => delta).join(''), 'Good morning, Bo.');
});

test('a piece is sent when the model says it, not when it is done', async () => {
  const { guest, id } = await openSession();
  model.plan({ say: ['First ', 'second'], betweenMs: 1500 });
  const started = Date.now();
  const reader = (await say(guest, id, 'Hello')).body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  assert.match(String(first.value), /"delta":"First/);
  assert.ok(Date.now() - started < 1400, 'before the second piece is there');
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  assert.match(rest, /second/);
  assert.ok(rest.endsWith('data: [DONE]\n\n'));
});

test('a model that breaks off is an error in the stream, and the session goes on', async () => {
  const { guest, id } = await openSession();
  model.plan({ say: ['Half a sen'], cut: 'torn' });
  const data = dataOf(await (await say(guest, id, 'Hello')).text());
  assert.match(data[0]!, /Half a sen/);
  const told = JSON.parse(data.at(-2)!) as { error: { code: string; message: string } };
  assert.equal(told.error.code, 'GENERIC_ERROR');
  assert.deepEqual(Object.keys(told.error), ['code', 'message']);
  assert.equal(data.at(-1), '[DONE]');
  assert.equal(data.filter((text) => text === '[DONE]').length, 1);
  const [, broken] = await messagesOf(guest, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Half a sen', { failed: true }]);

  model.plan({ say: 'Here I am again.' });
  const whole = await guest.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Are you there?', stream: false },
  });
  assert.deepEqual([whole.status, whole.body['content']], [200, 'Here I am again.']);
});

test('a whole answer that cannot be had is an error with a status', async () => {
  const { guest, id } = await openSession();
  model.always({ status: 400, error: { error: { message: 'no' } } });
  const { status, body } = await guest.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  assert.deepEqual([status, (body['error'] as { code: string }).code], [502, 'GENERIC_ERROR']);
});

test('who hangs up calls the answer off; what was said is kept', async () => {
  const { guest, id } = await openSession();
  model.plan({ say: ['Listen: '], stall: true });
  const hangUp = new AbortController();
  const response = await say(guest, id, 'Tell me', { signal: hangUp.signal });
  await response.body!.getReader().read();
  hangUp.abort();
  await model.requests[0]!.closed;
  for (let tries = 0; (await messagesOf(guest, id)).length < 2 && tries < 100; tries += 1) await sleep(20);
  const [, broken] = await messagesOf(guest, id);
  assert.deepEqual([broken?.content, broken?.metadata], ['Listen: ', { failed: true }]);
  const { body } = await guest.ask('agntix', 'GET', `${SESSIONS}/${id}`);
  assert.equal(body['state'], 'OPEN');
});

test('the same request under one idempotency key is answered once', async () => {
  const { guest, id } = await openSession();
  model.plan({ say: ['Only ', 'once.'] });
  const headers = { 'idempotency-key': `once-${id}` };
  const first = dataOf(await (await say(guest, id, 'Hello', { headers })).text());
  const again = dataOf(await (await say(guest, id, 'Hello', { headers })).text());
  const text = (data: string[]) =>
    data
      .slice(0, -1)
      .map((piece) => (JSON.parse(piece) as Piece).delta)
      .join('');
  assert.deepEqual([text(first), text(again), again.at(-1)], ['Only once.', 'Only once.', '[DONE]']);
  assert.equal(model.requests.length, 1);
  assert.equal((await messagesOf(guest, id)).length, 2);
});

test('a session that was still for too long has expired', async () => {
  const { guest, id } = await openSession();
  late = 31 * 60_000;
  await house.app.services.conversations.endIdle();
  const { status, body } = await guest.ask('agntix', 'POST', `${SESSIONS}/${id}/messages`, {
    body: { content: 'Hello?' },
  });
  const { code, message } = body['error'] as { code: string; message: string };
  assert.deepEqual([status, code], [409, 'SESSION_EXPIRED']);
  assert.equal(message, 'The session ended because nothing happened in it.');
  const { body: session } = await guest.ask('agntix', 'GET', `${SESSIONS}/${id}`);
  assert.equal(session['state'], 'CLOSED');
});

test('metadata has at most 4096 characters in all', async () => {
  const { guest, agentId } = await openSession();
  const note = (length: number) => ({ note: 'x'.repeat(length - '{"note":""}'.length) });
  const kept = await guest.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4096) } });
  assert.deepEqual([kept.status, kept.body['metadata']], [201, note(4096)]);
  const refused = await guest.ask('agntix', 'POST', SESSIONS, { body: { agentId, metadata: note(4097) } });
  const { message } = refused.body['error'] as { message: string };
  assert.deepEqual([refused.status, message], [400, 'metadata must be at most 4096 characters of JSON']);
});

test('a stranger at one address asks so much in a minute and no more', async () => {
  const { guest, agentId } = await openSession({ isPublic: true });
  const begin = () =>
    guest.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', { key: null, body: { agentId, platform: 'FAX' } });
  const statuses: number[] = [];
  for (let i = 0; i < 250 && statuses.at(-1) !== 429; i += 1) statuses.push((await begin()).status);
  assert.equal(statuses.at(-1), 429);
  assert.ok(statuses.length > 100, `refused after ${statuses.length}`);
});
