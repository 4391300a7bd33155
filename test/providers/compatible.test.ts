/** The client for chat completions: streams in pieces of any size, over connections that are reused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createEventReader, EventTooLong } from '../../src/providers/llm/event-reader.ts';
import { openBench, textOf } from './model-bench.ts';

test('events are the same in pieces of any size, with any line ends', () => {
  const lines = [
    ': hello',
    'event: x',
    'data: {"a":1}',
    '',
    'data:two',
    'data: lines',
    '',
    '',
    'data: – ü',
    '',
    'data: cut',
  ];
  for (const end of ['\n', '\r\n']) {
    const text = lines.join(end);
    for (let size = 1; size <= text.length; size += 1) {
      const { push } = createEventReader();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...push(text.slice(at, at + size)));
      assert.deepEqual(found, ['{"a":1}', 'two\nlines', '– ü'], `${JSON.stringify(end)} in pieces of ${size}`);
    }
  }
});

test('an event without an end is refused', () => {
  const { push } = createEventReader();
  const piece = 'data: '.padEnd(65_536, 'x');
  assert.throws(() => {
    for (let count = 0; count < 1000; count += 1) push(piece);
  }, EventTooLong);
});

let answer: (response: ServerResponse) => void = () => {};
let connections = 0;
const server = createServer((request, response) => {
  request.resume().on('end', () => answer(response.writeHead(200, { 'content-type': 'text/event-stream' })));
}).on('connection', () => {
  connections += 1;
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  server.closeAllConnections();
  server.close();
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const { ask } = openBench({ openaiBaseUrl: url, defaultModel: 'openai/x' });
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const END = `${chunk({}, 'stop')}data: [DONE]\n\n`;

test('characters split across pieces are joined, and the connection is reused', async () => {
  const bytes = Buffer.from(`${chunk({ content: 'Grüße – ' })}${chunk({ content: '你好' })}${END}`);
  answer = async (response) => {
    for (let at = 0; at < bytes.length; at += 7) {
      response.write(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
  const before = connections;
  for (let time = 0; time < 3; time += 1) assert.equal(textOf(await ask()), 'Grüße – 你好');
  assert.equal(connections, before + 1);
});

test('a server that does not end the response after [DONE] is not waited for', async () => {
  answer = (response) => void response.write(`${chunk({ content: 'Bye.' })}${END}`);
  assert.equal(textOf(await ask()), 'Bye.');
});

test('a keep-alive connection that the server has closed is replaced', async () => {
  answer = (response) => void response.end(`${chunk({ content: 'Here.' })}${END}`);
  assert.equal(textOf(await ask()), 'Here.');
  server.closeIdleConnections();
  assert.equal(textOf(await ask()), 'Here.');
});

test('calls without an index or an id are accepted', async () => {
  const call = (name: string) => ({ function: { name, arguments: '{"a":1}' } });
  answer = (response) =>
    void response.end(chunk({ tool_calls: [call('one'), call('two')] }) + chunk({}, 'tool_calls') + END);
  const calls = (await ask()).flatMap((part) => (part.type === 'call' ? [part.call] : []));
  assert.deepEqual(calls, [
    { id: 'call_0', name: 'one', input: { a: 1 } },
    { id: 'call_1', name: 'two', input: { a: 1 } },
  ]);
});
