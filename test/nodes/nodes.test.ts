/** Two nodes on one database: requests to one node reach the calls and the event streams of the other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { openStore, type Store } from '../../src/stores.ts';
import { createClock } from '../clock.ts';
import { BASES, openTestServer, type Tenant } from '../harness.ts';
import { queryDatabase as askDatabase, newDatabase, ownDatabase } from '../stores/database.ts';
import { onlyOnPostgres } from '../stores/workspace.ts';

const databaseUrl = await ownDatabase();
const OPEN = '2026-03-02T15:00:00.000Z';
const STAYS = '+442071838700';
const NEVER_ANSWERS = '+442071838702';

/** One node carries the calls; the other one gets the requests and knows the calls from the database. */
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
  const viaOther = other.admit(tenant);
  const until = (time: string) => clock.run(new Date(time), { idle: () => dialer.quiet() });
  const agentId = await create(tenant, '/agents', {
    name: 'Ana',
    profiles: { '@default': { greeting: { text: 'Good day.' } } },
  });
  const call = (phone: string, facts: JsonObject = {}) =>
    create(tenant, '/calls', { agentId, contact: { phone }, ...facts });
  const attemptOf = async (id: string) => {
    const { body } = await tenant.ask('native', 'GET', `/calls/${id}`);
    return (body['attempts'] as { id: string; status: string; endReason: string }[]).at(-1)!;
  };
  return {
    tenant,
    viaOther,
    until,
    agentId,
    call,
    attemptOf,
    callOf: (id: string) => tenant.ask('native', 'GET', `/calls/${id}`),
    listen: () => other.app.http.listen({ port: 0, host: '127.0.0.1' }),
    spoken: async (id: string) =>
      carrier.received((await attemptOf(id)).id).flatMap((item) => ('text' in item ? [item.text] : [])),
  };
}

async function create(tenant: Tenant, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('native', 'POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
  return String(answer.body['id']);
}

/** Messages between nodes take real time. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'the condition never held');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a call that another node carries', onlyOnPostgres, () => {
  test('gets context that another node receives', async () => {
    const { viaOther, until, call, spoken, callOf } = await twoNodes();
    const id = await call(STAYS);
    await until('2026-03-02T15:00:08.000Z');
    const before = (await spoken(id)).length;
    const injected = await viaOther.ask('native', 'POST', `/calls/${id}/context`, {
      body: { text: 'The shop closes early.', urgency: 'immediate' },
    });
    assert.equal(injected.status, 204, injected.text);
    await eventually(async () => (await spoken(id)).length > before);
    await viaOther.ask('native', 'POST', `/calls/${id}/cancel`);
    await eventually(async () => (await callOf(id)).body['endedAt'] !== null);
  });

  test('is cancelled from another node, while connected and while ringing, and not tried again', async () => {
    const { tenant, viaOther, until, call, callOf, attemptOf } = await twoNodes();
    const [connected, ringing] = [await call(STAYS), await call(NEVER_ANSWERS)];
    await until('2026-03-02T15:00:08.000Z');
    for (const [id, status] of [
      [connected, 'in_progress'],
      [ringing, 'dialing'],
    ] as const) {
      assert.equal((await callOf(id)).body['status'], status);
      const answer = await viaOther.ask('native', 'POST', `/calls/${id}/cancel`);
      assert.equal(answer.status, 200, answer.text);
      await eventually(async () => (await callOf(id)).body['endedAt'] !== null);
    }
    assert.deepEqual(
      [(await callOf(connected)).body['status'], (await callOf(ringing)).body['status']],
      ['completed', 'cancelled'],
    );
    assert.equal((await attemptOf(ringing)).endReason, 'A client cancelled the call');
    // A manual attempt after a conversation: cancelling ends the ringing, not the earlier conversation.
    assert.equal((await tenant.ask('native', 'POST', `/calls/${connected}/attempts`)).status, 200);
    await until('2026-03-02T15:00:10.000Z');
    assert.equal((await callOf(connected)).body['status'], 'dialing');
    await viaOther.ask('native', 'POST', `/calls/${connected}/cancel`);
    await eventually(async () => (await callOf(connected)).body['endedAt'] !== null);
    assert.equal((await attemptOf(connected)).endReason, 'A client cancelled the call');
    await until('2026-03-03T15:00:00.000Z');
    assert.equal(((await callOf(ringing)).body['attempts'] as JsonObject[]).length, 1);
  });
});

describe('a stream of events', onlyOnPostgres, () => {
  test('delivers the events of other nodes in order', async () => {
    const { tenant, viaOther, listen } = await twoNodes();
    const url = await listen();
    const stream = await fetch(`${url}${BASES.agntix}/v1/chat/events/stream`, {
      headers: { 'x-api-key': viaOther.keys.agntix },
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = String((await reader.read()).value);
    assert.match(text, /event: heartbeat/);
    const agent = { fullName: 'Ana', description: 'Helps', role: 'You help.' };
    const { body: created } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', { body: agent });
    const started = await tenant.ask('native', 'POST', '/conversations', { body: { agentId: created['id'] } });
    const id = String(started.body['id']);
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

describe('messages between nodes', onlyOnPostgres, () => {
  const open = (url: string): Promise<Store> =>
    openStore({ databaseUrl: url, dataDirectory: 'unused' }, () => new Date());
  const listening = async (store: Store) => {
    const messages: string[] = [];
    await store.engine.notices!.listen('calls', (message) => messages.push(message));
    return messages;
  };

  test('reach the other nodes and not the sender, and again after a lost connection', async (t) => {
    const url = await newDatabase();
    const [one, two] = await Promise.all([open(url), open(url)]);
    t.after(() => Promise.all([one.close(), two.close()]));
    const [here, there] = [await listening(one), await listening(two)];
    await one.engine.notices!.notify('calls', 'a "word"');
    await two.engine.notices!.notify('conversations', 'on another channel');
    await eventually(async () => there.length > 0);
    assert.deepEqual([here, there], [[], ['a "word"']]);

    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = $1";
    const { length } = await askDatabase(cut, [new URL(url).pathname.slice(1)]);
    assert.equal(length, 2);
    await eventually(async () => {
      await one.engine.notices!.notify('calls', 'again');
      return there.includes('again');
    });
    assert.deepEqual(here, []);
  });
});
