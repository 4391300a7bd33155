/** Telephone interviews over time: calls, retries, rescheduling, deletion and events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// A Monday afternoon in London.
const clock = createClock('2026-03-02T15:00:00.000Z');
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
});
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const idle = () => services.dialer.quiet();
const seconds = (count: number) => clock.advance(count * 1000, { idle });
const inMinutes = (count: number) => new Date(clock.now().getTime() + count * 60_000).toISOString();

const EVENTS = ['interview.started', 'interview.completed', 'interview.failed', 'analysis.completed'];
interface Company {
  tenant: Tenant;
  agentId: string;
  numberId: string;
  ask(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  refused(method: string, path: string, body?: JsonObject): Promise<[status: number, code: unknown]>;
  candidate(phoneNumber: string, fields?: JsonObject): Promise<string>;
  interview(phoneNumber: string, fields?: JsonObject): Promise<JsonObject>;
  /** The events sent so far. */
  events(): Promise<JsonObject[]>;
}

/** A company with one agent that retries once, after half an hour. */
async function open(): Promise<Company> {
  const tenant = await parlance.workspace();
  const send = (method: string, path: string, body?: JsonObject) =>
    tenant.ask('instaview', method, path, body === undefined ? {} : { body });
  const ask: Company['ask'] = async (method, path, body) => {
    const answer = await send(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const number = await tenant.ask('native', 'POST', '/phone-numbers', {
    body: { number: '+442071230000', provider: 'simulated' },
  });
  const numberId = String(number.body['id']);
  const phone = { type: 'PHONE', companyPhoneNumberId: numberId };
  const agent = await ask('POST', '/agents', {
    name: 'Caller',
    focus: 'GENERIC',
    language: 'EN',
    duration: 20,
    ...phone,
  });
  const agentId = String(agent['id']);
  const callSettings = { autoRetry: true, retrySchedule: [30] };
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { callSettings } });
  const url = 'https://example.com/hook';
  const hook = String((await ask('POST', '/webhooks', { url, events: EVENTS }))['id']);
  const candidate: Company['candidate'] = async (phoneNumber, fields = {}) => {
    const body = { firstName: 'Ada', lastName: 'Lovelace', phoneNumber, ...fields };
    return String((await ask('POST', '/candidates', body))['id']);
  };
  return {
    tenant,
    agentId,
    numberId,
    ask,
    candidate,
    refused: async (method, path, body) => {
      const answer = await send(method, path, body);
      return [answer.status, (answer.body['error'] as JsonObject)['code']];
    },
    interview: async (phoneNumber, fields = {}) =>
      ask('POST', '/interviews', { candidateId: await candidate(phoneNumber), agentId, ...fields }),
    events: async () => {
      while (await services.analysis.work());
      await services.chainWriter.chainDue();
      const as = { ...systemCaller({ id: tenant.id, number: 0 }) };
      const all = await services.webhooks.deliveries(as, hook, 100);
      return all.map(({ payload }) => JSON.parse(payload) as JsonObject).reverse();
    },
  };
}

const attemptsOf = (interview: JsonObject) => interview['callAttempts'] as JsonObject[];
const outcomes = (interview: JsonObject) =>
  attemptsOf(interview).map(({ status, reasonCode, retryNumber }) => [status, reasonCode, retryNumber]);

