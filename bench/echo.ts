/** The first limit: a plain `node:http` server that receives and answers the same bytes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './children.ts';

export interface Question {
  /** The body of every answer from now on. */
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

answerQuestions<Question, Answer>(
  (question) => {
    body = question.body;
    return { port: (server.address() as AddressInfo).port };
  },
  () => server.closeAllConnections(),
);
