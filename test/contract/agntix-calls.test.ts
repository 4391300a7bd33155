/** Calls in Agntix's words: a session from when it is asked for, told of once at its beginning and once at its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { createClock } from '../clock.ts';
import { type Answer, BASES, openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const OPEN = '2026-03-02T15:00:00.000Z';
const OUR_NUMBER = '+442071838700';
const SESSIONS = '/api/v1/chat/sessions';
/** Everything that the tests of one house do to time would be felt in another's. */
const databaseUrl = await ownDatabase();

async function parlance(start = OPEN) {
  const clock = createClock(start);
  const opened = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
    now: clock.now,
    telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
  });
  const { dialer, chainWriter } = opened.app.services;
  dialer.start((error) => {
    throw error;
  });
  const until = (time: string) => clock.run(new Date(time), { idle: () => dialer.quiet() });
  return { ...opened, app: opened.app, until, seal: () => chainWriter.chainDue(), workspace: () => opened.workspace() };
}
type Opened = Awaited<ReturnType<typeof parlance>>;

const accepted = (answer: Answer): JsonObject => {
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer.body;
};

async function seeded(tenant: Tenant, ours = OUR_NUMBER) {
  const ask = async (method: string, path: string, body?: unknown) =>
    accepted(await tenant.ask('agntix', method, path, body === undefined ? {} : { body }));
  const agent = await ask('POST', '/v2/chat/agents', {
    fullName: 'Ana',
    description: 'Calls customers',
    role: 'You call.',
    voiceEnabled: true,
    voicePipelineMode: 'pipeline',
  });
  const number = await ask('POST', '/v1/chat/phone-numbers', { provider: 'twilio', number: ours });
  const start = (to: string, more: JsonObject = {}) =>
    ask('POST', `/api/v1/phone-numbers/${number['id']}/calls/start`, {
      to_phone_number: to,
      agent_id: agent['id'],
      ...more,
    });
  const session = (id: unknown) => ask('GET', `${SESSIONS}/${id}`);
  return { ask, agent, number, start, session };
}

/** What endpoints are told, in order. */
async function told({ app, seal }: Opened, tenant: Tenant): Promise<JsonObject[]> {
  await seal();
  while (await app.services.analysis.work());
  await seal();
  const [endpoint] = accepted(await tenant.ask('agntix', 'GET', '/v1/chat/webhooks/endpoints'))['data'] as JsonObject[];
  const path = `/webhooks/${endpoint!['id']}/deliveries`;
  const { data } = accepted(await tenant.ask('native', 'GET', `${path}?limit=100`)) as { data: JsonObject[] };
  return data.map((delivery) => delivery['payload'] as JsonObject).reverse();
}

const listen = (tenant: Tenant) =>
  tenant.ask('agntix', 'POST', '/v1/chat/webhooks/endpoints', {
    body: { url: 'https://hooks.example', eventNames: ['session.created', 'session.ended'], description: 'Ours' },
  });

const GREETING =
  '{{ system.direction }} {{ system.platform }} {{ system.medium }} out {{ system.outgoing.phonenumber }} in {{ system.incoming.phonenumber }} with {{ system.customer.phonenumber }} for {{ name }} {{ system.sessionId }}{{ system.roomname }}';

const native = (tenant: Tenant, id: unknown, body: JsonObject) =>
  tenant.ask('native', 'PATCH', `/agents/${id}`, { body, headers: { 'content-type': 'application/merge-patch+json' } });
const greet = (tenant: Tenant, id: unknown) =>
  native(tenant, id, { profiles: { '@default': { greeting: { text: GREETING } } } });
const kinds = (news: readonly JsonObject[]) => news.map(({ id, eventType }) => [id, eventType]);

