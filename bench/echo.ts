/** The first limit: what a bare `node:http` server does with the same bytes in and the same bytes out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering } from './children.ts';

export interface Question {
  /** What it answers from now on. */
  body: string;
}
export interface Answer {
  port: number;
}

let body = '';
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1');

answering<Question, Answer>(
  (question) => {
    body = question.body;
    return { port: (server.address() as AddressInfo).port };
  },
  () => server.closeAllConnections(),
);
