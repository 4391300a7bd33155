/** Calls in the native API, on a virtual clock: when they are made, and what clients may do with them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

/** A Monday; it is 06:00 in London. */
const clock = createClock('2026-03-02T06:00:00.000Z');
const { now, setTimer } = clock;
/** A dialer places the calls of every workspace, so it needs a database of its own. */
const databaseUrl = await ownDatabase();
const environment = databaseUrl ? { DATABASE_URL: databaseUrl } : undefined;
const parlance = await openTestServer(environment, { now, telephony: { setTimer, pollMs: 60_000 } });
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const idle = () => services.dialer.quiet();
const seconds = (count: number) => clock.advance(count * 1000, { idle });
const minutes = (count: number) => clock.advance(count * 60_000, { idle });
const until = (time: string) => clock.run(new Date(time), { idle });

const LONDON = '+442071838750';
const STAYS = '+442071838700';
const BUSY = '+442071838701';
const AT_LONDON = { timezone: 'Europe/London' };

const request = async (tenant: Tenant, status: number, method: string, path: string, body?: unknown) => {
  const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
  assert.equal(answer.status, status, `${method} ${path} answered ${answer.status} ${answer.text}`);
  return answer.body;
};
async function agentOf(tenant: Tenant, more: JsonObject = {}): Promise<string> {
  const profiles = { '@default': { name: 'Ada', greeting: { text: 'Hello, this is Ada.', speaker: 'agent' } } };
  return String((await request(tenant, 201, 'POST', '/agents', { name: 'Ada', profiles, ...more }))['id']);
}
const place = (tenant: Tenant, agentId: string, phone: string, more: JsonObject = {}) =>
  request(tenant, 201, 'POST', '/calls', { agentId, phone, ...more });
const read = (tenant: Tenant, { id }: JsonObject) => request(tenant, 200, 'GET', `/calls/${id}`);
const attemptsIn = (call: JsonObject) => call['attempts'] as JsonObject[];
/** Always open: the window does not decide in these tests. */
const OPEN = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '24:00' } };

test('a call waits until the window opens in its time zone, and says why and from which number it was made', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  await request(tenant, 201, 'POST', '/phone-numbers', { number: '+442079460900', provider: 'simulated' });
  const call = await place(tenant, agentId, LONDON, { contact: AT_LONDON, metadata: { ticket: 7 } });
  assert.deepEqual([call['status'], call['dueAt']], ['waiting', '2026-03-02T09:00:00.000Z']);
  assert.match(String(call['why']), /window \(09:00–17:00\) opens/);
  await until('2026-03-02T08:59:00Z');
  assert.equal((await read(tenant, call))['status'], 'waiting');
  await until('2026-03-02T09:05:00Z');
  const done = await read(tenant, call);
  assert.equal(done['status'], 'completed');
  assert.equal(done['dueAt'], null);
  assert.deepEqual(done['metadata'], { ticket: 7 });
  const [attempt] = attemptsIn(done);
  assert.deepEqual([attempt!['from'], attempt!['to'], attempt!['reason']], ['+442079460900', LONDON, 'first']);
  assert.deepEqual(Object.keys(attempt!['why'] as JsonObject), ['time', 'number']);
  assert.ok(String(attempt!['reservedAt']) >= '2026-03-02T09:00:00.000Z');
  const conversation = await request(tenant, 200, 'GET', `/conversations/${done['conversationId']}`);
  assert.equal(conversation['channel'], 'phone');
  const listed = await request(tenant, 200, 'GET', '/calls?status=completed');
  assert.deepEqual(listed['data'], [done]);
});

