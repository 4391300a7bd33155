/** Campaigns in the native API, on a clock that the test moves: created, read, and run to their end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { byNumber, type Script } from '../../src/providers/carrier/script.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

/** A Monday; it is 10:00 in London. */
const clock = createClock('2026-03-02T10:00:00.000Z');
const { now, setTimer } = clock;
/** Calls to one prefix last long enough for several to be under way together. */
const script: Script = (order) =>
  order.to.startsWith('+4420718385') ? { answers: 'human', afterSeconds: 4, talksSeconds: 40 } : byNumber(order);
const carrier = createSimulatedCarrier({ now, setTimer, script });
/** The dialer places the calls of every workspace, so this file has a database of its own. */
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(
  { ...(databaseUrl && { DATABASE_URL: databaseUrl }), PARLANCE_ALLOW_PRIVATE_TARGETS: '1' },
  { now, telephony: { setTimer, carrier, pollMs: 60_000 } },
);
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const idle = () => services.dialer.quiet();
const seconds = (count: number) => clock.advance(count * 1000, { idle });
const minutes = (count: number) => seconds(count * 60);

const request = async (tenant: Tenant, status: number, method: string, path: string, body?: unknown) => {
  const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
  assert.equal(answer.status, status, `${method} ${path} answered ${answer.status} ${answer.text}`);
  return answer.body;
};
const OPEN = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '24:00' } };
async function agentOf(tenant: Tenant, more: JsonObject = {}): Promise<string> {
  const body = { name: 'Ada', callSettings: OPEN, ...more };
  return String((await request(tenant, 201, 'POST', '/agents', body))['id']);
}
const people = (...numbers: string[]) => numbers.map((phone) => ({ phone, timezone: 'Europe/London' }));
const create = (tenant: Tenant, agentId: string, more: JsonObject) =>
  request(tenant, 201, 'POST', '/campaigns', { name: 'Spring', agentId, ...more });
const read = (tenant: Tenant, { id }: JsonObject) => request(tenant, 200, 'GET', `/campaigns/${id}`);
const callsOf = async (tenant: Tenant, { id }: JsonObject) =>
  (await request(tenant, 200, 'GET', `/campaigns/${id}/calls?limit=200`))['data'] as JsonObject[];

test('a campaign calls all contacts within its limit and the free lines, and is completed', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  await request(tenant, 200, 'PATCH', `/workspaces/${tenant.id}/settings`, {
    calling: { lines: 5, linesForIncoming: 2 },
  });
  const contacts = people(...Array.from({ length: 12 }, (_one, i) => `+4420718385${10 + i}`));
  const wide = await create(tenant, agentId, { maxConcurrent: 10, contacts: contacts.slice(0, 8), start: true });
  const narrow = await create(tenant, agentId, { maxConcurrent: 1, contacts: contacts.slice(8), start: true });
  assert.deepEqual([wide['status'], (wide['filled'] as JsonObject)['added']], ['running', 8]);
  const peak = { all: 0, narrow: 0 };
  for (let open = true; open; ) {
    await seconds(15);
    const both = [await read(tenant, wide), await read(tenant, narrow)];
    const [a = 0, b = 0] = both.map(({ inFlight }) => Number(inFlight));
    peak.all = Math.max(peak.all, a + b);
    peak.narrow = Math.max(peak.narrow, b);
    open = both.some(({ status }) => status === 'running');
  }
  assert.deepEqual(peak, { all: 3, narrow: 1 });
  for (const campaign of [wide, narrow]) {
    const { status, why, tally, total, done, inFlight, endedAt } = await read(tenant, campaign);
    assert.deepEqual([status, why], ['completed', 'All calls of the campaign have ended']);
    assert.deepEqual([tally, done, inFlight], [{ completed: total }, total, 0]);
    assert.notEqual(endedAt, null);
  }
  const calls = [...(await callsOf(tenant, wide)), ...(await callsOf(tenant, narrow))];
  assert.equal(calls.length, 12);
  for (const call of calls) assert.equal((call['attempts'] as unknown[]).length, 1);
});