test('a call is a session before, while and after it is talked', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, agent, start, session } = await seeded(tenant);
  await greet(tenant, agent['id']);
  const variables = { name: 'Bo', count: 3, unused: { deep: true } };
  const { sessionId, ...rest } = await start('+442071838750', { session_variables: variables });
  assert.deepEqual(rest, {});
  const first = {
    id: sessionId,
    type: 'VOICE',
    platform: 'PHONE',
    direction: 'OUTBOUND',
    agentId: agent['id'],
    createdAt: OPEN,
    metadata: { customerPhoneNumber: '+442071838750', roomName: null, sessionVariables: variables },
  };
  const { call, ...before } = await session(sessionId);
  assert.deepEqual(before, {
    ...first,
    state: 'OPEN',
    lastActivityAt: OPEN,
    endedAt: null,
    updatedAt: OPEN,
    analysis: null,
    recordingUrl: null,
  });
  assert.equal((call as JsonObject)['status'], 'WAITING');
  assert.deepEqual((await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'], []);
  assert.deepEqual(await told(opened, tenant), [{ ...first, eventType: 'session.created', state: 'OPEN' }]);

  await opened.until('2026-03-02T15:00:08.000Z');
  const during = await session(sessionId);
  assert.deepEqual([during['state'], (during['call'] as JsonObject)['status']], ['OPEN', 'IN_PROGRESS']);
  const messages = (await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'] as JsonObject[];
  const greeting = `outbound voice phone out ${OUR_NUMBER} in  with +442071838750 for Bo ${sessionId}`;
  assert.deepEqual(
    messages.slice(0, 2).map(({ role, content }) => [role, content]),
    [
      ['ASSISTANT', greeting],
      ['USER', 'Hello?'],
    ],
  );
  const { data: listed } = (await ask('GET', '/v1/chat/chat/sessions?platform=VOICE')) as { data: JsonObject[] };
  assert.deepEqual(
    listed.map(({ id, platform, state, createdAt }) => [id, platform, state, createdAt]),
    [[sessionId, 'VOICE', 'OPEN', OPEN]],
  );
  const said = await ask('POST', `/v1/chat/chat/sessions/${sessionId}/messages`, { content: 'And?', stream: false });
  assert.equal(said['role'], 'ASSISTANT');

  await opened.until('2026-03-02T15:02:00.000Z');
  const news = await told(opened, tenant);
  const after = await session(sessionId);
  assert.deepEqual([after['state'], after['endedAt']], ['CLOSED', '2026-03-02T15:00:25.000Z']);
  assert.equal((after['call'] as JsonObject)['status'], 'COMPLETED');
  const ended: JsonObject = { ...after, eventType: 'session.ended' };
  assert.deepEqual(news.slice(1), [ended], 'not a second time when the talk begins, and once at the end');
  assert.deepEqual(after['analysis'], {}, 'nobody could judge it');
  const stats = await ask('GET', '/v1/chat/analytics/calls/stats?startDate=2026-03-02&endDate=2026-03-02');
  assert.deepEqual(stats, { totalCalls: 1, completedCalls: 1, avgDurationSeconds: 21, successRate: 1 });
});

test('the stream of events tells of a call from when somebody answers, by the id that it was started with', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  const { start } = await seeded(tenant);
  const at = await opened.app.http.listen({ port: 0, host: '127.0.0.1' });
  const stream = await fetch(`${at}${BASES.agntix}/v1/chat/events/stream`, {
    headers: { 'x-api-key': tenant.keys.agntix },
  });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { sessionId } = await start('+442071838750');
  await opened.until('2026-03-02T15:02:00.000Z');
  let text = '';
  while (!/event: session\.ended\n.*\n/.test(text)) text += (await reader.read()).value;
  await reader.cancel();
  const heard = [...text.matchAll(/event: (\S+)\ndata: (.*)\n/g)].map(([, name, data]): unknown[] => {
    const { id, sessionId: session = id } = JSON.parse(data!) as JsonObject;
    return [name, session];
  });
  assert.deepEqual(
    heard.filter(([name]) => name !== 'heartbeat'),
    ['session.started', 'message.added', 'message.added', 'session.ended'].map((name) => [name, sessionId]),
  );
});

test('a call ends when its time is over, after 100 seconds unless said', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { agent, start, session } = await seeded(tenant);
  // Nobody says anything, which would end it sooner.
  await native(tenant, agent['id'], { profiles: { '@default': { silenceTimeoutSeconds: 120 } } });
  const [short, long] = [await start('+442071838700', { ttl: 30 }), await start('+442071838800')];
  await opened.until('2026-03-02T15:10:00.000Z');
  const ends = await Promise.all(
    [short, long].map(async ({ sessionId }) => {
      const { state, endedAt } = await session(sessionId);
      return [state, endedAt];
    }),
  );
  assert.deepEqual(ends, [
    ['CLOSED', '2026-03-02T15:00:34.000Z'],
    ['CLOSED', '2026-03-02T15:01:44.000Z'],
  ]);
  const news = (await told(opened, tenant)).filter(({ eventType }) => eventType === 'session.ended');
  // Two calls are analysed side by side: which of them is told of first is nobody's promise.
  assert.deepEqual(news.map(({ id }) => id).sort(), [short['sessionId'], long['sessionId']].sort());
});

