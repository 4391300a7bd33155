/** The OpenAI-compatible API, with OpenAI's official client over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { ModelFailure, type ModelPart, type ModelRequest } from '../../src/conversations/ports.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';

/** The requests to the model, and its next answers. */
const requests: ModelRequest[] = [];
let script: (ModelPart | Error)[][] = [];
const model = {
  async *answer(request: ModelRequest): AsyncGenerator<ModelPart> {
    requests.push(request);
    for (const part of script.shift() ?? []) {
      if (part instanceof Error) throw part;
      yield part;
    }
  },
};
const textParts = (...texts: string[]): ModelPart[] => [
  ...texts.map((text): ModelPart => ({ type: 'delta', text })),
  { type: 'done', usage: { input: 11, output: 7 }, model: 'openai/test' },
];

const parlance = await openTestServer({}, { providers: { model } });
const address = await parlance.app.http.listen({ host: '127.0.0.1', port: 0 });

interface Place {
  tenant: Tenant;
  client: OpenAI;
  agentId: string;
}
async function place(facts: JsonObject = {}): Promise<Place> {
  const tenant = await parlance.workspace();
  const { body } = await tenant.ask('native', 'POST', '/agents', {
    body: {
      name: 'Ana',
      role: 'You sell shoes.',
      profiles: { '@default': { greeting: { text: 'Hello, this is Ana.' }, model: { temperature: 0.1 } } },
      ...facts,
    },
  });
  requests.length = 0;
  script = [];
  const client = new OpenAI({ baseURL: `${address}/openai/v1`, apiKey: tenant.keys.native, maxRetries: 0 });
  return { tenant, client, agentId: String(body['id']) };
}
const conversations = async (tenant: Tenant): Promise<JsonObject[]> =>
  (await tenant.ask('native', 'GET', '/conversations?dialect=openai')).body['data'] as JsonObject[];

