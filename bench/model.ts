/**
 * A model server with a fixed rate, on the loopback: OpenAI's chat completions as a stream. It sends the first piece of an
 * answer at once, so the time to the first piece measures everything but the model. It answers `FLOOD` as fast as the
 * client reads.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from './children.ts';

export type Question = { gapMs: number; pieces: number } | 'count';
export interface Answer {
  port: number;
  /** The most answers that were open at the same time since the last count. */
  maxOpen: number;
  /** The floods that are open, and the megabytes of text that all floods together have sent. */
  floods: number;
  floodedMb: number;
}

export const FLOOD = 'Tell me everything.';
/** The text of every piece, and of nothing else in the stream. */
export const TICK = 'tick';
export const FLOOD_MB = 64;
const PIECE_BYTES = 4096;

let rate = { gapMs: 500, pieces: 12 };
let open = 0;
let maxOpen = 0;
let floods = 0;
let flooded = 0;

const chunk = (delta: object, reason: string | null = null): string =>
  event({ choices: [{ index: 0, delta, finish_reason: reason }] });
const event = (facts: object): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', ...facts })}\n\n`;
const FIRST = chunk({ role: 'assistant', content: '' });
const PIECE = chunk({ content: `${TICK} ` });
const LAST = `${chunk({}, 'stop')}${event({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } })}data: [DONE]\n\n`;
const LONG_PIECE = chunk({ content: `${TICK} `.repeat(PIECE_BYTES / (TICK.length + 1)) });

async function steady(response: ServerResponse): Promise<void> {
  response.write(FIRST + PIECE);
  for (let piece = 1; piece < rate.pieces && !response.destroyed; piece += 1) {
    await sleep(rate.gapMs);
    response.write(PIECE);
  }
  response.end(LAST);
}

async function flood(response: ServerResponse): Promise<void> {
  floods += 1;
  const disconnected = new AbortController();
  response.on('close', () => {
    floods -= 1;
    disconnected.abort();
  });
  response.write(FIRST);
  for (let sent = 0; sent < FLOOD_MB * 2 ** 20 && !disconnected.signal.aborted; sent += PIECE_BYTES) {
    flooded += PIECE_BYTES;
    if (!response.write(LONG_PIECE)) await once(response, 'drain', { signal: disconnected.signal }).catch(() => {});
  }
  response.end(LAST);
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  open += 1;
  maxOpen = Math.max(maxOpen, open);
  response.on('close', () => {
    open -= 1;
  });
  await (text.includes(FLOOD) ? flood(response) : steady(response));
});

function count(): Answer {
  const { port } = server.address() as AddressInfo;
  const answer = { port, maxOpen, floods, floodedMb: flooded / 2 ** 20 };
  maxOpen = open;
  return answer;
}

// Other files import the constants above; the server runs only where this file is the main module.
if (import.meta.main) {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  answerQuestions<Question, Answer>(
    (question) => {
      if (question !== 'count') rate = question;
      return count();
    },
    () => server.closeAllConnections(),
  );
}
