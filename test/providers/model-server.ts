/**
 * A model server for tests. It serves OpenAI's chat completions on the loopback, records every request, and plays
 * scripted answers and failures. `environmentOf` configures a server to use it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/lib/values.ts';

/** What the server does with one request. */
export interface Play {
  /** The answer: a text in one delta, or one delta for each text. */
  say?: string | readonly string[];
  /** An answer of this many characters, sent as fast as the client reads. */
  flood?: number;
  /** The answer as JSON, in one delta. */
  json?: unknown;
  calls?: readonly { id?: string; name: string; input: JsonObject | string }[];
  usage?: { input: number; output: number };
  finish?: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  /** The pause before the first byte. */
  delayMs?: number;
  /** The pause between deltas. */
  betweenMs?: number;
  /** Sends the answer, then nothing, and keeps the connection open. With `'silent'` not even a status is sent. */
  stall?: true | 'silent';
  /** Sends the answer, then breaks the connection, or ends the stream without a final event. */
  cut?: 'torn' | 'ended';
  /** The status, where it is not 200. */
  status?: number;
  retryAfter?: string;
  error?: JsonObject;
  /** Sent unchanged, as the data of events. */
  garbage?: string;
  /** A complete body of any type, with status 200. */
  page?: string;
}

export interface Recorded {
  path: string;
  headers: IncomingMessage['headers'];
  /** The body as it was sent: `model`, `messages`, `tools`, `temperature`, `response_format`. */
  body: JsonObject;
  /** Resolves when the client disconnects before the end of the answer; otherwise never. */
  closed: Promise<void>;
  /** The characters of a flood that were sent: those that the client has read, and those in socket buffers. */
  sent: number;
}

type Playing = Play | ((body: JsonObject) => Play);

export interface ModelServer {
  /** Including `/v1`. */
  url: string;
  requests: Recorded[];
  /** Plans the answers to the next requests, in order. */
  plan(...plays: Playing[]): void;
  /** The answer where none is planned; by default it repeats the message of the user. */
  always(play: Playing): void;
  /** The system message of the last request, or of the one at an index. */
  system(at?: number): string;
  /** Clears the requests and the plans. */
  reset(): void;
  close(): Promise<void>;
}

export const environmentOf = ({ url }: ModelServer): Record<string, string> => ({
  PARLANCE_OPENAI_BASE_URL: url,
  PARLANCE_DEFAULT_MODEL: 'openai/recorder',
});

const repeat = (body: JsonObject): Play => ({ say: `Heard: ${lastWords(body)}` });