test('an answer in one piece', async () => {
  const { tenant, client, agentId } = await place();
  script = [textParts('Size ', '42.')];
  const answer = await client.chat.completions.create({
    model: agentId,
    messages: [
      { role: 'system', content: 'The shop closes at six.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Welcome!' },
      { role: 'user', content: [{ type: 'text', text: 'Which size?' }] },
    ],
    temperature: 0.9,
    user: 'customer-7',
    metadata: { order: '5' },
  });
  assert.match(answer.id, /^chatcmpl-[0-9a-f]{32}$/);
  assert.deepEqual(
    [answer.object, answer.model, answer.system_fingerprint, Math.abs(answer.created - Date.now() / 1000) < 60],
    ['chat.completion', agentId, 'revision_1', true],
  );
  assert.deepEqual(answer.choices, [
    {
      index: 0,
      message: { role: 'assistant', content: 'Size 42.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ]);
  assert.deepEqual(answer.usage, { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });

  const [request] = requests;
  assert.deepEqual(
    request!.messages.map((message) => [message.role, message.text]),
    [
      ['user', 'Hi'],
      ['assistant', 'Welcome!'],
      ['user', 'Which size?'],
    ],
    'what the caller brings stands in the place of the greeting',
  );
  assert.match(request!.system, /You sell shoes\.[\s\S]*The shop closes at six\.[\s\S]*customer-7/);
  assert.equal(request!.temperature, 0.9);

  const [stored] = await conversations(tenant);
  assert.deepEqual(
    [stored!['state'], stored!['endReason'], stored!['metadata'], stored!['revision']],
    ['ended', 'ended', { order: '5' }, 1],
  );
});

test('sampling settings and the token limit of the request apply to its answer', async () => {
  const { client, agentId } = await place();
  const limited: ModelPart[] = [
    { type: 'delta', text: 'Size' },
    { type: 'done', model: 'openai/test', limited: true },
  ];
  const about = { model: agentId, messages: [{ role: 'user' as const, content: 'Which size?' }] };
  script = [limited, limited, textParts('Yes.')];
  const answer = await client.chat.completions.create({
    ...about,
    max_tokens: 5,
    top_p: 0.5,
    stop: 'END',
    seed: 7,
    presence_penalty: 1,
    frequency_penalty: -1,
  });
  assert.equal(answer.choices[0]!.finish_reason, 'length');
  const { model: _, system: _system, messages: _messages, tools: _tools, signal: _signal, ...sampling } = requests[0]!;
  assert.deepEqual(sampling, {
    temperature: 0.1,
    maxOutputTokens: 5,
    topP: 0.5,
    stopSequences: ['END'],
    seed: 7,
    presencePenalty: 1,
    frequencyPenalty: -1,
  });
  const stream = await client.chat.completions.create({
    ...about,
    max_completion_tokens: 9,
    max_tokens: 5,
    stream: true,
  });
  const reasons: unknown[] = [];
  for await (const { choices } of stream) reasons.push(...choices.map((choice) => choice.finish_reason));
  assert.deepEqual([reasons.at(-1), requests[1]!.maxOutputTokens], ['length', 9]);
  await client.chat.completions.create({ ...about, max_tokens: null, stop: null, top_p: null });
  assert.equal('maxOutputTokens' in requests[2]!, false);
});

test('the first question is asked after the greeting, and without a question the greeting is the answer', async () => {
  const { tenant, client, agentId } = await place();
  const greeted = await client.chat.completions.create({
    model: agentId,
    messages: [{ role: 'system', content: 'Be brief.' }],
  });
  assert.equal(greeted.choices[0]!.message.content, 'Hello, this is Ana.');
  assert.equal(requests.length, 0);
  script = [textParts('Yes.')];
  await client.chat.completions.create({ model: agentId, messages: [{ role: 'user', content: 'Open?' }] });
  assert.deepEqual(
    requests[0]!.messages.map(({ text }) => text),
    ['Hello, this is Ana.', 'Open?'],
  );
  assert.equal(requests[0]!.temperature, 0.1);
  assert.deepEqual(
    (await conversations(tenant)).map((one) => one['state']),
    ['ended', 'ended'],
  );
});

test('a stream, piece by piece, with its usage', async () => {
  const { tenant, client, agentId } = await place();
  script = [textParts('One ', 'two ', 'three.')];
  const stream = await client.chat.completions.create({
    model: agentId,
    messages: [{ role: 'user', content: 'Count' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  assert.ok(chunks.every(({ object, id }) => object === 'chat.completion.chunk' && id === chunks[0]!.id));
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.delta.content),
    ['', 'One ', 'two ', 'three.', undefined, undefined],
  );
  assert.equal(chunks[0]!.choices[0]!.delta.role, 'assistant');
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.finish_reason),
    [null, null, null, null, 'stop', undefined],
  );
  assert.deepEqual(
    chunks.map(({ usage }) => usage?.total_tokens ?? null),
    [null, null, null, null, null, 18],
  );
  assert.deepEqual(
    (await conversations(tenant)).map((one) => one['state']),
    ['ended'],
  );
});

test('the agent’s own tools run between two pieces of an answer', async () => {
  const { client, agentId } = await place({ tools: [{ name: 'hang_up', channels: ['text'] }] });
  const call = { id: 'c1', name: 'nobody_knows', input: {} };
  script = [
    [...textParts('Let me see.').slice(0, 1), { type: 'call', call }, ...textParts().slice(-1)],
    textParts('Done.'),
  ];
  const runner = client.chat.completions.stream({ model: agentId, messages: [{ role: 'user', content: 'Go' }] });
  assert.equal(await runner.finalContent(), 'Let me see.\n\nDone.');
});

test('a failure of the model is an HTTP error before the first part, and an error in the stream after it', async () => {
  const { tenant, client, agentId } = await place();
  const ask = { model: agentId, messages: [{ role: 'user' as const, content: 'Go' }] };
  const cut = () => new ModelFailure('cut', 'secret sk-123');
  script = [[cut()], [cut()], [{ type: 'delta', text: 'Well' }, cut()]];
  const error = await client.chat.completions.create(ask).catch((error: unknown) => error);
  assert.ok(error instanceof InternalServerError);
  assert.deepEqual([error.status, error.code, error.type], [502, 'model_failed', 'server_error']);
  const early = await client.chat.completions.create({ ...ask, stream: true }).catch((error: unknown) => error);
  assert.ok(early instanceof InternalServerError);
  const deltas: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
        deltas.push(chunk.choices[0]?.delta.content);
    },
    (error: Error) => !error.message.includes('sk-123') && error.message.includes('The model did not answer'),
  );
  assert.deepEqual(deltas, ['', 'Well']);
  assert.deepEqual(
    (await conversations(tenant)).map((one) => one['endReason']),
    ['failed', 'failed', 'failed'],
  );
});

test('the agents are the models', async () => {
  const { tenant, client, agentId } = await place();
  const { body: second } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Bea' } });
  await tenant.ask('native', 'POST', '/agents', { body: { name: 'Gone', status: 'archived' } });
  await (await place()).client.models.list();
  const models = await Array.fromAsync(client.models.list());
  assert.deepEqual(
    models.map(({ id, object, owned_by }) => [id, object, owned_by]),
    [
      [second['id'], 'model', 'parlance'],
      [agentId, 'model', 'parlance'],
    ],
  );
  assert.ok(models.every(({ created }) => Number.isInteger(created)));
  assert.equal((await client.models.retrieve(agentId)).id, agentId);
});

test('a wrong key, a key of another dialect, an unknown model, one of another workspace, a paused one', async () => {
  const { tenant, client, agentId } = await place();
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  for (const apiKey of ['sk-nonsense', tenant.keys.kejue]) {
    const stranger = client.withOptions({ apiKey });
    const refused = await stranger.chat.completions
      .create({ model: agentId, messages })
      .catch((error: unknown) => error);
    assert.ok(refused instanceof AuthenticationError);
    assert.deepEqual([refused.code, refused.type], ['invalid_api_key', 'invalid_request_error']);
  }
  const theirs = await place();
  for (const unknown of ['gpt-4o', theirs.agentId]) {
    const missing = await client.chat.completions
      .create({ model: unknown, messages, stream: true })
      .catch((error: unknown) => error);
    assert.ok(missing instanceof NotFoundError);
    assert.deepEqual([missing.code, missing.type], ['model_not_found', 'invalid_request_error']);
    assert.match(missing.message, new RegExp(unknown));
  }
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { status: 'paused' } });
  const paused = await client.chat.completions.create({ model: agentId, messages }).catch((error: unknown) => error);
  assert.ok(paused instanceof BadRequestError);
  assert.deepEqual(
    [paused.code, paused.message],
    ['agent_unavailable', '400 The agent is paused; only active agents accept new conversations.'],
  );
  assert.deepEqual(await conversations(tenant), []);
  assert.equal(requests.length, 0);
});