test('one request adds ten thousand contacts, and a repetition adds none', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const contacts = Array.from({ length: 10_000 }, (_one, i) => ({
    phone: `+4420${70_000_000 + i}`,
    firstName: `Person ${i}`,
    metadata: { note: 'x'.repeat(200), row: i },
  }));
  const campaign = await create(tenant, agentId, { contacts });
  assert.deepEqual(campaign['filled'], { added: 10_000, skipped: 0, problems: [] });
  const again = await request(tenant, 200, 'POST', `/campaigns/${campaign['id']}/contacts`, { contacts });
  assert.deepEqual(again, { added: 0, skipped: 10_000, problems: [] });
  assert.deepEqual((await read(tenant, campaign))['tally'], { waiting: 10_000 });
  const more = [...contacts, { phone: '+442071838750' }];
  const refused = await request(tenant, 422, 'POST', `/campaigns/${campaign['id']}/contacts`, { contacts: more });
  assert.equal(refused['pointer'], '/contacts');
});

test('variables that are too large are refused before any call', async () => {
  const tenant = await parlance.workspace();
  const body = { name: 'Spring', agentId: await agentOf(tenant), variables: { big: 'x'.repeat(70_000) } };
  const refused = await request(tenant, 422, 'POST', '/campaigns', body);
  assert.equal(refused['pointer'], '/variables');
});

test('a CSV list becomes contacts, and each invalid row is a problem with its line', async () => {
  const tenant = await parlance.workspace();
  const campaign = await create(tenant, await agentOf(tenant), {});
  const send = (raw: string | Buffer, type = 'text/csv') =>
    tenant.ask('native', 'POST', `/campaigns/${campaign['id']}/contacts`, { raw, headers: { 'content-type': type } });
  await request(tenant, 201, 'POST', '/contacts', { phone: '+442071838705' });
  const table = [
    'phone,first name,timezone,consent,plan',
    '+44 20 7183 8701,Ada,Europe/London,yes,Gold',
    'none,Bo,,,',
    '+442071838702,Cy,Mars/Base,,',
    '"+442071838703","Dee, the ""D""",,,',
    '+442071838701,Twice,,,',
    '+442071838705,Kept,,no,',
  ].join('\r\n');
  const { status, body, text } = await send(table);
  assert.equal(status, 200, text);
  assert.deepEqual([body['added'], body['skipped']], [3, 0]);
  const problems = body['problems'] as JsonObject[];
  assert.deepEqual(
    problems.map(({ line, field }) => [line, field]),
    [
      [3, 'phone'],
      [4, 'timezone'],
      [6, 'phone'],
      [7, undefined],
    ],
  );
  assert.equal(problems[3]!['message'], 'The list says that the contact refuses calls.');
  const { data } = await request(tenant, 200, 'GET', '/contacts?search=ada');
  const [ada] = data as JsonObject[];
  assert.deepEqual(
    [ada!['phone'], ada!['metadata'], ada!['consent']],
    ['+442071838701', { plan: 'Gold' }, { calls: true }],
  );
  // Other encodings need their charset; any other content type is refused.
  const latin = Buffer.from('phone,first name\n+442071838706,Zo\xeb\n', 'latin1');
  assert.equal((await send(latin)).status, 422);
  assert.equal((await send(latin, 'text/csv; charset=windows-1252')).body['added'], 1);
  assert.equal((await send('%PDF', 'application/pdf')).status, 415);
  assert.deepEqual((await send('name\nAda')).body['problems'], [
    {
      line: 1,
      field: 'phone',
      message: 'is missing from the header; the first line must name the columns, and one must be phone',
    },
  ]);
  const dryRun = await tenant.ask('native', 'POST', `/campaigns/${campaign['id']}/contacts`, {
    raw: 'phone\n+442071838707',
    headers: { 'content-type': 'text/csv', 'parlance-dry-run': '1' },
  });
  assert.equal(dryRun.body['added'], 1);
  assert.equal((await read(tenant, campaign))['total'], 4);
});