test('lists continue at a cursor, and search finds text of the transcript', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  for (const phone of ['+442071838751', '+442071838752', '+442071838753']) await place(tenant, agentId, phone);
  await minutes(5);
  const phones = ({ data }: JsonObject) => (data as JsonObject[]).map(({ phone }) => phone);
  const first = await request(tenant, 200, 'GET', '/calls?limit=2');
  assert.deepEqual(phones(first), ['+442071838753', '+442071838752']);
  const second = await request(tenant, 200, 'GET', `/calls?limit=2&cursor=${first['nextCursor']}`);
  assert.deepEqual([phones(second), second['nextCursor']], [['+442071838751'], null]);
  assert.equal(phones(await request(tenant, 200, 'GET', '/calls?search=this%20is%20ada')).length, 3);
  assert.equal(phones(await request(tenant, 200, 'GET', '/calls?search=elephant')).length, 0);
  await request(tenant, 400, 'GET', '/calls?cursor=nonsense');
});

test('a busy contact is retried by the rules; a client may request another attempt, and withdraw it', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: { ...OPEN, autoRetry: true, retrySchedule: [10] } });
  const call = await place(tenant, agentId, BUSY);
  await minutes(2);
  const waiting = await read(tenant, call);
  assert.deepEqual([waiting['status'], attemptsIn(waiting)[0]!['status']], ['waiting', 'busy']);
  assert.match(String(waiting['why']), /Retry 1 of 1/);
  await minutes(15);
  const ended = await read(tenant, call);
  assert.deepEqual([ended['status'], attemptsIn(ended).map(({ reason }) => reason)], ['busy', ['first', 'retry']]);
  const at = new Date(now().getTime() + 3_600_000).toISOString();
  const again = await request(tenant, 200, 'POST', `/calls/${call['id']}/attempts`, { at });
  assert.deepEqual([again['status'], again['dueAt'], again['again']], ['waiting', at, { at, reason: 'asked' }]);
  const withdrawn = await request(tenant, 200, 'DELETE', `/calls/${call['id']}/attempts`);
  assert.deepEqual([withdrawn['status'], withdrawn['again']], ['busy', null]);
  // A call without attempts keeps its first attempt.
  const fresh = await place(tenant, agentId, LONDON, { notBefore: at });
  const sooner = new Date(now().getTime() + 600_000).toISOString();
  await request(tenant, 200, 'POST', `/calls/${fresh['id']}/attempts`, { at: sooner });
  const unchanged = await request(tenant, 200, 'DELETE', `/calls/${fresh['id']}/attempts`);
  assert.deepEqual([unchanged['status'], unchanged['dueAt'], unchanged['again']], ['waiting', at, null]);
  await request(tenant, 200, 'POST', `/calls/${call['id']}/attempts`);
  await minutes(2);
  const third = await read(tenant, call);
  assert.deepEqual([third['status'], attemptsIn(third).at(-1)!['reason']], ['busy', 'asked']);
  await request(tenant, 422, 'POST', `/calls/${call['id']}/attempts`, { at: 'soon' });
});

test('a call is cancelled while waiting, ringing and connected; an ended call stays as it is', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  const cancel = (call: JsonObject) => request(tenant, 200, 'POST', `/calls/${call['id']}/cancel`);
  const waiting = await place(tenant, agentId, LONDON, { notBefore: '2026-06-01T10:00:00Z' });
  assert.equal((await cancel(waiting))['status'], 'cancelled');

  const ringing = await place(tenant, agentId, STAYS);
  await seconds(2);
  assert.equal((await read(tenant, ringing))['status'], 'dialing');
  await request(tenant, 409, 'POST', `/calls/${ringing['id']}/attempts`);
  await cancel(ringing);
  await minutes(1);
  assert.equal((await read(tenant, ringing))['status'], 'cancelled');

  const connected = await place(tenant, agentId, STAYS);
  await seconds(10);
  assert.equal((await read(tenant, connected))['status'], 'in_progress');
  await cancel(connected);
  await minutes(1);
  const ended = await read(tenant, connected);
  assert.equal(ended['status'], 'completed');
  assert.notEqual(ended['durationSeconds'], null);
  assert.equal((await cancel(ended))['status'], 'completed');
});

