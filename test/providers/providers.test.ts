/** Each provider receives requests of its own API; the parts of the answers are the same for all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelRequest } from '../../src/conversations/ports.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { failing, openBench, textOf, WEATHER } from './model-bench.ts';

/** A `fetch` that answers with a stream from the provider's documentation and records the requests. */
const scriptedFetch = (events: string[]) => {
  const requests: { url: string; headers: Headers; body: JsonObject }[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    requests.push({ url: String(url), headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) });
    return new Response(events.join('\n\n').concat('\n\n'), { headers: { 'content-type': 'text/event-stream' } });
  };
  return { requests, fetch };
};

const GREETED: ModelRequest['messages'] = [
  { role: 'assistant', text: 'Welcome!' },
  { role: 'user', text: 'Weather?' },
];

test('Anthropic receives requests of its own API', async () => {
  const { requests, fetch } = scriptedFetch(
    [
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'claude-haiku-4-5',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 12, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Let me see.' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 't', name: 'get_weather', input: {} },
      },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"city":"Rome"}' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}`),
  );
  const { ask } = openBench({}, { fetch }, { ANTHROPIC_API_KEY: 'its-key' });
  const parts = await ask({ model: 'anthropic/claude-haiku-4-5', messages: GREETED, tools: [WEATHER] });
  assert.deepEqual(parts, [
    { type: 'delta', text: 'Let me see.' },
    { type: 'call', call: { id: 't', name: 'get_weather', input: { city: 'Rome' } } },
    { type: 'done', model: 'anthropic/claude-haiku-4-5', usage: { input: 12, output: 9 } },
  ]);
  const [{ url, headers, body }] = requests as [(typeof requests)[0]];
  assert.equal(url, 'https://api.anthropic.com/v1/messages');
  assert.equal(headers.get('x-api-key'), 'its-key');
  // It refuses conversations that the assistant starts.
  assert.deepEqual(
    (body['messages'] as JsonObject[]).map(({ role }) => role),
    ['user', 'assistant', 'user'],
  );
  assert.match(JSON.stringify(body['system']), /You are Ada\./);
});

test('Google receives requests of its own API', async () => {
  const usageMetadata = { promptTokenCount: 8, candidatesTokenCount: 4, totalTokenCount: 12 };
  const candidate = (content: JsonObject, finishReason?: string) => ({
    candidates: [{ content: { role: 'model', parts: [content] }, index: 0, ...(finishReason && { finishReason }) }],
    usageMetadata,
  });
  const { requests, fetch } = scriptedFetch(
    [candidate({ text: 'Sun' }), candidate({ text: 'shine.' }, 'STOP')].map(
      (event) => `data: ${JSON.stringify(event)}`,
    ),
  );
  const { ask } = openBench({}, { fetch }, { GOOGLE_GENERATIVE_AI_API_KEY: 'its-key' });
  const parts = await ask({ model: 'google/gemini-2.5-flash', messages: GREETED, temperature: 0.5 });
  assert.deepEqual(parts, [
    { type: 'delta', text: 'Sun' },
    { type: 'delta', text: 'shine.' },
    { type: 'done', model: 'google/gemini-2.5-flash', usage: { input: 8, output: 4 } },
  ]);
  const [{ url, headers, body }] = requests as [(typeof requests)[0]];
  assert.match(url, /^https:\/\/generativelanguage\.googleapis\.com\/v1beta\/models\/gemini-2\.5-flash:streamGenerate/);
  assert.equal(headers.get('x-goog-api-key'), 'its-key');
  assert.equal((body['generationConfig'] as JsonObject)['temperature'], 0.5);
});

test('OpenAI is asked at its own address, and an answer without an end counts as cut', async () => {
  const event = (delta: JsonObject, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason: finish }] })}`;
  const complete = scriptedFetch([
    event({ role: 'assistant', content: 'Hi.' }, null),
    event({}, 'stop'),
    'data: [DONE]',
  ]);
  const environment = { OPENAI_API_KEY: 'its-key' };
  const { ask } = openBench({}, { fetch: complete.fetch }, environment);
  assert.equal(textOf(await ask({ model: 'openai/gpt-4o' })), 'Hi.');
  assert.equal(complete.requests[0]?.url, 'https://api.openai.com/v1/chat/completions');
  assert.equal(complete.requests[0]?.headers.get('authorization'), 'Bearer its-key');
  const half = scriptedFetch([event({ role: 'assistant', content: 'Hi' }, null)]);
  await failing(openBench({}, { fetch: half.fetch }, environment).ask({ model: 'openai/gpt-4o' }), 'cut');
});