test('a pause keeps calls under way, starts no attempt, and resuming continues', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const contacts = people('+442071838520', '+442071838521', '+442071838701');
  const callSettings = { autoRetry: true, retrySchedule: [5, 5, 5] };
  const campaign = await create(tenant, agentId, { maxConcurrent: 1, contacts, callSettings, start: true });
  const step = (name: string) => request(tenant, 200, 'POST', `/campaigns/${campaign['id']}/${name}`);
  await seconds(15);
  assert.deepEqual((await read(tenant, campaign))['tally'], { in_progress: 1, waiting: 2 });
  assert.equal((await step('pause'))['status'], 'paused');
  await minutes(30);
  const paused = await read(tenant, campaign);
  assert.deepEqual([paused['tally'], paused['inFlight']], [{ completed: 1, waiting: 2 }, 0]);
  await step('resume');
  await minutes(2);
  await step('pause');
  // No retry is made during the pause, and the reason is not a lack of lines.
  await minutes(60);
  const waiting = (await callsOf(tenant, campaign)).filter(({ status }) => status === 'waiting');
  for (const { why } of waiting) assert.doesNotMatch(String(why), /line is taken/);
  const before = (await callsOf(tenant, campaign)).flatMap(({ attempts }) => attempts as unknown[]).length;
  await minutes(60);
  const { length } = (await callsOf(tenant, campaign)).flatMap(({ attempts }) => attempts as unknown[]);
  assert.equal(length, before);
  await step('resume');
  await minutes(60);
  const done = await read(tenant, campaign);
  assert.deepEqual([done['status'], done['tally']], ['completed', { completed: 2, busy: 1 }]);
});

test('a campaign with calls under way cannot be deleted until they have ended', async () => {
  const tenant = await parlance.workspace();
  const campaign = await create(tenant, await agentOf(tenant), { contacts: people('+442071838590'), start: true });
  await seconds(6);
  await request(tenant, 200, 'POST', `/campaigns/${campaign['id']}/cancel`);
  const refused = await request(tenant, 409, 'DELETE', `/campaigns/${campaign['id']}`);
  assert.deepEqual([refused['code'], /under way/.test(String(refused['detail']))], ['campaign_state', true]);
  await minutes(2);
  await request(tenant, 204, 'DELETE', `/campaigns/${campaign['id']}`);
});

test('a change of a campaign’s hours or start time applies to its waiting calls', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const contacts = people('+442071838722', '+442071838723');
  const campaign = await create(tenant, agentId, { contacts });
  const localStart = '2026-03-20T12:00';
  await request(tenant, 200, 'POST', `/campaigns/${campaign['id']}/start`, { localStart });
  await minutes(5);
  for (const { dueAt } of await callsOf(tenant, campaign)) assert.equal(dueAt, '2026-03-20T12:00:00.000Z');
  const callSettings = { window: { start: '14:00', end: '15:00' } };
  await request(tenant, 200, 'PATCH', `/campaigns/${campaign['id']}`, { callSettings });
  await minutes(1);
  for (const { dueAt, why } of await callsOf(tenant, campaign)) {
    assert.equal(dueAt, '2026-03-20T14:00:00.000Z');
    assert.match(String(why), /14:00–15:00/);
  }
  await request(tenant, 200, 'PATCH', `/campaigns/${campaign['id']}`, {
    callSettings: { window: null },
    localStart: null,
  });
  await minutes(5);
  assert.equal((await read(tenant, campaign))['status'], 'completed');
});

test('contacts on the do-not-call list or without a required consent are not called', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  await request(tenant, 200, 'PATCH', `/workspaces/${tenant.id}/settings`, { calling: { consentRequired: true } });
  const consent = { calls: true };
  const contacts = [
    { phone: '+442071838730', consent },
    { phone: '+442071838731', consent },
    { phone: '+442071838732' },
    { phone: '+442071838733', consent: { calls: false } },
    { phone: '+442071838734', consent: { calls: true, until: '2026-01-01T00:00:00Z' } },
  ];
  const campaign = await create(tenant, agentId, { contacts });
  await request(tenant, 204, 'POST', '/do-not-call', { phones: ['+442071838731'] });
  await request(tenant, 200, 'POST', `/campaigns/${campaign['id']}/start`);
  await minutes(5);
  const why = Object.fromEntries((await callsOf(tenant, campaign)).map((call) => [call['phone'], call['status']]));
  assert.deepEqual(why, {
    '+442071838730': 'completed',
    '+442071838731': 'blocked',
    '+442071838732': 'blocked',
    '+442071838733': 'blocked',
    '+442071838734': 'blocked',
  });
  const { status, total, done } = await read(tenant, campaign);
  assert.deepEqual([status, total, done], ['completed', 5, 5]);
});

