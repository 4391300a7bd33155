/** Calls over Agntix's API: a call is one session, with one webhook event at its start and one at its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { createClock } from '../clock.ts';
import { type Answer, BASES, openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const OPEN = '2026-03-02T15:00:00.000Z';
const OUR_NUMBER = '+442071838700';
const SESSIONS = '/api/v1/chat/sessions';
/** Each server has its own clock, so these tests need their own database. */
const databaseUrl = await ownDatabase();

async function openServer(start = OPEN) {
  const clock = createClock(start);
  const server = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
    now: clock.now,
    telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
  });
  const { dialer, chainWriter } = server.app.services;
  dialer.start((error) => {
    throw error;
  });
  const until = (time: string) => clock.run(new Date(time), { idle: () => dialer.quiet() });
  return {
    ...server,
    app: server.app,
    until,
    chainDue: () => chainWriter.chainDue(),
    workspace: () => server.workspace(),
  };
}
type Server = Awaited<ReturnType<typeof openServer>>;

const accepted = (answer: Answer): JsonObject => {
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer.body;
};

async function setUp(tenant: Tenant, phone = OUR_NUMBER) {
  const ask = async (method: string, path: string, body?: unknown) =>
    accepted(await tenant.ask('agntix', method, path, body === undefined ? {} : { body }));
  const agent = await ask('POST', '/v2/chat/agents', {
    fullName: 'Ana',
    description: 'Calls customers',
    role: 'You call.',
    voiceEnabled: true,
    voicePipelineMode: 'pipeline',
  });
  const number = await ask('POST', '/v1/chat/phone-numbers', { provider: 'twilio', number: phone });
  const start = (to: string, more: JsonObject = {}) =>
    ask('POST', `/api/v1/phone-numbers/${number['id']}/calls/start`, {
      to_phone_number: to,
      agent_id: agent['id'],
      ...more,
    });
  const session = (id: unknown) => ask('GET', `${SESSIONS}/${id}`);
  return { ask, agent, number, start, session };
}

/** The payloads that the endpoint received, in order. */
async function payloads({ app, chainDue }: Server, tenant: Tenant): Promise<JsonObject[]> {
  await chainDue();
  while (await app.services.analysis.work());
  await chainDue();
  const [endpoint] = accepted(await tenant.ask('agntix', 'GET', '/v1/chat/webhooks/endpoints'))['data'] as JsonObject[];
  const path = `/webhooks/${endpoint!['id']}/deliveries`;
  const { data } = accepted(await tenant.ask('native', 'GET', `${path}?limit=100`)) as { data: JsonObject[] };
  return data.map((delivery) => delivery['payload'] as JsonObject).reverse();
}

const createEndpoint = (tenant: Tenant) =>
  tenant.ask('agntix', 'POST', '/v1/chat/webhooks/endpoints', {
    body: { url: 'https://hooks.example', eventNames: ['session.created', 'session.ended'], description: 'Ours' },
  });

const GREETING =
  '{{ system.direction }} {{ system.platform }} {{ system.medium }} out {{ system.outgoing.phonenumber }} in {{ system.incoming.phonenumber }} with {{ system.customer.phonenumber }} for {{ name }} {{ system.sessionId }}{{ system.roomname }}';

const patchAgent = (tenant: Tenant, id: unknown, body: JsonObject) =>
  tenant.ask('native', 'PATCH', `/agents/${id}`, { body, headers: { 'content-type': 'application/merge-patch+json' } });
const setGreeting = (tenant: Tenant, id: unknown) =>
  patchAgent(tenant, id, { profiles: { '@default': { greeting: { text: GREETING } } } });
const typesOf = (events: readonly JsonObject[]) => events.map(({ id, eventType }) => [id, eventType]);

