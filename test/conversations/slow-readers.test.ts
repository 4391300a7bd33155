/**
 * Clients that read nothing, and clients that die: the memory that the server holds for them does not grow with the
 * answer of the model. The tests count characters and bytes, which are the same in every run.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_ANSWER_CHARACTERS } from '../../src/conversations/session.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';

const server = await startModelServer();
const parlance = await openTestServer(environmentOf(server));
const CLIENTS = 25;
const MEGABYTE = 2 ** 20;
let port = 0;
before(async () => {
  await parlance.app.http.listen({ host: '127.0.0.1', port: 0 });
  port = (parlance.app.http.server.address() as AddressInfo).port;
});
after(() => parlance.app.http.server.closeAllConnections());
beforeEach(() => server.reset());

async function startConversation(tenant: Tenant, agentId: string): Promise<string> {
  const { body } = await tenant.ask('native', 'POST', '/conversations', { body: { agentId } });
  return `/conversations/${body['id']}`;
}

async function conversations(count = CLIENTS): Promise<{ tenant: Tenant; paths: string[] }> {
  const tenant = await parlance.workspace();
  const { body } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ana' } });
  return {
    tenant,
    paths: await Promise.all(Array.from({ length: count }, () => startConversation(tenant, String(body['id'])))),
  };
}

const asking = (tenant: Tenant, path: string): string => {
  const body = JSON.stringify({ content: 'Tell me everything.', stream: true });
  const lines = [
    `POST /v1${path}/messages HTTP/1.1`,
    'Host: parlance',
    `Authorization: Bearer ${tenant.keys.native}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
};

/** A client that sends a request and reads nothing. */
function silent(tenant: Tenant, path: string): Socket {
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => {});
  socket.write(asking(tenant, path));
  return socket;
}

const messagesOf = async (tenant: Tenant, path: string): Promise<JsonObject[]> =>
  (await tenant.ask('native', 'GET', `${path}/messages`)).body['data'] as JsonObject[];
const answerIn = async (tenant: Tenant, path: string): Promise<JsonObject | undefined> =>
  (await messagesOf(tenant, path)).find(({ role }) => role === 'assistant');

async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  for (let look = 0; look < 400; look += 1) {
    if (await done()) return;
    await sleep(25);
  }
  assert.fail('It did not come to pass.');
}

test('an endless answer stops at the limit, whether the client reads or not', async () => {
  const { tenant, paths } = await conversations();
  server.always({ flood: 64 * MEGABYTE });
  const sockets = paths.map((path) => silent(tenant, path));
  await until(async () => (await Promise.all(paths.map((path) => answerIn(tenant, path)))).every(Boolean));
  for (const path of paths) {
    const answer = await answerIn(tenant, path);
    assert.deepEqual([String(answer?.['content']).length, answer?.['failed']], [MAX_ANSWER_CHARACTERS, true]);
  }
  // The rest is in socket buffers of the operating system.
  const most = Math.max(...server.requests.map((one) => one.sent));
  assert.ok(most < 16 * MEGABYTE, `${most} characters of ${64 * MEGABYTE} were taken`);
  await Promise.all(server.requests.map(({ closed }) => closed));
  for (const socket of sockets) socket.destroy();
  server.always({ say: 'Yes.' });
  const next = await tenant.ask('native', 'POST', `${paths[0]}/messages`, { body: { content: 'Still there?' } });
  assert.equal((next.body['messages'] as JsonObject[]).at(-1)?.['content'], 'Yes.');
});

/** The server's end of a connection, without socket buffers, whose client reads only on request. */
class Held extends Duplex {
  received = '';
  #reading = false;
  #waiting: { piece: string; taken: () => void } | undefined;
  constructor(first: string) {
    super();
    this.push(first);
  }
  override _read(): void {}
  override _write(piece: Buffer, _encoding: string, taken: () => void): void {
    const text = piece.toString('utf8');
    if (this.#reading) this.#take(text, taken);
    else this.#waiting = { piece: text, taken };
  }
  #take(text: string, taken: () => void): void {
    this.received += text;
    setImmediate(taken);
  }
  readOn(): void {
    this.#reading = true;
    if (this.#waiting) this.#take(this.#waiting.piece, this.#waiting.taken);
    this.#waiting = undefined;
  }
}

test('while a client reads nothing its model is paused, and nothing is lost when it reads on', async () => {
  const { tenant, paths } = await conversations();
  const length = 200_000;
  server.always({ flood: length });
  const clients = paths.map((path) => new Held(asking(tenant, path)));
  for (const client of clients) parlance.app.http.server.emit('connection', client);
  await until(() => server.requests.length === CLIENTS && clients.every((client) => client.writableLength > 0));
  let before = -1;
  const held = () => clients.reduce((sum, client) => sum + client.writableLength, 0);
  for (let now = held(); now !== before; now = held()) {
    before = now;
    await sleep(200);
  }
  const most = Math.max(...clients.map((client) => client.writableLength));
  assert.ok(most <= 96 * 1024, `${most} bytes are held for one client`);
  for (const path of paths) assert.equal(await answerIn(tenant, path), undefined, 'its turn goes on');
  for (const client of clients) client.readOn();
  await until(() => clients.every((client) => client.received.includes('event: done')));
  for (const path of paths) {
    const answer = await answerIn(tenant, path);
    assert.deepEqual([String(answer?.['content']).length, answer?.['failed']], [length, undefined]);
  }
});

test('a client that dies aborts its model, and its conversation stays open', async () => {
  const { tenant, paths } = await conversations();
  server.always({ say: ['Once upon ', 'a time '], stall: true });
  const dying = await Promise.all(
    paths.map(
      (path) =>
        new Promise<IncomingMessage>((resolve, reject) => {
          const facts = { host: '127.0.0.1', port, path: `/v1${path}/messages`, method: 'POST', agent: false };
          const headers = { authorization: `Bearer ${tenant.keys.native}`, 'content-type': 'application/json' };
          const sent = request({ ...facts, headers }, resolve).on('error', reject);
          sent.end(JSON.stringify({ content: 'A story!', stream: true }));
        }),
    ),
  );
  await until(() => server.requests.length === CLIENTS);
  for (const response of dying) {
    response.on('error', () => {});
    response.socket.resetAndDestroy();
  }
  await Promise.all(server.requests.map(({ closed }) => closed));
  server.always({ say: 'Yes?' });
  for (const path of paths) {
    const { status } = await tenant.ask('native', 'POST', `${path}/messages`, { body: { content: 'Hello?' } });
    assert.equal(status, 200);
    const texts = (await messagesOf(tenant, path)).map(({ content }) => content);
    assert.deepEqual([texts[0], ...texts.slice(-2)], ['A story!', 'Hello?', 'Yes?']);
  }
});
