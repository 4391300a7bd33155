/**
 * The load: keep-alive sockets, each with one request under way. It shares the machine with what it measures, so it
 * writes bytes and counts bytes and does nothing else.
 */
import { connect, type Socket } from 'node:net';
import { answering } from './children.ts';
import { type Run, runOf } from './figures.ts';
import type { Door } from './server.ts';
import { UPDATES } from './updates.ts';

export interface Question {
  port: number;
  door: Door;
  agents: number;
  connections: number;
  milliseconds: number;
}
export interface Answer extends Run {
  /** The body of one success, for the echo. */
  body: string;
}

let count = 0;

async function run({ port, door, agents, connections, milliseconds }: Question): Promise<Answer> {
  const request = requestsTo(door, agents);
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port)));
  const latencies: number[] = [];
  const begun = performance.now();
  const end = begun + milliseconds;
  const bodies = await Promise.all(sockets.map((socket) => drive(socket, request, end, latencies)));
  const elapsed = performance.now() - begun;
  for (const socket of sockets) socket.destroy();
  return { ...runOf(latencies, elapsed), body: bodies[0]! };
}

function requestsTo({ dialect, prefix, key }: Door, agents: number): () => string {
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

/** One request after the other until the time is up; answers with the last body. */
function drive(socket: Socket, request: () => string, end: number, latencies: number[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let sent = performance.now();
    let held: Buffer | undefined;
    const send = () => socket.write(request(), 'latin1');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The server closed a connection.')));
    socket.on('data', (chunk: Buffer) => {
      held = held ? Buffer.concat([held, chunk]) : chunk;
      const body = bodyAt(held);
      if (body < 0) return;
      if (held[9] !== 0x32) {
        reject(new Error(`Not a success: ${held.toString('utf8')}`));
        return;
      }
      const now = performance.now();
      latencies.push(now - sent);
      if (now >= end) {
        resolve(held.toString('utf8', body));
        return;
      }
      held = undefined;
      sent = now;
      send();
    });
    send();
  });
}

/** Where the body of a complete answer begins; -1 while it is not complete. */
function bodyAt(answer: Buffer): number {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return -1;
  const head = answer.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  // A success without a body, such as 204.
  const body = headEnd + 4;
  return answer.length >= body + Number(length ?? 0) ? body : -1;
}

answering(run);