test('a call is a session before, during and after its conversation', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, agent, start, session } = await setUp(tenant);
  await setGreeting(tenant, agent['id']);
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
  assert.deepEqual(await payloads(server, tenant), [{ ...first, eventType: 'session.created', state: 'OPEN' }]);

  await server.until('2026-03-02T15:00:08.000Z');
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
  const answer = await ask('POST', `/v1/chat/chat/sessions/${sessionId}/messages`, { content: 'And?', stream: false });
  assert.equal(answer['role'], 'ASSISTANT');

  await server.until('2026-03-02T15:02:00.000Z');
  const events = await payloads(server, tenant);
  const after = await session(sessionId);
  assert.deepEqual([after['state'], after['endedAt']], ['CLOSED', '2026-03-02T15:00:25.000Z']);
  assert.equal((after['call'] as JsonObject)['status'], 'COMPLETED');
  const ended: JsonObject = { ...after, eventType: 'session.ended' };
  assert.deepEqual(events.slice(1), [ended], 'no event when the conversation starts, and one at the end');
  assert.deepEqual(after['analysis'], {}, 'no model could analyze the session');
  const stats = await ask('GET', '/v1/chat/analytics/calls/stats?startDate=2026-03-02&endDate=2026-03-02');
  assert.deepEqual(stats, { totalCalls: 1, completedCalls: 1, avgDurationSeconds: 21, successRate: 1 });
});

test('the event stream sends the events of a call from its answer on, with the id of the call', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  const { start } = await setUp(tenant);
  const at = await server.app.http.listen({ port: 0, host: '127.0.0.1' });
  const stream = await fetch(`${at}${BASES.agntix}/v1/chat/events/stream`, {
    headers: { 'x-api-key': tenant.keys.agntix },
  });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { sessionId } = await start('+442071838750');
  await server.until('2026-03-02T15:02:00.000Z');
  let text = '';
  while (!/event: session\.ended\n.*\n/.test(text)) text += (await reader.read()).value;
  await reader.cancel();
  const received = [...text.matchAll(/event: (\S+)\ndata: (.*)\n/g)].map(([, name, data]): unknown[] => {
    const { id, sessionId: session = id } = JSON.parse(data!) as JsonObject;
    return [name, session];
  });
  assert.deepEqual(
    received.filter(([name]) => name !== 'heartbeat'),
    ['session.started', 'message.added', 'message.added', 'session.ended'].map((name) => [name, sessionId]),
  );
});

test('a call ends after its ttl, by default after 100 seconds', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { agent, start, session } = await setUp(tenant);
  // The contact stays silent, so a short silence timeout would end the call sooner.
  await patchAgent(tenant, agent['id'], { profiles: { '@default': { silenceTimeoutSeconds: 120 } } });
  const [short, long] = [await start('+442071838700', { ttl: 30 }), await start('+442071838800')];
  await server.until('2026-03-02T15:10:00.000Z');
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
  const events = (await payloads(server, tenant)).filter(({ eventType }) => eventType === 'session.ended');
  // The two calls are analyzed in parallel, so their events have no fixed order.
  assert.deepEqual(events.map(({ id }) => id).sort(), [short['sessionId'], long['sessionId']].sort());
});