test('context reaches the agent of a connected call, and no other call', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  const call = await place(tenant, agentId, STAYS);
  const inject = (status: number, body: JsonObject = { text: 'They are vegetarian.', urgency: 'immediate' }) =>
    request(tenant, status, 'POST', `/calls/${call['id']}/context`, body);
  assert.equal((await inject(409))['code'], 'call_not_live');
  await seconds(10);
  await inject(422, { text: 'x', urgency: 'now' });
  await inject(422, { text: '' });
  await inject(204);
  await seconds(2);
  const { conversationId } = await read(tenant, call);
  const path = `/conversations/${conversationId}/messages`;
  const { data } = await request(tenant, 200, 'GET', path);
  const contents = (data as JsonObject[]).map(({ content }) => content);
  assert.ok(contents.length > 2, JSON.stringify(contents));
  await request(tenant, 200, 'POST', `/calls/${call['id']}/cancel`);
  await minutes(1);
  await inject(409);
});

test('an incoming call is answered during business hours and declined outside of them', async () => {
  const tenant = await parlance.workspace();
  const businessHours = { timezone: 'Europe/London', schedule: [{ day: 'tuesday', open: '09:00', close: '17:00' }] };
  const agentId = await agentOf(tenant, { telephony: { businessHours } });
  const to = '+442079460901';
  await request(tenant, 201, 'POST', '/phone-numbers', { number: to, provider: 'simulated', agentId });
  const ring = (from: string) =>
    request(tenant, 201, 'POST', '/simulations/calls', { from, to, says: ['Are you open?'] });
  const latest = async () => {
    await minutes(2);
    const { data } = await request(tenant, 200, 'GET', '/calls?direction=inbound&limit=1');
    return (data as JsonObject[])[0]!;
  };
  await until('2026-03-03T06:00:00Z');
  const { attemptId } = await ring('+447700900123');
  const early = await latest();
  assert.deepEqual([early['status'], early['outcome'], early['phone']], ['declined', 'after_hours', '+447700900123']);
  assert.equal(attemptsIn(early)[0]!['id'], attemptId);

  await until('2026-03-03T10:00:00Z');
  await ring('+447700900123');
  const open = await latest();
  assert.deepEqual([open['status'], open['direction'], open['agentId']], ['completed', 'inbound', agentId]);
  assert.equal(attemptsIn(open)[0]!['reason'], 'incoming');
  const { data } = await request(tenant, 200, 'GET', `/conversations/${open['conversationId']}/messages`);
  assert.ok((data as JsonObject[]).some(({ role, content }) => role === 'user' && content === 'Are you open?'));

  await request(tenant, 200, 'PATCH', `/agents/${agentId}`, {
    status: 'paused',
    telephony: { transferNumber: '+442071838799' },
  });
  await ring('+447700900124');
  const paused = await latest();
  assert.deepEqual(
    [paused['status'], paused['outcome'], paused['transferredTo']],
    ['declined', 'agent_paused', '+442071838799'],
  );
});

test('no call is simulated to a number without an agent, to another workspace, or in a dry run', async () => {
  const [tenant, other] = [await parlance.workspace(), await parlance.workspace()];
  const to = '+442079460902';
  const path = '/simulations/calls';
  const body = { from: '+447700900125', to };
  assert.equal((await request(tenant, 422, 'POST', path, body))['pointer'], '/to');
  const agentId = await agentOf(other);
  await request(other, 201, 'POST', '/phone-numbers', { number: to, provider: 'simulated', agentId });
  assert.equal((await request(tenant, 422, 'POST', path, body))['code'], 'unknown_reference');
  const dryRun = await other.ask('native', 'POST', path, { body, headers: { 'Parlance-Dry-Run': '1' } });
  assert.equal(dryRun.status, 201);
  await minutes(2);
  for (const workspace of [tenant, other])
    assert.deepEqual((await request(workspace, 200, 'GET', '/calls'))['data'], []);
});

