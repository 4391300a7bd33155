/** The client of the streams: sends requests, and measures the time to the first piece of each answer. */
import { type Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as model from './model.ts';

export interface StreamRequest {
  port: number;
  path: string;
  headers?: Record<string, string>;
  body: object;
  /** Keeps the connection for later requests; without it each request opens a new one. */
  agent?: Agent;
}

/** The time between two direct requests to the model while the streams through Parlance are open. */
const PROBE_MS = 50;

/**
 * Starts the streams evenly over `overMs`, and each again when it has ended. A small shift of each keeps the pieces of
 * different streams apart. Returns the times of every round.
 */
export async function rounds(requests: readonly StreamRequest[], overMs: number, count: number): Promise<number[][]> {
  const times: number[][] = Array.from({ length: count }, () => []);
  const stream = async (one: StreamRequest, index: number): Promise<void> => {
    await sleep(((index + ((index * GOLDEN) % 1)) * overMs) / requests.length);
    for (const round of times) round.push(await firstPiece(one));
  };
  await Promise.all(requests.map(stream));
  return times;
}
const GOLDEN = 0.618_034;

/** Sends a request every `PROBE_MS` and disconnects after its first piece. `stop` returns the times. */
export function probes(probe: StreamRequest): { stop(): Promise<number[]> } {
  const times: Promise<number>[] = [];
  const timer = setInterval(() => times.push(firstPiece(probe, true)), PROBE_MS);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(times);
    },
  };
}

/** The time to the first piece. Resolves when the stream has ended; with `disconnects`, at the first piece. */
function firstPiece(one: StreamRequest, disconnects = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let first: number | undefined;
    let received = '';
    const sent = send(one, reject).on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (first !== undefined) return;
        received += text;
        if (!received.includes(model.TICK)) return;
        first = performance.now() - startedAt;
        if (!disconnects) return;
        resolve(first);
        sent.destroy();
      });
      response.on('error', reject);
      response.on('end', () => {
        if (first === undefined)
          reject(new Error(`A stream ended without a piece: ${response.statusCode} ${received}`));
        else resolve(first);
      });
    });
  });
}

export function answerTo(one: StreamRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    send(one, reject).on('response', async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      if (response.statusCode === 201) resolve(text);
      else reject(new Error(`The server answered an error: ${response.statusCode} ${text}`));
    });
  });
}

export function send(
  { port, path, headers, body, agent }: StreamRequest,
  onError: (error: Error) => void,
): ClientRequest {
  const text = JSON.stringify(body);
  const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    agent: agent ?? false,
    headers: { ...headers, ...type },
  });
  sent.on('error', onError);
  sent.end(text);
  return sent;
}