test('whoever is not reached is not called again by itself, and that is told', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, agent, start, session } = await seeded(tenant);
  await native(tenant, agent['id'], { callSettings: { autoRetry: true, retrySchedule: [5] } });
  const { sessionId } = await start('+442071838702');
  await opened.until('2026-03-02T15:30:00.000Z');
  const view = await session(sessionId);
  assert.deepEqual([view['state'], (view['call'] as JsonObject)['status']], ['CLOSED', 'NO_ANSWER']);
  assert.deepEqual((await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'], []);
  const news = await told(opened, tenant);
  assert.deepEqual(kinds(news), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
  assert.deepEqual(news[1], { ...view, eventType: 'session.ended' });
  const said = await tenant.ask('agntix', 'POST', `/v1/chat/chat/sessions/${sessionId}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  assert.deepEqual([said.status, (said.body['error'] as JsonObject)['code']], [409, 'INVALID_SESSION']);
});

test('a call is held until its hours begin, and closing its session calls it off', async () => {
  const opened = await parlance('2026-03-02T20:00:00.000Z');
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, start, session } = await seeded(tenant);
  const [held, called] = [await start('+442071838750'), await start('+442071838751')];
  const { state, call } = await session(held['sessionId']);
  const { status, nextAttemptAt } = call as JsonObject;
  assert.deepEqual([state, status, nextAttemptAt], ['OPEN', 'WAITING', '2026-03-03T09:00:00.000Z']);
  const close = () => ask('PATCH', `/v1/chat/chat/sessions/${held['sessionId']}/close`, { reason: 'CHANGED_MIND' });
  assert.equal((await close())['state'], 'CLOSED');
  assert.equal((await close())['state'], 'CLOSED');
  await opened.until('2026-03-03T09:05:00.000Z');
  assert.equal(((await session(held['sessionId']))['call'] as JsonObject)['status'], 'CANCELLED');
  assert.equal(((await session(called['sessionId']))['call'] as JsonObject)['status'], 'COMPLETED');
  const ends = (await told(opened, tenant)).filter(({ eventType }) => eventType === 'session.ended');
  assert.deepEqual(kinds(ends), [
    [held['sessionId'], 'session.ended'],
    [called['sessionId'], 'session.ended'],
  ]);
});

test('closing the session of a call that is talked hangs up', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, start, session } = await seeded(tenant);
  const { sessionId } = await start('+442071838700');
  await opened.until('2026-03-02T15:00:10.000Z');
  assert.equal((await ask('PATCH', `/v1/chat/chat/sessions/${sessionId}/close`))['state'], 'CLOSED');
  await opened.until('2026-03-02T15:00:12.000Z');
  const { state, endedAt } = await session(sessionId);
  assert.deepEqual([state, endedAt], ['CLOSED', '2026-03-02T15:00:10.000Z']);
  assert.deepEqual(kinds(await told(opened, tenant)), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
});

test('a call of which no word is kept ends once all the same', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, agent, start } = await seeded(tenant);
  await native(tenant, agent['id'], { transcription: false });
  const { sessionId } = await start('+442071838750');
  await opened.until('2026-03-02T15:02:00.000Z');
  const news = await told(opened, tenant);
  assert.deepEqual(kinds(news), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
  assert.deepEqual([news[1]!['state'], news[1]!['analysis']], ['CLOSED', null]);
  assert.deepEqual((await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'], []);
});

test('a call that comes in is a session of the agent that the number was given to', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  // A number is answered by the first who has it, whoever else tests here.
  const called = '+442071838799';
  const { ask, agent, number, session } = await seeded(tenant, called);
  await greet(tenant, agent['id']);
  await ask('PATCH', `/v1/chat/phone-numbers/${number['id']}`, { inBoundAgentId: agent['id'] });
  await opened.app.services.ring!({ from: '+442071838750', to: called });
  await opened.until('2026-03-02T15:02:00.000Z');
  const news = await told(opened, tenant);
  const id = news[0]!['id'];
  assert.deepEqual(kinds(news), [
    [id, 'session.created'],
    [id, 'session.ended'],
  ]);
  const { direction, metadata, agentId } = await session(id);
  assert.deepEqual([direction, agentId], ['INBOUND', agent['id']]);
  assert.deepEqual(metadata, { customerPhoneNumber: '+442071838750', roomName: null, sessionVariables: {} });
  const [greeting] = (await ask('GET', `${SESSIONS}/${id}/messages`))['data'] as JsonObject[];
  assert.equal(greeting!['content'], `inbound voice phone out  in ${called} with +442071838750 for {{ name }} ${id}`);
});

test('a campaign is scheduled, runs, tries again as it says, and is completed', async () => {
  const opened = await parlance();
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, agent, number } = await seeded(tenant);
  const campaign = await ask('POST', '/v1/chat/call-campaigns', {
    campaignName: 'Spring',
    agentId: agent['id'],
    outboundNumber: { phoneNumberId: number['id'], phoneNumber: OUR_NUMBER },
    scheduledTime: '2026-03-02T19:00:00+01:00',
    operationHours: { intervals: [{ start: '08:00', end: '20:00' }] },
    operationDays: { days: ['monday', 'Friday'] },
    contactsList: [{ phoneNumber: '+442071838750' }, { phoneNumber: '+442071838702', metadata: { crm: 7 } }],
    retryConfig: { enabled: true, maxRetries: 2, retryDelay: 100 },
  });
  const path = `/v1/chat/call-campaigns/${campaign['id']}`;
  const standing = async () => {
    const { status, counts, completedCalls } = await ask('GET', path);
    return [status, Object.values(counts as JsonObject), completedCalls];
  };
  assert.deepEqual(await standing(), ['SCHEDULED', [2, 0, 0, 0], 0]);
  await opened.until('2026-03-02T17:59:00.000Z');
  assert.deepEqual(await standing(), ['SCHEDULED', [2, 0, 0, 0], 0]);
  await opened.until('2026-03-02T18:00:10.000Z');
  assert.deepEqual(await standing(), ['RUNNING', [0, 2, 0, 0], 0]);
  await opened.until('2026-03-02T18:01:00.000Z');
  assert.deepEqual(await standing(), ['RUNNING', [1, 0, 1, 0], 1]);
  assert.equal((await ask('POST', `${path}/pause`))['status'], 'PAUSED');
  await opened.until('2026-03-02T18:10:00.000Z');
  assert.deepEqual(await standing(), ['PAUSED', [1, 0, 1, 0], 1]);
  assert.equal((await ask('POST', `${path}/resume`))['status'], 'RUNNING');
  await opened.until('2026-03-02T18:30:00.000Z');
  assert.deepEqual(await standing(), ['COMPLETED', [0, 0, 1, 1], 1]);
  const { data: calls } = accepted(await tenant.ask('native', 'GET', `/calls?campaignId=${campaign['id']}`)) as {
    data: JsonObject[];
  };
  assert.deepEqual(calls.map(({ attempts }) => (attempts as unknown[]).length).sort(), [1, 3]);
  const news = await told(opened, tenant);
  const [answered, silent] = ['+442071838750', '+442071838702'].map((phone) =>
    news
      .filter(({ metadata }) => (metadata as JsonObject)['customerPhoneNumber'] === phone)
      .map(({ eventType }) => eventType),
  );
  assert.deepEqual(answered, ['session.created', 'session.ended'], 'told of when somebody answers');
  assert.deepEqual(silent, ['session.ended'], 'told of once nobody calls any more');
});

test('a deleted agent is on no number and in no campaign, and its calls end', async () => {
  const opened = await parlance('2026-03-02T20:00:00.000Z');
  const tenant = await opened.workspace();
  await listen(tenant);
  const { ask, agent, number, start, session } = await seeded(tenant);
  const agents = { inBoundAgentId: agent['id'], outBoundAgentId: agent['id'] };
  await ask('PATCH', `/v1/chat/phone-numbers/${number['id']}`, agents);
  const campaign = await ask('POST', '/v1/chat/call-campaigns', {
    name: 'Spring',
    agentId: agent['id'],
    phoneNumberId: number['id'],
  });
  const { sessionId } = await start('+442071838750');
  await ask('DELETE', `/v2/chat/agents/${agent['id']}`);
  const [left] = (await ask('GET', '/v1/chat/phone-numbers'))['data'] as JsonObject[];
  assert.deepEqual([left!['agentId'], left!['inBoundAgentId'], left!['outBoundAgentId']], [null, null, null]);
  assert.equal((await ask('GET', `/v1/chat/call-campaigns/${campaign['id']}`))['agentId'], null);
  await opened.seal();
  await opened.until('2026-03-02T20:05:00.000Z');
  const { state, call } = await session(sessionId);
  assert.deepEqual([state, (call as JsonObject)['status']], ['CLOSED', 'BLOCKED']);
  assert.deepEqual(kinds(await told(opened, tenant)), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
});