/** The server is closed after the tests of the file. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: Recorded[] = [];
  let plans: Playing[] = [];
  let otherwise: Playing = repeat;
  const server = createServer((request, response) => {
    void receive(request, response).catch(() => response.destroy());
  });

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === '/v1/models')
      return respond(response, 200, { object: 'list', data: [{ id: 'recorder', object: 'model', owned_by: 'tests' }] });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method !== 'POST' || path !== '/v1/chat/completions')
      return respond(response, 404, { error: { message: `Nothing is at ${path}.`, type: 'invalid_request_error' } });
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject;
    const closed = new Promise<void>((resolve) => {
      response.on('close', () => {
        if (!response.writableEnded) resolve();
      });
    });
    const recorded: Recorded = { path, headers: request.headers, body, closed, sent: 0 };
    requests.push(recorded);
    const next = plans.shift() ?? otherwise;
    await perform(response, recorded, typeof next === 'function' ? next(body) : next);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  after(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    plan: (...plays) => void plans.push(...plays),
    always: (play) => {
      otherwise = play;
    },
    system(at = -1) {
      const messages = (requests.at(at)?.body['messages'] ?? []) as JsonObject[];
      return String(messages.find(({ role }) => role === 'system')?.['content'] ?? '');
    },
    reset() {
      requests.length = 0;
      plans = [];
      otherwise = repeat;
    },
    close,
  };
}

const FLOOD = 'and so on '.repeat(400);
const STAMP = { id: 'chatcmpl-1', created: 1_700_000_000 };

async function perform(response: ServerResponse, recorded: Recorded, play: Play): Promise<void> {
  const { body } = recorded;
  if (play.delayMs !== undefined) await sleep(play.delayMs);
  if (play.stall === 'silent') return;
  if (play.status !== undefined) {
    if (play.retryAfter !== undefined) response.setHeader('retry-after', play.retryAfter);
    return respond(response, play.status, {
      error: play.error ?? { message: `Status ${play.status}.`, type: 'error', code: null },
    });
  }
  if (play.page !== undefined) return void response.writeHead(200, { 'content-type': 'text/html' }).end(play.page);
  const texts = [play.say ?? [], play.json === undefined ? [] : JSON.stringify(play.json)].flat();
  const usage = {
    prompt_tokens: play.usage?.input ?? 11,
    completion_tokens: play.usage?.output ?? 7,
    total_tokens: (play.usage?.input ?? 11) + (play.usage?.output ?? 7),
  };
  const calls = (play.calls ?? []).map(({ id, name, input }, index) => ({
    index,
    id: id ?? `call_${index + 1}`,
    type: 'function',
    function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  }));
  const finish = play.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop');
  const model = body['model'];
  if (body['stream'] !== true) {
    const message = {
      role: 'assistant',
      content: texts.join('') || null,
      ...(calls.length > 0 && { tool_calls: calls.map(({ index: _, ...call }) => call) }),
    };
    const choices = [{ index: 0, message, finish_reason: finish }];
    return respond(response, 200, { ...STAMP, object: 'chat.completion', model, choices, usage });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const send = (data: string) => response.write(`data: ${data}\n\n`);
  const chunk = (delta: JsonObject, reason: string | null = null) => {
    const choices = [{ index: 0, delta, finish_reason: reason }];
    send(JSON.stringify({ ...STAMP, object: 'chat.completion.chunk', model, choices }));
  };
  if (play.stall === undefined || texts.length > 0) chunk({ role: 'assistant', content: '' });
  for (const [at, text] of texts.entries()) {
    if (at > 0 && play.betweenMs !== undefined) await sleep(play.betweenMs);
    chunk({ content: text });
  }
  while (recorded.sent < (play.flood ?? 0) && !response.destroyed) {
    const piece = FLOOD.slice(0, (play.flood ?? 0) - recorded.sent);
    chunk({ content: piece });
    recorded.sent += piece.length;
    if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), recorded.closed]);
  }
  for (const call of calls) {
    const { name, arguments: written } = call.function;
    // The arguments are sent in two pieces, as providers do.
    const half = Math.ceil(written.length / 2);
    chunk({ tool_calls: [{ ...call, function: { name, arguments: written.slice(0, half) } }] });
    if (half < written.length)
      chunk({ tool_calls: [{ index: call.index, function: { arguments: written.slice(half) } }] });
  }
  if (play.garbage !== undefined) send(play.garbage);
  if (play.stall) return;
  if (play.cut === 'torn') {
    // The text must be sent before the connection breaks.
    await sleep(20);
    return void response.destroy();
  }
  if (play.cut === 'ended') return void response.end();
  chunk({}, finish);
  const options = body['stream_options'] as JsonObject | undefined;
  if (options?.['include_usage'] === true)
    send(JSON.stringify({ ...STAMP, object: 'chat.completion.chunk', model, choices: [], usage }));
  response.end('data: [DONE]\n\n');
}

function respond(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function lastWords({ messages }: JsonObject): string {
  const last = (messages as JsonObject[]).findLast(({ role }) => role === 'user')?.['content'];
  if (Array.isArray(last)) return last.map((part) => String((part as JsonObject)['text'] ?? '')).join('');
  return String(last ?? '');
}
