/** Two nodes on one database: whoever is asked, it is heard where the conversation is watched and where the call is carried. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { openStore, type Store } from '../../src/stores.ts';
import { createClock } from '../clock.ts';
import { BASES, openTestServer, type Tenant } from '../harness.ts';
import { ask as askDatabase, newDatabase, ownDatabase } from '../stores/database.ts';
import { onlyOnPostgres } from '../stores/workspace.ts';

const databaseUrl = await ownDatabase();
const OPEN = '2026-03-02T15:00:00.000Z';
const STAYS = '+442071838700';
const NEVER_ANSWERS = '+442071838702';

/** One node carries calls; the other is asked, and knows them from the database alone. */
async function twoNodes() {
  const clock = createClock(OPEN);
  const { now, setTimer } = clock;
  const environment: Record<string, string> = databaseUrl ? { DATABASE_URL: databaseUrl } : {};
  const carrier = createSimulatedCarrier({ now, setTimer, newId: () => newId(now()) });
  const carrying = await openTestServer(environment, { now, telephony: { setTimer, carrier, pollMs: 60_000 } });
  const other = await openTestServer(environment, { now, telephony: { setTimer } });
  const { dialer } = carrying.app.services;
  dialer.start((error) => {
    throw error;
  });
  const tenant = await carrying.workspace();
  const there = other.admit(tenant);
  const until = (time: string) => clock.run(new Date(time), { idle: () => dialer.quiet() });
  const agentId = await made(tenant, '/agents', {
    name: 'Ana',
    profiles: { '@default': { greeting: { text: 'Good day.' } } },
  });
  const call = (phone: string, facts: JsonObject = {}) =>
    made(tenant, '/calls', { agentId, contact: { phone }, ...facts });
  const attemptOf = async (id: string) => {
    const { body } = await tenant.ask('native', 'GET', `/calls/${id}`);
    return (body['attempts'] as { id: string; status: string; endReason: string }[]).at(-1)!;
  };
  return {
    tenant,
    there,
    until,
    agentId,
    call,
    attemptOf,
    at: (id: string) => tenant.ask('native', 'GET', `/calls/${id}`),
    listen: () => other.app.http.listen({ port: 0, host: '127.0.0.1' }),
    heard: async (id: string) =>
      carrier.heard((await attemptOf(id)).id).flatMap((one) => ('words' in one ? [one.words] : [])),
  };
}

async function made(tenant: Tenant, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('native', 'POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
  return String(answer.body['id']);
}

/** What one node tells another takes the time that it takes. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a call that another node carries', onlyOnPostgres, () => {
  test('hears what its agent is told here', async () => {
    const { there, until, call, heard, at } = await twoNodes();
    const id = await call(STAYS);
    await until('2026-03-02T15:00:08.000Z');
    const before = (await heard(id)).length;
    const told = await there.ask('native', 'POST', `/calls/${id}/context`, {
      body: { text: 'The shop closes early.', urgency: 'immediate' },
    });
    assert.equal(told.status, 204, told.text);
    await eventually(async () => (await heard(id)).length > before);
    await there.ask('native', 'POST', `/calls/${id}/cancel`);
    await eventually(async () => (await at(id)).body['endedAt'] !== null);
  });

  test('is hung up on from here, while it is talked and while it rings, and not tried again', async () => {
    const { tenant, there, until, call, at, attemptOf } = await twoNodes();
    const [talked, ringing] = [await call(STAYS), await call(NEVER_ANSWERS)];
    await until('2026-03-02T15:00:08.000Z');
    for (const [id, status] of [
      [talked, 'in_progress'],
      [ringing, 'dialing'],
    ] as const) {
      assert.equal((await at(id)).body['status'], status);
      const answer = await there.ask('native', 'POST', `/calls/${id}/cancel`);
      assert.equal(answer.status, 200, answer.text);
      await eventually(async () => (await at(id)).body['endedAt'] !== null);
    }
    assert.deepEqual(
      [(await at(talked)).body['status'], (await at(ringing)).body['status']],
      ['completed', 'cancelled'],
    );
    assert.equal((await attemptOf(ringing)).endReason, 'A client cancelled the call');
    // Once more, after it was talked: it is the ringing that is ended, and not the talk of before.
    assert.equal((await tenant.ask('native', 'POST', `/calls/${talked}/attempts`)).status, 200);
    await until('2026-03-02T15:00:10.000Z');
    assert.equal((await at(talked)).body['status'], 'dialing');
    await there.ask('native', 'POST', `/calls/${talked}/cancel`);
    await eventually(async () => (await at(talked)).body['endedAt'] !== null);
    assert.equal((await attemptOf(talked)).endReason, 'A client cancelled the call');
    await until('2026-03-03T15:00:00.000Z');
    assert.equal(((await at(ringing)).body['attempts'] as JsonObject[]).length, 1);
  });
});

describe('a stream of events', onlyOnPostgres, () => {
  test('tells of what happens on other nodes, in the order in which it happened', async () => {
    const { tenant, there, listen } = await twoNodes();
    const at = await listen();
    const stream = await fetch(`${at}${BASES.agntix}/v1/chat/events/stream`, {
      headers: { 'x-api-key': there.keys.agntix },
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = String((await reader.read()).value);
    assert.match(text, /event: heartbeat/);
    const agent = { fullName: 'Ana', description: 'Helps', role: 'You help.' };
    const { body: made } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: agent });
    const begun = await tenant.ask('native', 'POST', '/conversations', { body: { agentId: made['id'] } });
    const id = String(begun.body['id']);
    await tenant.ask('native', 'POST', `/conversations/${id}/messages`, { body: { content: 'Hello' } });
    await tenant.ask('native', 'POST', `/conversations/${id}/end`);
    while (!/event: session\.ended\n.*\n/.test(text)) text += (await reader.read()).value;
    await reader.cancel();
    const names = [...text.matchAll(/event: (\S+)/g)].map(([, name]) => name).filter((name) => name !== 'heartbeat');
    assert.equal(names[0], 'session.started');
    assert.equal(names.at(-1), 'session.ended');
    assert.deepEqual(new Set(names.slice(1, -1)), new Set(['message.added']));
    assert.match(text, /Hello/);
  });
});

describe('words between nodes', onlyOnPostgres, () => {
  const open = (url: string): Promise<Store> =>
    openStore({ databaseUrl: url, dataDirectory: 'unused' }, () => new Date());
  const listening = async (store: Store) => {
    const words: string[] = [];
    await store.engine.notices!.listen('calls', (said) => words.push(said));
    return words;
  };

  test('reach the others and not the one who speaks, and again after the connection was cut', async (t) => {
    const url = await newDatabase();
    const [one, two] = await Promise.all([open(url), open(url)]);
    t.after(() => Promise.all([one.close(), two.close()]));
    const [here, there] = [await listening(one), await listening(two)];
    await one.engine.notices!.tell('calls', 'a "word"');
    await two.engine.notices!.tell('conversations', 'of something else');
    await eventually(async () => there.length > 0);
    assert.deepEqual([here, there], [[], ['a "word"']]);

    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = $1";
    const { length } = await askDatabase(cut, [new URL(url).pathname.slice(1)]);
    assert.equal(length, 2);
    await eventually(async () => {
      await one.engine.notices!.tell('calls', 'again');
      return there.includes('again');
    });
    assert.deepEqual(here, []);
  });
});