test("an interview is called from its agent's number and sends its events", async () => {
  const { tenant, agentId, numberId, ask, interview, events } = await open();
  const jobId = '11111111-1111-4111-8111-111111111111';
  const created = await interview('+442071838750', { jobId, metadata: { round: 1 } });
  assert.equal(created['status'], 'SCHEDULED');
  const path = `/interviews/${created['id']}`;
  await seconds(10);
  const connected = await ask('GET', path);
  assert.equal(connected['status'], 'IN_PROGRESS');
  assert.equal((connected['transcript'] as JsonObject[])[0]?.['content'], 'Hello?');
  await seconds(60);
  await events();
  const ended = await ask('GET', path);
  const [attempt] = attemptsOf(ended);
  assert.equal(attempt!['id'], attemptsOf(created)[0]!['id'], 'the attempt keeps its id');
  assert.deepEqual(outcomes(ended), [['COMPLETED', null, 0]]);
  assert.deepEqual([attempt!['notes'], attempt!['calledAt']], ['The other party hung up', created['createdAt']]);
  assert.ok(Number(attempt!['duration']) > 10 && Number.isInteger(attempt!['duration']));
  assert.deepEqual([ended['status'], ended['durationMinutes'], ended['jobId']], ['COMPLETED', 1, jobId]);
  const roles = (ended['transcript'] as JsonObject[]).map(({ role }) => role);
  assert.deepEqual([...new Set(roles)].sort(), ['assistant', 'user']);
  assert.equal(((ended['analysis'] as JsonObject)['general'] as JsonObject)['status'], 3);
  const [listed] = (await ask('GET', `/interviews?agentId=${agentId}&status=COMPLETED`))['data'] as JsonObject[];
  assert.deepEqual({ ...listed, transcript: ended['transcript'] }, ended);
  const candidate = await ask('GET', `/candidates/${created['candidateId']}`);
  assert.deepEqual([candidate['interviewCount'], candidate['analysisCount']], [1, 1]);

  const sent = await events();
  assert.deepEqual(
    sent.map(({ event, data }) => [event, (data as JsonObject)['status']]),
    [
      ['interview.started', 'IN_PROGRESS'],
      ['interview.completed', 'COMPLETED'],
      ['analysis.completed', 'COMPLETED'],
    ],
  );
  for (const { data } of sent) {
    const { interviewId, callAttemptId, candidateId, jobId: job } = data as JsonObject;
    assert.deepEqual([interviewId, callAttemptId], [created['id'], attempt!['id']]);
    assert.deepEqual([candidateId, job], [created['candidateId'], jobId]);
  }
  assert.deepEqual((sent[2]!['data'] as JsonObject)['analysis'], ended['analysis']);
  const as = systemCaller({ id: tenant.id, number: 0 });
  const attempts = (await services.calls.attempts(as, [String(created['id'])])).get(String(created['id']));
  assert.deepEqual(
    attempts?.map(({ from, fromNumberId }) => [from, fromNumberId]),
    [['+442071230000', numberId]],
  );
});

test('an unanswered call is retried, and only the last attempt sends a failure', async () => {
  const { ask, interview, events } = await open();
  const created = await interview('+442071838702');
  const path = `/interviews/${created['id']}`;
  await seconds(120);
  const once = await ask('GET', path);
  assert.equal(once['status'], 'SCHEDULED');
  assert.deepEqual(outcomes(once), [
    ['FAILED', 'NO_ANSWER', 0],
    ['SCHEDULED', null, 1],
  ]);
  assert.deepEqual(await events(), []);
  await seconds(40 * 60);
  const twice = await ask('GET', path);
  assert.equal(twice['status'], 'FAILED');
  assert.deepEqual(outcomes(twice), [
    ['FAILED', 'NO_ANSWER', 0],
    ['FAILED', 'NO_ANSWER', 1],
  ]);
  assert.equal(attemptsOf(twice)[1]!['id'], attemptsOf(once)[1]!['id']);
  const [failed, ...others] = await events();
  assert.deepEqual(others, []);
  assert.equal(failed!['event'], 'interview.failed');
  const { status, error, callAttemptId } = failed!['data'] as JsonObject;
  assert.deepEqual(
    [status, error, callAttemptId],
    ['FAILED', 'The call was not answered', attemptsOf(twice)[1]!['id']],
  );

  await ask('POST', `${path}/call-attempts`);
  await seconds(120);
  assert.equal(attemptsOf(await ask('GET', path)).length, 3, 'a client may request one more');
});

test('busy lines and answering machines have their own reasons', async () => {
  const { ask, interview } = await open();
  const paths = [];
  for (const number of ['+442071838701', '+442071838703']) paths.push(`/interviews/${(await interview(number))['id']}`);
  await seconds(120);
  const reasons = [];
  for (const path of paths) reasons.push(attemptsOf(await ask('GET', path))[0]!['reasonCode']);
  assert.deepEqual(reasons, ['BUSY', 'VOICEMAIL']);
});

test('a scheduled attempt can be moved and cancelled; a running one cannot', async () => {
  const { ask, refused, interview } = await open();
  const created = await interview('+442071838700', { scheduledAt: inMinutes(10) });
  const path = `/interviews/${created['id']}`;
  const attempt = `${path}/call-attempts/${attemptsOf(created)[0]!['id']}`;
  assert.equal(attemptsOf(created)[0]!['scheduledAt'], inMinutes(10));
  const then = inMinutes(20);
  await ask('PATCH', attempt, { scheduledAt: then });
  await seconds(15 * 60);
  const moved = await ask('GET', path);
  assert.deepEqual([moved['status'], moved['scheduledAt']], ['SCHEDULED', then]);
  assert.equal(attemptsOf(moved)[0]!['scheduledAt'], then);
  await seconds(5 * 60 + 10);
  assert.equal((await ask('GET', path))['status'], 'IN_PROGRESS');
  const underWay = [400, 'INVALID_STATE'];
  assert.deepEqual(await refused('PATCH', attempt, { scheduledAt: inMinutes(5) }), underWay);
  assert.deepEqual(await refused('DELETE', attempt), underWay);
  assert.deepEqual(await refused('POST', `${path}/call-attempts`), underWay);
  await ask('DELETE', path);
});

