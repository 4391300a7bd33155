/** Requests to URLs that users configure: where they may go, and what is read of the answer. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createOutgoingHttp, type Resolve, TargetError } from '../../src/lib/outgoing-http.ts';
import {
  chainEntries,
  logOf,
  newAgent,
  newClock,
  newWebhook,
  openReceiver,
  openSendingServer,
  ownDatabase,
  type Receiver,
} from './receiver.ts';

const REFUSED = 'The address is not public; PARLANCE_ALLOW_PRIVATE_TARGETS=1 allows private addresses.';
const leadsTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const request = (url: string, facts = {}) => ({
  ...{ method: 'POST', url, headers: {}, body: '{}', timeoutMs: 5000, maxBytes: 1000 },
  ...facts,
});

test('a private IP address in a URL is refused before anything is sent', async () => {
  const receiver = await openReceiver();
  const send = createOutgoingHttp({ allowPrivateTargets: false });
  const { port } = new URL(receiver.url);
  // Loopback in every form that a URL allows.
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0',
  ])
    await assert.rejects(send(request(`http://${host}:${port}/`)), new TargetError(REFUSED), host);
  await assert.rejects(send(request('http://169.254.169.254/latest/meta-data')), new TargetError(REFUSED));
  assert.deepEqual(receiver.received, []);
});

test('a host name is checked by its addresses at the time of connecting', async () => {
  const receiver = await openReceiver();
  const { port } = new URL(receiver.url);
  const url = `http://hooks.example.com:${port}/`;
  for (const addresses of [['127.0.0.1'], ['10.0.0.8'], ['::1'], ['93.184.215.14', '127.0.0.1'], ['::ffff:7f00:1']]) {
    const send = createOutgoingHttp({ allowPrivateTargets: false, resolve: leadsTo(...addresses) });
    await assert.rejects(send(request(url)), new TargetError(REFUSED), addresses.join());
  }
  assert.deepEqual(receiver.received, []);
  const allowed = createOutgoingHttp({ allowPrivateTargets: true, resolve: leadsTo('127.0.0.1') });
  assert.equal((await allowed(request(url))).status, 204);
  assert.equal((receiver.received as Receiver['received'])[0]!.headers.host, `hooks.example.com:${port}`);
});

test('the system resolver is used, and a name without an address is reported', async () => {
  const send = createOutgoingHttp({ allowPrivateTargets: false });
  await assert.rejects(send(request('http://localhost/')), new TargetError(REFUSED));
  const empty = createOutgoingHttp({ allowPrivateTargets: false, resolve: leadsTo() });
  await assert.rejects(empty(request('http://hooks.example.com/')), new TargetError('The host name has no address.'));
  const lost = createOutgoingHttp({
    allowPrivateTargets: false,
    resolve: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })),
  });
  await assert.rejects(lost(request('http://hooks.example.com/')), new TargetError('The host name has no address.'));
});

test('only http and https URLs are accepted', async () => {
  const send = createOutgoingHttp({ allowPrivateTargets: true });
  for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'nonsense', 'gopher://127.0.0.1:25/'])
    await assert.rejects(send(request(url)), TargetError, url);
});

test('the timeout includes the lookup of the name', async () => {
  const send = createOutgoingHttp({ allowPrivateTargets: true, resolve: () => new Promise(() => {}) });
  const late = send(request('http://hooks.example.com/', { timeoutMs: 30 }));
  await assert.rejects(late, new TargetError('There was no answer within 30 ms.', true));
});

test('long, broken and slow answers are cut and reported as incomplete', async () => {
  const bodies: Record<string, (response: import('node:http').ServerResponse) => void> = {
    '/whole': (response) => response.end('whole'),
    '/long': (response) => response.end('x'.repeat(100_000)),
    '/broken': (response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => response.destroy());
    },
    '/slow': (response) => response.writeHead(200).write('start'),
  };
  const server = createServer((incoming, response) => bodies[incoming.url ?? '']?.(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = createOutgoingHttp({ allowPrivateTargets: true });
  const answers = await Promise.all(
    Object.keys(bodies).map((path) => send(request(base + path, { maxBytes: 10, timeoutMs: 300 }))),
  );
  assert.deepEqual(
    answers.map(({ status, body, complete }) => [status, body.toString(), complete]),
    [
      [200, 'whole', true],
      [200, 'xxxxxxxxxx', false],
      [200, 'half', false],
      [200, 'start', false],
    ],
  );
});

test('a delivery to a name with a private address fails, and the log says so', async () => {
  const clock = newClock();
  const parlance = await openSendingServer(
    { ...(await ownDatabase()), PARLANCE_ALLOW_PRIVATE_TARGETS: '0' },
    { now: clock.now, resolve: leadsTo('192.168.0.10') },
  );
  const tenant = await parlance.workspace();
  const receiver = await openReceiver();
  const webhooks = [await newWebhook(tenant, 'https://hooks.example.com/'), await newWebhook(tenant, receiver.url)];
  await newAgent(tenant);
  await chainEntries(parlance, tenant);
  await parlance.app.services.outbox.tick();
  for (const { id } of webhooks) {
    const [logged] = await logOf(tenant, id);
    assert.deepEqual([logged!.state, logged!.error], ['waiting', REFUSED]);
  }
  assert.deepEqual(receiver.received, []);
});