test('a do-not-call entry blocks a call that was placed before it, and a paused agent makes no calls', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  const notBefore = new Date(now().getTime() + 600_000).toISOString();
  const refused = await place(tenant, agentId, '+442071838754', { notBefore });
  const paused = await place(tenant, agentId, '+442071838755', { notBefore });
  await request(tenant, 204, 'POST', '/do-not-call', { phones: ['+442071838754'], reason: 'They asked' });
  await request(tenant, 200, 'PATCH', `/agents/${agentId}`, { status: 'paused' });
  await services.chainWriter.chainDue();
  await minutes(15);
  const waiting = await read(tenant, paused);
  assert.deepEqual([waiting['status'], waiting['why']], ['waiting', 'The agent is paused']);
  assert.equal(attemptsIn(waiting).length, 0);
  await request(tenant, 200, 'PATCH', `/agents/${agentId}`, { status: 'active' });
  await services.chainWriter.chainDue();
  services.dialer.wake();
  await minutes(2);
  const blocked = await read(tenant, refused);
  assert.deepEqual([blocked['status'], attemptsIn(blocked).length], ['blocked', 0]);
  assert.equal((await read(tenant, paused))['status'], 'completed');
});

test('webhooks report a call from creation to end, without personal data except the number', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  const hook = await request(tenant, 201, 'POST', '/webhooks', { url: 'https://example.com/hook', events: ['call.*'] });
  const contact = { firstName: 'Zebulon', email: 'zebulon@example.com' };
  const call = await place(tenant, agentId, LONDON, { contact, metadata: { ticket: 9 }, externalReference: 'crm-9' });
  await minutes(2);
  await services.chainWriter.chainDue();
  const { data } = await request(tenant, 200, 'GET', `/webhooks/${hook['id']}/deliveries`);
  const payloads = (data as JsonObject[]).map(({ payload }) => payload as JsonObject).reverse();
  assert.deepEqual(
    payloads.map(({ type }) => type),
    ['call.created', 'call.started', 'call.ended'],
  );
  assert.doesNotMatch(JSON.stringify(payloads), /zebulon/i);
  const ended = payloads[2]!['data'] as JsonObject;
  assert.deepEqual(
    [ended['callId'], ended['agentId'], ended['attempt'], ended['status'], ended['willRetry'], ended['over']],
    [call['id'], agentId, 1, 'completed', false, true],
  );
  const facts = ended['call'] as JsonObject;
  assert.deepEqual(
    [facts['phone'], facts['externalReference'], facts['metadata'], facts['status'], facts['direction']],
    [LONDON, 'crm-9', { ticket: 9 }, 'completed', 'outbound'],
  );
});

test('the snapshots of the dialer and of its calls hold no personal data', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, { callSettings: OPEN });
  const contact = { firstName: 'Zebulon' };
  const call = await place(tenant, agentId, STAYS, { contact });
  const { dialer } = services;
  const activeCalls = await dialer.activeCalls();
  await seconds(2);
  assert.equal(dialer.snapshot().running, true);
  const [attempt] = attemptsIn(await read(tenant, call));
  const ringing = {
    callId: call['id'],
    attemptId: attempt!['id'],
    status: 'ringing',
    since: attempt!['reservedAt'],
    direction: 'outbound',
  };
  assert.deepEqual(activeCalls.snapshot(), [ringing]);
  assert.deepEqual(dialer.snapshot().activeCalls, [ringing]);
  await seconds(10);
  const { conversationId, attempts } = await read(tenant, call);
  const { answeredAt } = (attempts as JsonObject[])[0]!;
  assert.deepEqual(activeCalls.snapshot(), [{ ...ringing, conversationId, status: 'connected', since: answeredAt }]);
  await request(tenant, 200, 'POST', `/calls/${call['id']}/cancel`);
  await minutes(1);
  assert.deepEqual(activeCalls.snapshot(), []);
  assert.deepEqual(dialer.snapshot().activeCalls, []);
});
