/** The AI SDK adapter against a server that speaks the real wire format and can misbehave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelConfig } from '../../src/config.ts';
import type { ModelPart } from '../../src/conversations/ports.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { AiSdkOptions } from '../../src/providers/llm/ai-sdk.ts';
import { failing, openBench, requestOf, textOf, WEATHER } from './model-bench.ts';
import { environmentOf, startModelServer } from './model-server.ts';

const server = await startModelServer();
const bench = (
  facts: Partial<ModelConfig> = {},
  given: AiSdkOptions = {},
  environment: Record<string, string> = {},
) => {
  server.reset();
  return openBench(facts, given, { ...environmentOf(server), ...environment });
};

test('an answer arrives in its deltas, with the tokens used', async () => {
  const { ask } = bench();
  server.plan({ say: ['Good ', 'day', '!'], usage: { input: 21, output: 3 } });
  assert.deepEqual(await ask({ temperature: 0.3 }), [
    { type: 'delta', text: 'Good ' },
    { type: 'delta', text: 'day' },
    { type: 'delta', text: '!' },
    { type: 'done', model: 'openai/recorder', usage: { input: 21, output: 3 } },
  ]);
  assert.deepEqual(server.requests[0]?.body, {
    model: 'recorder',
    temperature: 0.3,
    messages: [
      { role: 'system', content: 'You are Ada.' },
      { role: 'user', content: 'Hello' },
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.equal(server.requests[0]?.headers.authorization, undefined);
});

test('sampling settings are sent under the names of the API, and a reached token limit is reported', async () => {
  const { ask } = bench();
  server.plan({ say: 'As long as', finish: 'length' });
  const parts = await ask({
    topP: 0.5,
    presencePenalty: 1,
    frequencyPenalty: -1,
    seed: 7,
    maxOutputTokens: 3,
    stopSequences: ['END'],
  });
  const last = parts.at(-1);
  assert.ok(last?.type === 'done' && last.limited);
  const { body } = server.requests[0]!;
  assert.deepEqual(
    ['top_p', 'presence_penalty', 'frequency_penalty', 'seed', 'max_tokens', 'stop'].map((name) => body[name]),
    [0.5, 1, -1, 7, 3, ['END']],
  );
});

test('the key and the temperature are sent only where they are set', async () => {
  const { ask } = bench({}, {}, { OPENAI_API_KEY: 'the-key' });
  await ask();
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer the-key');
  assert.ok(!('temperature' in server.requests[0]!.body));
});

test('tools are sent with their schemas, and several calls of one answer are parsed', async () => {
  const { ask } = bench();
  const calls = [
    { id: 'a', name: 'get_weather', input: { city: 'Paris' } },
    { id: 'b', name: 'get_weather', input: '' },
    { id: 'c', name: 'unheard_of', input: { x: 1 } },
  ];
  server.plan({ say: 'One moment.', calls });
  const parts = await ask({ tools: [WEATHER] });
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'call' ? [part.call] : [])),
    calls.map((call) => ({ ...call, input: call.input === '' ? {} : call.input })),
  );
  const [tool] = server.requests[0]!.body['tools'] as JsonObject[];
  assert.deepEqual(tool, {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather of a city.', parameters: WEATHER.inputSchema },
  });
});

test('every call is sent back with a result, also one whose result was lost', async () => {
  const { ask } = bench();
  await ask({
    messages: [
      { role: 'assistant', text: 'Welcome!' },
      { role: 'user', text: 'Weather?' },
      {
        role: 'assistant',
        text: '',
        toolCalls: [
          { id: 'a', name: 'get_weather', input: { city: 'Paris' } },
          { id: 'b', name: 'get_weather', input: { city: 'Rome' } },
        ],
      },
      { role: 'tool', toolCallId: 'b', toolName: 'get_weather', text: 'Sun.' },
      { role: 'user', text: 'And?' },
    ],
  });
  const [, , , call, first, second] = server.requests[0]!.body['messages'] as JsonObject[];
  assert.equal((call!['tool_calls'] as JsonObject[]).length, 2);
  assert.deepEqual(first, { role: 'tool', tool_call_id: 'a', content: 'There was no answer.' });
  assert.deepEqual(second, { role: 'tool', tool_call_id: 'b', content: 'Sun.' });
});

test('a model that sends nothing, and one that stops in the middle, time out without another attempt', async () => {
  const { ask, models } = bench({ timeoutMs: 80 });
  server.plan({ stall: 'silent' }, { stall: true }, { say: 'I was', stall: true });
  await failing(ask(), 'timeout');
  await failing(ask(), 'timeout');
  const parts: ModelPart[] = [];
  const readAll = async () => {
    for await (const part of models.answer(requestOf())) parts.push(part);
  };
  await failing(readAll(), 'timeout');
  assert.equal(textOf(parts), 'I was');
  assert.equal(server.requests.length, 3);
  // The requests to the server are closed.
  await Promise.all(server.requests.map(({ closed }) => closed));
  assert.equal(textOf(await ask()), 'Heard: Hello');
});

test('the time limit applies between parts, and a slow reader does not count', async () => {
  const { models } = bench({ timeoutMs: 150 });
  server.plan({ say: ['a', 'b', 'c', 'd'], betweenMs: 80 }, { say: ['a', 'b'] });
  assert.equal(textOf(await Array.fromAsync(models.answer(requestOf()))), 'abcd');
  let received = '';
  for await (const part of models.answer(requestOf())) {
    if (part.type === 'delta') received += part.text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.equal(received, 'ab');
});

test('a busy or broken model is asked three times, after the pause it asks for or one that doubles', async () => {
  const { ask, pauses, warnings } = bench();
  server.plan({ status: 429, retryAfter: '2' }, { status: 503 }, { say: 'At last.' });
  assert.equal(textOf(await ask()), 'At last.');
  assert.deepEqual(pauses, [2000, 1000]);
  assert.match(warnings[0]!, /^openai\/recorder answered 429 \(rate-limited\)/);
  server.plan({ status: 500 }, { status: 500 }, { status: 500 }, { say: 'Too late.' });
  await failing(ask(), 'unavailable');
  assert.equal(server.requests.length, 6);
});

test('a provider that asks for too long a pause is not asked again', async () => {
  const { ask, pauses } = bench();
  server.plan({ status: 429, retryAfter: '3600' });
  await failing(ask(), 'rate-limited');
  assert.deepEqual(pauses, []);
  assert.equal(textOf(await ask()), 'Heard: Hello');
});

test('a refused, unknown or malformed answer is not asked for again', async () => {
  const { ask } = bench();
  server.plan(
    { status: 400, error: { message: 'No such thing.' } },
    { status: 401 },
    { status: 404 },
    { garbage: '{"this is": not json' },
    { calls: [{ name: 'get_weather', input: '["Paris"]' }] },
    { calls: [{ name: 'get_weather', input: '{"city": ' }] },
    { finish: 'content_filter' },
  );
  const refused = await failing(ask(), 'refused');
  assert.equal(refused.message, 'openai/recorder answered 400 (refused): No such thing.');
  await failing(ask(), 'refused');
  await failing(ask(), 'unknown-model');
  await failing(ask(), 'garbage');
  await failing(ask({ tools: [WEATHER] }), 'garbage');
  await failing(ask({ tools: [WEATHER] }), 'garbage');
  await failing(ask(), 'refused');
  assert.equal(textOf(await ask()), 'Heard: Hello');
});

test('a cut stream is reported, and the text before the cut has been delivered', async () => {
  const { models } = bench();
  server.plan({ say: 'It was a dark', cut: 'torn' }, { say: 'It was a dark', cut: 'ended' });
  for (const _ of [1, 2]) {
    const parts: ModelPart[] = [];
    const readAll = async () => {
      for await (const part of models.answer(requestOf())) parts.push(part);
    };
    await failing(readAll(), 'cut');
    assert.equal(textOf(parts), 'It was a dark');
  }
  assert.equal(server.requests.length, 2);
});

test('an answer that is not an event stream counts as cut and is asked for again', async () => {
  const { ask } = bench();
  const page = '<html>Welcome to the proxy</html>';
  server.plan({ page }, { page }, { page });
  await failing(ask(), 'cut');
  server.plan({ page }, { cut: 'torn' }, { say: 'Here.' });
  assert.equal(textOf(await ask()), 'Here.');
});

test('an error inside a stream keeps its kind', async () => {
  const { ask } = bench();
  server.plan(
    { garbage: '{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}' },
    { say: 'Here I am.' },
  );
  assert.equal(textOf(await ask()), 'Here I am.');
});

test('a server that cannot be reached is unavailable, and asked again', async () => {
  const { ask, pauses } = bench({ openaiBaseUrl: 'http://127.0.0.1:9/v1' });
  await failing(ask(), 'unavailable');
  assert.deepEqual(pauses, [500, 1000]);
});

test('the fallback model answers before the first part, and never after it', async () => {
  const { ask, warnings } = bench({ fallbackModel: 'openai/second' });
  server.plan({ status: 400 }, { say: 'Second here.' });
  const parts = await ask();
  assert.equal(textOf(parts), 'Second here.');
  assert.equal(parts.at(-1)?.type === 'done' && (parts.at(-1) as { model: string }).model, 'openai/second');
  assert.deepEqual(
    server.requests.map(({ body }) => body['model']),
    ['recorder', 'second'],
  );
  assert.equal(warnings.at(-1), 'openai/recorder failed; the fallback model openai/second answers instead.');
  server.plan({ say: 'I am', cut: 'ended' });
  await failing(ask(), 'cut');
  assert.equal(server.requests.length, 3);
  server.plan({ status: 400 }, { status: 404 });
  await failing(ask(), 'unknown-model');
});

test('the demo model can be the fallback', async () => {
  const { ask } = bench({ fallbackModel: 'parlance/demo' });
  server.plan({ status: 404 });
  const parts = await ask();
  assert.match(textOf(parts), /demo model/);
});

test('an aborted answer aborts the request to the provider', async () => {
  const { models } = bench();
  server.plan({ say: 'For ever and', stall: true }, { say: 'For ever and', stall: true }, { stall: 'silent' });
  const abort = new AbortController();
  const readAll = async (signal: AbortSignal) => {
    for await (const _ of models.answer(requestOf({ signal }))) abort.abort();
  };
  await assert.rejects(readAll(abort.signal), { name: 'AbortError' });
  await server.requests[0]!.closed;
  // The reader may also just stop.
  for await (const _ of models.answer(requestOf())) break;
  await server.requests[1]!.closed;
  // The abort may come before the first byte.
  const early = AbortSignal.timeout(50);
  await assert.rejects(Array.fromAsync(models.answer(requestOf({ signal: early }))), { name: 'TimeoutError' });
  await server.requests[2]!.closed;
});

test('a key that the provider repeats is removed from messages', async () => {
  const { ask, warnings } = bench({}, {}, { OPENAI_API_KEY: 'topsecret-123' });
  server.plan(
    { status: 401, error: { message: 'Incorrect API key provided: topsecret-123.' } },
    { status: 400, error: { message: 'The key topsecret-123 and sk-abcdefghij may not.' } },
  );
  await failing(ask(), 'refused');
  const failure = await failing(ask(), 'refused');
  assert.equal(failure.message, 'openai/recorder answered 400 (refused): The key … and … may not.');
  assert.ok(!warnings.join().includes('topsecret'));
});

const SCORE = {
  type: 'object',
  properties: { score: { type: 'integer', minimum: 0, maximum: 10 } },
  required: ['score'],
  additionalProperties: false,
};

test('a judgement fits its schema, is asked for twice, and is never invented', async () => {
  const { models } = bench();
  const judge = () =>
    models.judge({
      model: 'openai/recorder',
      system: 'Judge.',
      text: 'All of it.',
      schema: SCORE,
      signal: new AbortController().signal,
    });
  server.plan({ json: { score: 7 } });
  assert.deepEqual(await judge(), { score: 7 });
  const [first] = server.requests;
  const format = first!.body['response_format'] as { type: string; json_schema: JsonObject };
  assert.equal(format.type, 'json_schema');
  assert.deepEqual([format.json_schema['schema'], format.json_schema['strict']], [SCORE, false]);
  assert.equal(first!.body['temperature'], 0);
  server.plan({ json: { score: 70 } }, { say: 'Here it is:\n```json\n{"score": 3}\n```' });
  assert.deepEqual(await judge(), { score: 3 });
  assert.equal(server.requests[2]!.body['response_format'], undefined);
  // A server without a JSON mode.
  server.plan({ status: 400 }, { json: { score: 4 } });
  assert.deepEqual(await judge(), { score: 4 });
  server.plan({ say: 'Seven.' }, { say: 'Still seven.' });
  assert.equal(await judge(), undefined);
  server.plan({ status: 500 }, { status: 500 }, { status: 500 });
  await failing(judge(), 'unavailable');
});
