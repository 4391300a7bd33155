/**
 * A model at a fixed rate: OpenAI's chat completions as a stream, on the loopback. The first piece of an answer comes at
 * once, so that the time to it is what everybody else needs. To `FLOOD` it answers as fast as it is taken from it.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answering } from './children.ts';

export type Question = { gapMs: number; pieces: number } | 'count';
export interface Answer {
  port: number;
  /** The most answers that were under way at once since the last count. */
  most: number;
  /** Floods that are under way, and the megabytes of text that all of them together have said. */
  floods: number;
  floodedMb: number;
}

export const FLOOD = 'Tell me everything.';
/** In every piece of an answer and in nothing else that travels with one. */
export const TICK = 'tick';
export const FLOOD_MB = 64;
const PIECE_BYTES = 4096;

let rate = { gapMs: 500, pieces: 12 };
let open = 0;
let most = 0;
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
  const gone = new AbortController();
  response.on('close', () => {
    floods -= 1;
    gone.abort();
  });
  response.write(FIRST);
  for (let said = 0; said < FLOOD_MB * 2 ** 20 && !gone.signal.aborted; said += PIECE_BYTES) {
    flooded += PIECE_BYTES;
    if (!response.write(LONG_PIECE)) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
  }
  response.end(LAST);
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  open += 1;
  most = Math.max(most, open);
  response.on('close', () => {
    open -= 1;
  });
  await (text.includes(FLOOD) ? flood(response) : steady(response));
});

function count(): Answer {
  const { port } = server.address() as AddressInfo;
  const answer = { port, most, floods, floodedMb: flooded / 2 ** 20 };
  most = open;
  return answer;
}

/** Only as a process of its own: whoever wants the words above imports the file as well. */
if (import.meta.main) {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  answering<Question, Answer>(
    (question) => {
      if (question !== 'count') rate = question;
      return count();
    },
    () => server.closeAllConnections(),
  );
}