test("a time without an offset is on the candidate's clock; no call is placed outside the hours", async () => {
  const { ask, agentId, candidate } = await open();
  const candidateId = await candidate('+442071838750');
  const planned = async (scheduleTime: string) => {
    const created = await ask('POST', '/interviews', { candidateId, agentId, scheduleTime });
    await ask('DELETE', `/interviews/${created['id']}`);
    return [created['scheduledAt'], attemptsOf(created)[0]!['scheduledAt']];
  };
  // London's clocks go forward on 29 March and are then an hour ahead of UTC.
  assert.deepEqual(await planned('2026-03-30T10:00:00'), ['2026-03-30T09:00:00.000Z', '2026-03-30T09:00:00.000Z']);
  assert.deepEqual(await planned('2026-03-03T10:00:00+01:00'), [
    '2026-03-03T09:00:00.000Z',
    '2026-03-03T09:00:00.000Z',
  ]);
  assert.deepEqual(await planned('2026-03-03T20:00:00Z'), ['2026-03-03T20:00:00.000Z', '2026-03-04T09:00:00.000Z']);
});

test('an interview deleted before its call is not called', async () => {
  const { tenant, ask, interview, events } = await open();
  const created = await interview('+442071838750', { scheduledAt: inMinutes(10) });
  await ask('DELETE', `/interviews/${created['id']}`);
  await seconds(30 * 60);
  const as = systemCaller({ id: tenant.id, number: 0 });
  const call = await services.calls.get(as, String(created['id']));
  assert.deepEqual([call.status, call.attempts], ['cancelled', 0]);
  assert.deepEqual(await events(), []);
});

test('an interview deleted during its call goes on; no messages are stored and no events sent', async () => {
  const { tenant, ask, refused, interview, events } = await open();
  const created = await interview('+442071838750');
  await seconds(10);
  assert.equal((await events()).length, 1);
  await ask('DELETE', `/interviews/${created['id']}`);
  assert.deepEqual(await refused('GET', `/interviews/${created['id']}`), [404, 'RESOURCE_NOT_FOUND']);
  const as = systemCaller({ id: tenant.id, number: 0 });
  assert.equal((await services.calls.get(as, String(created['id']))).status, 'in_progress');
  await seconds(60);
  const call = await services.calls.get(as, String(created['id']));
  assert.deepEqual([call.status, call.hasTranscript], ['completed', false]);
  assert.equal((await events()).length, 1);
  assert.deepEqual(await services.conversations.messages(as, call.conversationId!), []);
  const [conversation] = await services.conversations.getMany(as, [call.conversationId!]);
  assert.equal(conversation?.analysis, null);
});

test('an interview deleted while the phone rings is not retried', async () => {
  const { tenant, ask, interview, events } = await open();
  const created = await interview('+442071838702');
  await seconds(2);
  assert.equal((await ask('GET', `/interviews/${created['id']}`))['status'], 'IN_PROGRESS');
  await ask('DELETE', `/interviews/${created['id']}`);
  await seconds(60 * 60);
  const as = systemCaller({ id: tenant.id, number: 0 });
  const call = await services.calls.get(as, String(created['id']));
  assert.deepEqual([call.status, call.attempts], ['no_answer', 1]);
  assert.deepEqual(await events(), []);
});

test('a test interview sends its event and places no call', async () => {
  const { tenant, interview, events } = await open();
  const created = await interview('+442071838750', { isTest: true });
  await seconds(60);
  const [completed, ...others] = await events();
  assert.deepEqual(others, []);
  const { interviewId, callAttemptId, status } = completed!['data'] as JsonObject;
  assert.equal(completed!['event'], 'interview.completed');
  assert.deepEqual([interviewId, callAttemptId, status], [created['id'], null, 'COMPLETED']);
  const as = systemCaller({ id: tenant.id, number: 0 });
  assert.equal((await services.calls.get(as, String(created['id']))).attempts, 0);
});