test('an unanswered call is not retried, and its session ends', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, agent, start, session } = await setUp(tenant);
  await patchAgent(tenant, agent['id'], { callSettings: { autoRetry: true, retrySchedule: [5] } });
  const { sessionId } = await start('+442071838702');
  await server.until('2026-03-02T15:30:00.000Z');
  const view = await session(sessionId);
  assert.deepEqual([view['state'], (view['call'] as JsonObject)['status']], ['CLOSED', 'NO_ANSWER']);
  assert.deepEqual((await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'], []);
  const events = await payloads(server, tenant);
  assert.deepEqual(typesOf(events), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
  assert.deepEqual(events[1], { ...view, eventType: 'session.ended' });
  const refused = await tenant.ask('agntix', 'POST', `/v1/chat/chat/sessions/${sessionId}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  assert.deepEqual([refused.status, (refused.body['error'] as JsonObject)['code']], [409, 'INVALID_SESSION']);
});

test('a call waits for its calling hours, and closing its session cancels it', async () => {
  const server = await openServer('2026-03-02T20:00:00.000Z');
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, start, session } = await setUp(tenant);
  const [cancelled, placed] = [await start('+442071838750'), await start('+442071838751')];
  const { state, call } = await session(cancelled['sessionId']);
  const { status, nextAttemptAt } = call as JsonObject;
  assert.deepEqual([state, status, nextAttemptAt], ['OPEN', 'WAITING', '2026-03-03T09:00:00.000Z']);
  const close = () =>
    ask('PATCH', `/v1/chat/chat/sessions/${cancelled['sessionId']}/close`, { reason: 'CHANGED_MIND' });
  assert.equal((await close())['state'], 'CLOSED');
  assert.equal((await close())['state'], 'CLOSED');
  await server.until('2026-03-03T09:05:00.000Z');
  assert.equal(((await session(cancelled['sessionId']))['call'] as JsonObject)['status'], 'CANCELLED');
  assert.equal(((await session(placed['sessionId']))['call'] as JsonObject)['status'], 'COMPLETED');
  const ends = (await payloads(server, tenant)).filter(({ eventType }) => eventType === 'session.ended');
  assert.deepEqual(typesOf(ends), [
    [cancelled['sessionId'], 'session.ended'],
    [placed['sessionId'], 'session.ended'],
  ]);
});

test('closing the session of a connected call hangs up', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, start, session } = await setUp(tenant);
  const { sessionId } = await start('+442071838700');
  await server.until('2026-03-02T15:00:10.000Z');
  assert.equal((await ask('PATCH', `/v1/chat/chat/sessions/${sessionId}/close`))['state'], 'CLOSED');
  await server.until('2026-03-02T15:00:12.000Z');
  const { state, endedAt } = await session(sessionId);
  assert.deepEqual([state, endedAt], ['CLOSED', '2026-03-02T15:00:10.000Z']);
  assert.deepEqual(typesOf(await payloads(server, tenant)), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
});

test('a call without a transcript sends one end event, too', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, agent, start } = await setUp(tenant);
  await patchAgent(tenant, agent['id'], { transcription: false });
  const { sessionId } = await start('+442071838750');
  await server.until('2026-03-02T15:02:00.000Z');
  const events = await payloads(server, tenant);
  assert.deepEqual(typesOf(events), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
  assert.deepEqual([events[1]!['state'], events[1]!['analysis']], ['CLOSED', null]);
  assert.deepEqual((await ask('GET', `${SESSIONS}/${sessionId}/messages`))['data'], []);
});

test('an inbound call is a session of the inbound agent of its number', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  // The first workspace with a number answers it, so this test uses a number of its own.
  const called = '+442071838799';
  const { ask, agent, number, session } = await setUp(tenant, called);
  await setGreeting(tenant, agent['id']);
  await ask('PATCH', `/v1/chat/phone-numbers/${number['id']}`, { inBoundAgentId: agent['id'] });
  await server.app.services.simulateIncomingCall!({ from: '+442071838750', to: called });
  await server.until('2026-03-02T15:02:00.000Z');
  const events = await payloads(server, tenant);
  const id = events[0]!['id'];
  assert.deepEqual(typesOf(events), [
    [id, 'session.created'],
    [id, 'session.ended'],
  ]);
  const { direction, metadata, agentId } = await session(id);
  assert.deepEqual([direction, agentId], ['INBOUND', agent['id']]);
  assert.deepEqual(metadata, { customerPhoneNumber: '+442071838750', roomName: null, sessionVariables: {} });
  const [greeting] = (await ask('GET', `${SESSIONS}/${id}/messages`))['data'] as JsonObject[];
  assert.equal(greeting!['content'], `inbound voice phone out  in ${called} with +442071838750 for {{ name }} ${id}`);
});

test('a campaign is scheduled, runs, retries and is completed', async () => {
  const server = await openServer();
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, agent, number } = await setUp(tenant);
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
  const progress = async () => {
    const { status, counts, completedCalls } = await ask('GET', path);
    return [status, Object.values(counts as JsonObject), completedCalls];
  };
  assert.deepEqual(await progress(), ['SCHEDULED', [2, 0, 0, 0], 0]);
  await server.until('2026-03-02T17:59:00.000Z');
  assert.deepEqual(await progress(), ['SCHEDULED', [2, 0, 0, 0], 0]);
  await server.until('2026-03-02T18:00:10.000Z');
  assert.deepEqual(await progress(), ['RUNNING', [0, 2, 0, 0], 0]);
  await server.until('2026-03-02T18:01:00.000Z');
  assert.deepEqual(await progress(), ['RUNNING', [1, 0, 1, 0], 1]);
  assert.equal((await ask('POST', `${path}/pause`))['status'], 'PAUSED');
  await server.until('2026-03-02T18:10:00.000Z');
  assert.deepEqual(await progress(), ['PAUSED', [1, 0, 1, 0], 1]);
  assert.equal((await ask('POST', `${path}/resume`))['status'], 'RUNNING');
  await server.until('2026-03-02T18:30:00.000Z');
  assert.deepEqual(await progress(), ['COMPLETED', [0, 0, 1, 1], 1]);
  const { data: calls } = accepted(await tenant.ask('native', 'GET', `/calls?campaignId=${campaign['id']}`)) as {
    data: JsonObject[];
  };
  assert.deepEqual(calls.map(({ attempts }) => (attempts as unknown[]).length).sort(), [1, 3]);
  const events = await payloads(server, tenant);
  const [answered, unanswered] = ['+442071838750', '+442071838702'].map((phone) =>
    events
      .filter(({ metadata }) => (metadata as JsonObject)['customerPhoneNumber'] === phone)
      .map(({ eventType }) => eventType),
  );
  assert.deepEqual(answered, ['session.created', 'session.ended'], 'the first event when the contact answers');
  assert.deepEqual(unanswered, ['session.ended'], 'one event, after the last attempt');
});

test('a deleted agent leaves its numbers and campaigns, and its calls end', async () => {
  const server = await openServer('2026-03-02T20:00:00.000Z');
  const tenant = await server.workspace();
  await createEndpoint(tenant);
  const { ask, agent, number, start, session } = await setUp(tenant);
  const agents = { inBoundAgentId: agent['id'], outBoundAgentId: agent['id'] };
  await ask('PATCH', `/v1/chat/phone-numbers/${number['id']}`, agents);
  const campaign = await ask('POST', '/v1/chat/call-campaigns', {
    name: 'Spring',
    agentId: agent['id'],
    phoneNumberId: number['id'],
  });
  const { sessionId } = await start('+442071838750');
  await ask('DELETE', `/v2/chat/agents/${agent['id']}`);
  const [remaining] = (await ask('GET', '/v1/chat/phone-numbers'))['data'] as JsonObject[];
  assert.deepEqual(
    [remaining!['agentId'], remaining!['inBoundAgentId'], remaining!['outBoundAgentId']],
    [null, null, null],
  );
  assert.equal((await ask('GET', `/v1/chat/call-campaigns/${campaign['id']}`))['agentId'], null);
  await server.chainDue();
  await server.until('2026-03-02T20:05:00.000Z');
  const { state, call } = await session(sessionId);
  assert.deepEqual([state, (call as JsonObject)['status']], ['CLOSED', 'BLOCKED']);
  assert.deepEqual(typesOf(await payloads(server, tenant)), [
    [sessionId, 'session.created'],
    [sessionId, 'session.ended'],
  ]);
});
