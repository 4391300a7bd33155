/**
 * Kills the server twenty times while clients write. Every acknowledged change is stored, the hash chain of the audit log
 * is intact, and each webhook is delivered at least once. A repeated delivery has the id of the first one.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import type { Credentials } from '../../src/workspaces/first-start.ts';
import { type ServerProcess, serve } from '../stores/process.ts';

const ROUNDS = 20;
const WRITERS = 8;
const launcher = fileURLToPath(new URL('../../bin/parlance.js', import.meta.url));
const environment = { PARLANCE_ALLOW_PRIVATE_TARGETS: '1' };

interface Event {
  type: string;
  data: { agentId: string; revision: number };
}

/** Stores each delivery, and answers every seventh one with an error. */
async function receiver() {
  const received = new Map<string, Event>();
  const bodies: { headers: Record<string, string>; text: string }[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part;
    });
    request.on('end', () => {
      count += 1;
      if (count % 7 === 3) {
        response.writeHead(503).end();
        return;
      }
      received.set(String(request.headers['webhook-id']), JSON.parse(text) as Event);
      bodies.push({ headers: request.headers as Record<string, string>, text });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/hook`, received, bodies, close: () => server.close() };
}

test('killed twenty times under load, it loses nothing that it acknowledged', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-crash-'));
  const listener = await receiver();
  let server: ServerProcess = await serve(directory, environment);
  t.after(async () => {
    await server.end('SIGKILL');
    listener.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const { keys } = JSON.parse(readFileSync(join(directory, 'credentials.json'), 'utf8')) as Credentials;
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${keys.native}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  const hook = await ask('POST', '/webhooks', { url: listener.url, events: ['agent.updated'] });
  assert.equal(hook.status, 201, JSON.stringify(hook.body));
  const agents = await Promise.all(
    Array.from(
      { length: WRITERS },
      async (_, i) => (await ask('POST', '/agents', { name: `Agent ${i}` })).body['id'] as string,
    ),
  );
  /** The last acknowledged revision of each agent, and all acknowledged revisions. */
  const last = new Map(agents.map((id) => [id, 1]));
  const acknowledged: string[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    const enough = acknowledged.length + 10 + round * 3;
    let killed: Promise<void> | undefined;
    const write = async (id: string): Promise<void> => {
      for (;;) {
        const answer = await ask('PATCH', `/agents/${id}`, { metadata: { round, n: (last.get(id) ?? 0) + 1 } }).catch(
          () => undefined,
        );
        if (!answer) return;
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        last.set(id, Number(answer.body['revision']));
        acknowledged.push(`${id} ${answer.body['revision']}`);
        if (acknowledged.length >= enough) killed ??= server.end('SIGKILL');
        if (killed) return;
      }
    };
    await Promise.all(agents.map(write));
    await killed;
    server = await serve(directory, environment);
    for (const [id, revision] of last) {
      const { body } = await ask('GET', `/agents/${id}`);
      assert.ok(
        Number(body['revision']) >= revision,
        `round ${round}: ${id} is at ${body['revision']}, not ${revision}`,
      );
      // A write without an answer may be stored or not. The next round counts from the stored revision.
      last.set(id, Number(body['revision']));
    }
  }

  // Every acknowledged change is delivered. A failed delivery is retried later, so it is replayed here.
  const delivered = () =>
    new Set([...listener.received.values()].map(({ data }) => `${data.agentId} ${data.revision}`));
  const deadline = Date.now() + 60_000;
  while (acknowledged.some((change) => !delivered().has(change)) && Date.now() < deadline) {
    await replayFailed();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const missing = acknowledged.filter((change) => !delivered().has(change));
  assert.deepEqual(missing, [], `${missing.length} of ${acknowledged.length} changes were never delivered`);
  assert.ok(listener.bodies.length >= acknowledged.length);
  const secret = String(hook.body['secret']);
  for (const { headers, text } of listener.bodies.slice(-50)) new Webhook(secret).verify(text, headers);

  await server.end('SIGINT');
  const { stdout } = await promisify(execFile)(process.execPath, [launcher, 'audit', 'verify', '--data', directory]);
  assert.match(stdout, /intact/);

  /** Retries and leases take minutes. To save that time, this replays every delivery that has not arrived. */
  async function replayFailed(): Promise<void> {
    const log = `/webhooks/${hook.body['id']}/deliveries`;
    for (let cursor = ''; ; ) {
      const { body } = await ask('GET', `${log}?limit=200${cursor && `&cursor=${cursor}`}`);
      for (const { id, state } of body['data'] as { id: string; state: string }[])
        if (state !== 'delivered') await ask('POST', `${log}/${id}/replay`);
      if (body['nextCursor'] === null) return;
      cursor = String(body['nextCursor']);
    }
  }
});
