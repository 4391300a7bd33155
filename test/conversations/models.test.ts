/** Failures of models in a conversation: they are reported, the text is stored, and the conversation stays open. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, type Play, startModelServer } from '../providers/model-server.ts';

const server = await startModelServer();
const parlance = await openTestServer({ ...environmentOf(server), PARLANCE_MODEL_TIMEOUT_SECONDS: '1' });
const tenant = await parlance.workspace();

beforeEach(() => server.reset());

async function begin(facts: JsonObject = {}, asker: Tenant = tenant): Promise<string> {
  const agent = await asker.ask('native', 'POST', '/agents', { body: { name: 'Ada', role: 'You are Ada.', ...facts } });
  const { status, body, text } = await asker.ask('native', 'POST', '/conversations', {
    body: { agentId: agent.body['id'], channel: 'chat' },
  });
  assert.equal(status, 201, text);
  return body['id'] as string;
}

const say = (id: string, content: string, stream = false) =>
  tenant.ask('native', 'POST', `/conversations/${id}/messages`, { body: { content, stream } });

const answerIn = ({ body }: { body: JsonObject }) => (body['messages'] as JsonObject[]).at(-1)!;

const MISFORTUNES: [string, Play[], RegExp][] = [
  ['is silent', [{ stall: 'silent' }], /took too long/],
  ['stops in the middle', [{ say: 'I was about', stall: true }], /took too long/],
  ['is torn off', [{ say: 'I was about', cut: 'torn' }], /broke off/],
  ['ends without an end', [{ say: 'I was about', cut: 'ended' }], /broke off/],
  ['is busy for an hour', [{ status: 429, retryAfter: '3600' }], /asked too often/],
  ['sends malformed data', [{ say: 'I was about', garbage: '{"oh' }], /cannot be read/],
  ['refuses', [{ status: 400 }], /refused the request/],
  ['does not exist', [{ status: 404 }], /not known/],
];

for (const [what, plays, why] of MISFORTUNES)
  test(`a model that ${what} is reported, and the conversation stays open`, async () => {
    const id = await begin();
    server.plan(...plays);
    const failed = await say(id, 'Hello?');
    assert.equal(failed.status, 502);
    assert.equal(failed.body['code'], 'model_failed');
    assert.match(String(failed.body['detail']), why);

    server.plan(...plays);
    const streamed = await say(id, 'Hello again?', true);
    assert.equal(streamed.status, 200);
    assert.match(streamed.text, /event: error\ndata: \{"code":"model_failed"/);
    assert.match(streamed.text, /event: done\n/);

    const next = await say(id, 'Still there?');
    assert.equal(next.status, 200, next.text);
    assert.equal(answerIn(next)['content'], 'Heard: Still there?');
  });

test('the model receives what the agent is configured with', async () => {
  const profiles = { '@default': { instructions: 'Be brief.', model: { temperature: 0.2 } } };
  const id = await begin({ context: 'A bakery.', specialInstructions: 'No politics.', profiles });
  const { body, text } = await say(id, 'Hello');
  assert.equal((body['usage'] as JsonObject | undefined)?.['output'], 7, text);
  for (const text of ['You are Ada.', 'Be brief.', 'A bakery.', 'No politics.'])
    assert.ok(server.system().includes(text));
  assert.equal(server.requests[0]!.body['temperature'], 0.2);
});

test('a model that is not configured is replaced, and the answer names the substitute', async () => {
  const profiles = { '@default': { model: { id: 'anthropic/claude-haiku-4-5' } } };
  const id = await begin({ profiles });
  const answer = answerIn(await say(id, 'Hello'));
  assert.deepEqual([answer['content'], answer['model']], ['Heard: Hello', 'openai/recorder']);
});

test('a client that disconnects during an answer aborts the request to the model', async () => {
  const url = await parlance.app.http.listen({ host: '127.0.0.1', port: 0 });
  const id = await begin();
  server.plan({ say: 'Once upon a time', stall: true });
  const hanging = new AbortController();
  const response = await fetch(`${url}/v1/conversations/${id}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.keys.native}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Tell me a story', stream: true }),
    signal: hanging.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let received = ''; !received.includes('Once upon a time'); )
    received += (await reader.read()).value ?? assert.fail(received);
  hanging.abort();
  await server.requests[0]!.closed;
  const next = await say(id, 'Are you there?');
  assert.equal(answerIn(next)['content'], 'Heard: Are you there?');
});