test("no interview takes place after the candidate's data has expired", async () => {
  const { ask, refused, agentId, candidate } = await open();
  const candidateId = await candidate('+442071838750', { gdprExpiryDate: inMinutes(30) });
  const late = { candidateId, agentId, scheduleTime: inMinutes(40) };
  assert.deepEqual(await refused('POST', '/interviews', late), [409, 'INVALID_STATE']);
  const created = await ask('POST', '/interviews', { ...late, scheduleTime: inMinutes(20) });
  const attempt = `/interviews/${created['id']}/call-attempts/${attemptsOf(created)[0]!['id']}`;
  assert.deepEqual(await refused('PATCH', attempt, { scheduledAt: inMinutes(40) }), [409, 'INVALID_STATE']);
  assert.equal((await ask('GET', `/interviews/${created['id']}`))['scheduledAt'], inMinutes(20));
});

test('an interview goes on after the deletion of its agent, which accepts no new ones', async () => {
  const { tenant, ask, interview, refused, candidate, agentId, events } = await open();
  // The clock is shared with the other tests, so the agent may call at any time.
  const callSettings = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '23:59' } };
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { callSettings } });
  const created = await interview('+442071838750', { scheduledAt: inMinutes(10) });
  const ringing = await interview('+442071838751');
  await seconds(2);
  assert.equal(await ask('DELETE', `/agents/${agentId}`), true);
  const another = { candidateId: await candidate('+442071838752'), agentId };
  assert.deepEqual(await refused('POST', '/interviews', another), [404, 'RESOURCE_NOT_FOUND']);
  await seconds(11 * 60);
  for (const { id } of [ringing, created]) {
    const ended = await ask('GET', `/interviews/${id}`);
    assert.deepEqual(
      [ended['status'], ended['agentId'], outcomes(ended)],
      ['COMPLETED', agentId, [['COMPLETED', null, 0]]],
    );
    const roles = (ended['transcript'] as JsonObject[]).map(({ role }) => role);
    assert.deepEqual([...new Set(roles)].sort(), ['assistant', 'user']);
  }
  assert.deepEqual((await events()).map(({ event }) => event).sort(), [
    ...['analysis.completed', 'analysis.completed'],
    ...['interview.completed', 'interview.completed'],
    ...['interview.started', 'interview.started'],
  ]);
});

test('an interview called early shows the time of the call as its scheduled time', async () => {
  const { tenant, ask, interview, agentId } = await open();
  const callSettings = { allowedDays: [0, 1, 2, 3, 4, 5, 6], window: { start: '00:00', end: '23:59' } };
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { callSettings } });
  const { id, scheduledAt } = await interview('+442071838750', { scheduledAt: inMinutes(600) });
  await ask('POST', `/interviews/${id}/call-attempts`);
  await seconds(60);
  const ended = await ask('GET', `/interviews/${id}`);
  assert.deepEqual(outcomes(ended), [['COMPLETED', null, 0]]);
  assert.equal(ended['scheduledAt'], attemptsOf(ended)[0]!['scheduledAt']);
  assert.ok(String(ended['scheduledAt']) < String(scheduledAt));
});

test('a deleted candidate is not called', async () => {
  const { ask, interview, events } = await open();
  const created = await interview('+442071838750', { scheduledAt: inMinutes(10) });
  await ask('DELETE', `/candidates/${created['candidateId']}`);
  await seconds(24 * 3600);
  const ended = await ask('GET', `/interviews/${created['id']}`);
  assert.deepEqual([ended['status'], outcomes(ended)], ['FAILED', [['CANCELLED', 'BLOCKED', 0]]]);
  assert.deepEqual(
    (await events()).map(({ data }) => (data as JsonObject)['error']),
    ['The contact was deleted'],
  );
});

test('a dry run schedules nothing', async () => {
  const { tenant, ask, agentId, candidate } = await open();
  const body = { candidateId: await candidate('+442071838750'), agentId };
  const headers = { 'parlance-dry-run': '1' };
  const answer = await tenant.ask('instaview', 'POST', '/interviews', { body, headers });
  assert.deepEqual([answer.status, answer.body['status']], [201, 'SCHEDULED']);
  const inline = { candidate: { firstName: 'A', lastName: 'B', phoneNumber: '+442071838751' }, agentId };
  assert.equal((await tenant.ask('instaview', 'POST', '/interviews', { body: inline, headers })).status, 201);
  assert.equal((await ask('GET', '/interviews'))['total'], 0);
  assert.equal((await ask('GET', '/candidates'))['total'], 1);
});
