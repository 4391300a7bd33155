/**
 * The load generator: keep-alive sockets with one request each. It shares the machine with the server, so it only writes
 * prepared bytes and looks for the end of each answer.
 */
import { connect, type Socket } from 'node:net';
import { answerQuestions } from './children.ts';
import { type Run, runOf } from './figures.ts';
import type { Target } from './server.ts';
import { UPDATES } from './updates.ts';

export interface Question {
  port: number;
  target: Target;
  agents: number;
  connections: number;
  milliseconds: number;
}
export interface Answer extends Run {
  /** The body of one success, which the echo server answers. */
  body: string;
}

let count = 0;

async function run({ port, target, agents, connections, milliseconds }: Question): Promise<Answer> {
  const request = requestsTo(target, agents);
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port)));
  const latencies: number[] = [];
  const startedAt = performance.now();
  const end = startedAt + milliseconds;
  const bodies = await Promise.all(sockets.map((socket) => drive(socket, request, end, latencies)));
  const elapsed = performance.now() - startedAt;
  for (const socket of sockets) socket.destroy();
  return { ...runOf(latencies, elapsed), body: bodies[0]! };
}

function requestsTo({ dialect, prefix, key }: Target, agents: number): () => string {
  const { method, path, body, header } = UPDATES[dialect];
  const headers = `HTTP/1.1\r\nhost: 127.0.0.1\r\n${header(key)}\r\ncontent-type: application/json\r\ncontent-length: `;
  return () => {
    count += 1;
    const text = JSON.stringify(body(count));
    const index = Math.floor(Math.random() * agents);
    return `${method} ${prefix}${path(index)} ${headers}${text.length}\r\n\r\n${text}`;
  };
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends one request after the other until `end`. Returns the last body. */
function drive(socket: Socket, request: () => string, end: number, latencies: number[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let sentAt = performance.now();
    let received: Buffer | undefined;
    const send = () => socket.write(request(), 'latin1');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The server closed a connection during the measurement.')));
    socket.on('data', (chunk: Buffer) => {
      received = received ? Buffer.concat([received, chunk]) : chunk;
      const body = bodyAt(received);
      if (body < 0) return;
      if (received[9] !== 0x32) {
        reject(new Error(`The server answered an error: ${received.toString('utf8')}`));
        return;
      }
      const now = performance.now();
      latencies.push(now - sentAt);
      if (now >= end) {
        resolve(received.toString('utf8', body));
        return;
      }
      received = undefined;
      sentAt = now;
      send();
    });
    send();
  });
}

/** The index of the body in a complete answer; -1 while the answer is not complete. */
function bodyAt(answer: Buffer): number {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return -1;
  const head = answer.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  // A success without a body, such as 204.
  const body = headEnd + 4;
  return answer.length >= body + Number(length ?? 0) ? body : -1;
}

answerQuestions(run);