test('the pre-dial webhook allows, refuses or postpones a call; an invalid answer postpones it', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, {
    profiles: { '@default': { greeting: { text: 'Hello {{nickname}}.', speaker: 'agent' } } },
  });
  const requests: JsonObject[] = [];
  const keys = new Set<string | undefined>();
  const answers: Record<string, unknown> = {
    '+442071838740': { dial: true, variables: { nickname: 'Countess' } },
    '+442071838741': { dial: false, reason: 'Paid already' },
    '+442071838742': { dial: false, againInMinutes: 30 },
    '+442071838743': 'garbage',
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
      requests.push(body);
      keys.add(request.headers['x-key'] as string | undefined);
      const answer = answers[String((body['call'] as JsonObject)['phone'])];
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/may`;
  const preDial = { url, headers: { 'X-Key': 's3cret' }, timeoutMs: 2000 };
  const contacts = people(...Object.keys(answers)).map((one) => ({ ...one, firstName: 'Ada' }));
  const campaign = await create(tenant, agentId, { contacts, preDial, metadata: { team: 'A' }, start: true });
  assert.doesNotMatch(JSON.stringify(campaign), /s3cret/);
  await minutes(5);
  const found = async () =>
    Object.fromEntries((await callsOf(tenant, campaign)).map((call) => [String(call['phone']).at(-1), call]));
  const first = await found();
  assert.deepEqual(
    ['0', '1', '2', '3'].map((digit) => first[digit]!['status']),
    ['completed', 'blocked', 'waiting', 'waiting'],
  );
  assert.equal(first['1']!['why'], 'The pre-dial webhook refused the call: Paid already');
  assert.match(String(first['3']!['why']), /did not answer with JSON/);
  const { data } = await request(tenant, 200, 'GET', `/conversations/${first['0']!['conversationId']}/messages`);
  assert.equal((data as JsonObject[])[0]!['content'], 'Hello Countess.');
  const question = requests.find(({ call }) => (call as JsonObject)['phone'] === '+442071838740')!;
  assert.equal(question['event'], 'call.before');
  assert.deepEqual(question['campaign'], { id: campaign['id'], name: 'Spring', metadata: { team: 'A' } });
  assert.equal((question['contact'] as JsonObject)['firstName'], 'Ada');
  assert.deepEqual([...keys], ['s3cret']);
  // The postponed call is made after a new answer. The server then stops answering.
  answers['+442071838742'] = { dial: true };
  server.closeAllConnections();
  server.close();
  await minutes(20);
  assert.match(String((await found())['3']!['why']), /could not be reached/);
  await request(tenant, 200, 'PATCH', `/campaigns/${campaign['id']}`, { preDial: null });
  await minutes(5);
  assert.equal((await read(tenant, campaign))['status'], 'completed');
});

test('webhooks receive the events of a campaign from its creation to its end', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const events = ['campaign.*'];
  const hook = await request(tenant, 201, 'POST', '/webhooks', { url: 'https://example.com/hook', events });
  const contacts = people('+442071838760');
  const campaign = await create(tenant, agentId, { contacts, metadata: { team: 'A' }, start: true });
  await minutes(5);
  await services.chainWriter.chainDue();
  const { data } = await request(tenant, 200, 'GET', `/webhooks/${hook['id']}/deliveries`);
  const payloads = (data as JsonObject[]).map(({ payload }) => payload as JsonObject).reverse();
  assert.deepEqual(
    payloads.map(({ type }) => type),
    ['campaign.created', 'campaign.started', 'campaign.ended'],
  );
  const ended = payloads[2]!['data'] as JsonObject;
  assert.deepEqual(
    [ended['campaignId'], ended['agentId'], ended['status'], ended['campaign']],
    [campaign['id'], agentId, 'completed', { id: campaign['id'], name: 'Spring', metadata: { team: 'A' } }],
  );
});
