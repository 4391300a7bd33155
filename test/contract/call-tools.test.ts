/** What an agent's tools do with the call of their conversation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { byNumber, type Script } from '../../src/providers/carrier/script.ts';
import { createSimulatedCarrier, type SimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import type { Cue } from '../../src/providers/llm/scripted.ts';
import { createScriptedModel } from '../../src/providers/llm/scripted.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const clock = createClock('2026-03-02T12:00:00.000Z');
const { now, setTimer } = clock;
let scripted = createScriptedModel([]);
const model = { answer: (request: Parameters<typeof scripted.answer>[0]) => scripted.answer(request) };
const play = (...cues: Cue[][]) => {
  scripted = createScriptedModel(cues, { otherwise: [{ say: 'Well.' }] });
};
/** A contact who answers, stays on the line and says nothing. The default script plays all other numbers. */
const STAYS = '+442071838700';
const script: Script = (input) =>
  input.to === STAYS ? { answers: 'human', afterSeconds: 4, staysOnLine: true } : byNumber(input);
const carrier: SimulatedCarrier = createSimulatedCarrier({ now, setTimer, script });
/** A dialer places the calls of every workspace, so it needs a database of its own. */
const databaseUrl = await ownDatabase();
const environment = databaseUrl ? { DATABASE_URL: databaseUrl } : undefined;
const parlance = await openTestServer(environment, {
  now,
  providers: { model },
  telephony: { setTimer, carrier, pollMs: 60_000 },
});
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const idle = () => services.dialer.quiet();
const minutes = (count: number) => clock.advance(count * 60_000, { idle });

const LONDON = '+442071838750';

async function agentOf(tenant: Tenant, more: JsonObject = {}): Promise<string> {
  const profiles = { '@default': { name: 'Ada', greeting: { text: 'Hello, this is Ada.', speaker: 'agent' } } };
  const { status, body, text } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Ada', profiles, ...more },
  });
  assert.equal(status, 201, text);
  return String(body['id']);
}
const callerOf = (tenant: Tenant) => systemCaller({ id: tenant.id, number: 0 });
const place = (tenant: Tenant, agentId: string, phone: string, more: JsonObject = {}) =>
  services.calls.place(callerOf(tenant), { agent: { id: agentId }, phone, ...more });
const find = (tenant: Tenant, id: string) => services.calls.get(callerOf(tenant), id);
const attemptsOf = async (tenant: Tenant, id: string) =>
  (await services.calls.attempts(callerOf(tenant), [id])).get(id) ?? [];

test('the agent speaks on the line, and answers what the contact says', async () => {
  const tenant = await parlance.workspace();
  play([{ say: 'I sell tea.' }]);
  const call = await place(tenant, await agentOf(tenant), LONDON);
  await minutes(5);
  const { conversationId, status, hasTranscript } = await find(tenant, call.id);
  assert.deepEqual([status, hasTranscript], ['completed', true]);
  const messages = await services.conversations.messages(callerOf(tenant), conversationId!);
  assert.deepEqual(
    messages.map(({ role, text }) => [role, text]),
    [
      ['assistant', 'Hello, this is Ada.'],
      ['user', 'Hello?'],
      ['assistant', 'I sell tea.'],
    ],
  );
  const [attempt] = await attemptsOf(tenant, call.id);
  assert.deepEqual(
    carrier.received(attempt!.id).flatMap((item) => ('text' in item ? [item.text] : [])),
    ['Hello, this is Ada.', 'I sell tea.'],
  );
});

test('a transfer rings the transfer number and ends the call for the agent', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'warm_transfer', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools, telephony: { transferNumber: '+442071838799' } });
  play([{ call: { name: 'warm_transfer', input: { target: '+15550009999' } } }], [{ say: 'One moment.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const { status, outcome, transferredTo } = await find(tenant, call.id);
  // The agent's transfer number, not the one that the model invented.
  assert.deepEqual([status, outcome, transferredTo], ['completed', 'transferred', '+442071838799']);
});

test('a transfer without an answer leaves the call with the agent', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'cold_transfer', channels: ['voice'], config: { phone_number: '+442071838701' } }];
  const agentId = await agentOf(tenant, { tools });
  play([{ call: { name: 'cold_transfer', input: {} } }], [{ say: 'Nobody is there, sorry.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const { status, outcome, transferredTo, conversationId } = await find(tenant, call.id);
  assert.deepEqual([status, outcome, transferredTo], ['completed', null, null]);
  const messages = await services.conversations.messages(callerOf(tenant), conversationId!);
  assert.equal(messages.at(-1)?.text, 'Nobody is there, sorry.');
});

test('a callback is made at the requested time within the window, even with retries off', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools, callSettings: { autoRetry: false } });
  // 20:00 is after the window, which opens at 09:00 the next day.
  play([{ call: { name: 'schedule_callback', input: { at: '2026-03-02T20:00:00Z' } } }], [{ say: 'Until then.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const waiting = await find(tenant, call.id);
  assert.deepEqual([waiting.status, waiting.dueAt], ['waiting', '2026-03-03T09:00:00.000Z']);
  play([{ say: 'Here I am again.' }]);
  await clock.run(new Date('2026-03-03T12:00:00Z'), { idle });
  assert.equal((await find(tenant, call.id)).status, 'completed');
  const attempts = await attemptsOf(tenant, call.id);
  assert.deepEqual(
    attempts.map(({ reason, status }) => [reason, status]),
    [
      ['first', 'completed'],
      ['callback', 'completed'],
    ],
  );
  assert.equal(attempts[1]?.reservedAt, '2026-03-03T09:00:00.000Z');
});

test('the agent leaves its message on an answering machine, and the call is retried', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'leave_voicemail', channels: ['voice'], config: { message: 'Call us back.' } }];
  const agentId = await agentOf(tenant, { tools, callSettings: { autoRetry: true, retrySchedule: [30] } });
  const call = await place(tenant, agentId, '+442071838703');
  await minutes(2);
  const [attempt] = await attemptsOf(tenant, call.id);
  assert.equal(attempt?.status, 'voicemail');
  assert.deepEqual(
    carrier.received(attempt.id).map((item) => 'text' in item && item.text),
    ['Call us back.'],
  );
  assert.equal((await find(tenant, call.id)).status, 'waiting');
});

test('the agent may hang up, send DTMF digits, and place another call', async () => {
  const tenant = await parlance.workspace();
  const tools = ['hang_up', 'play_dtmf', 'create_call'].map((name) => ({
    name,
    channels: ['voice'],
    config: name === 'create_call' ? { default_context: { reason: 'A friend gave us your number.' } } : {},
  }));
  const agentId = await agentOf(tenant, { tools });
  play(
    [{ call: { name: 'play_dtmf', input: { digits: '12#' } } }],
    [{ call: { name: 'create_call', input: { phone: '+442071838751' } } }],
    [{ call: { name: 'hang_up', input: {} } }],
    [{ say: 'Goodbye.' }],
  );
  const call = await place(tenant, agentId, STAYS);
  await minutes(0.3);
  const { conversationId } = await find(tenant, call.id);
  await services.conversations.say(callerOf(tenant), conversationId!, () => 'Please do all that.');
  await minutes(2);
  const [attempt] = await attemptsOf(tenant, call.id);
  assert.equal((await find(tenant, call.id)).status, 'completed');
  assert.equal(attempt?.endReason, 'The agent hung up');
  assert.ok(carrier.received(attempt!.id).some((item) => 'digits' in item && item.digits === '12#'));
  const [other] = await services.calls.list(callerOf(tenant), { phone: '+442071838751' }, { limit: 1 });
  assert.equal(other?.options.variables?.['reason'], 'A friend gave us your number.');
});

test('silence and the maximum duration end a call', async () => {
  const tenant = await parlance.workspace();
  const short = { name: 'Ada', maxDurationSeconds: 40, silenceTimeoutSeconds: 25 };
  const agentId = await agentOf(tenant, { profiles: { '@default': short } });
  const silent = await place(tenant, agentId, STAYS);
  await minutes(3);
  const ended = await find(tenant, silent.id);
  assert.deepEqual([ended.status, ended.durationSeconds], ['completed', 25]);
  const limited = await place(tenant, agentId, STAYS, { maxDurationSeconds: 10 });
  await minutes(3);
  assert.equal((await find(tenant, limited.id)).durationSeconds, 10);
});

test('injected context reaches the agent silently; immediate context makes it speak at once', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const call = await place(tenant, agentId, STAYS);
  await minutes(0.3);
  play([{ say: 'I have just heard that it has been sent.' }]);
  const caller = callerOf(tenant);
  await services.calls.inject(caller, call.id, 'The parcel has been sent.', 'soon');
  const { conversationId } = await find(tenant, call.id);
  const messages = async () =>
    (await services.conversations.messages(caller, conversationId!)).map(({ role, text }) => `${role}: ${text}`);
  assert.deepEqual(await messages(), ['assistant: Hello, this is Ada.', 'context: The parcel has been sent.']);
  await services.calls.inject(caller, call.id, 'They may ask.', 'immediate');
  assert.equal((await messages()).at(-1), 'assistant: I have just heard that it has been sent.');
  await services.calls.cancel(caller, call.id);
  await minutes(1);
  await assert.rejects(services.calls.inject(caller, call.id, 'Too late.', 'soon'), { code: 'call_not_live' });
});

test('a callback for an inbound call is an outbound call', async () => {
  const tenant = await parlance.workspace();
  const number = '+442071830001';
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools });
  await tenant.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated', agentId } });
  const at = new Date(now().getTime() + 30 * 60_000).toISOString();
  play([{ call: { name: 'schedule_callback', input: { at } } }], [{ say: 'We will.' }]);
  await services.simulateIncomingCall!({ from: LONDON, to: number, says: ['Call me back, please.'] });
  await minutes(2);
  const [callback] = await services.calls.list(callerOf(tenant), { direction: 'outbound' }, { limit: 1 });
  assert.deepEqual([callback?.phone, callback?.status, callback?.dueAt], [LONDON, 'waiting', at]);
});

test('a call that is cancelled while connected gets no callback, even if one was agreed', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools });
  const call = await place(tenant, agentId, STAYS);
  await minutes(0.3);
  const at = new Date(now().getTime() + 30 * 60_000).toISOString();
  play([{ call: { name: 'schedule_callback', input: { at } } }], [{ say: 'We will.' }]);
  const { conversationId } = await find(tenant, call.id);
  await services.conversations.say(callerOf(tenant), conversationId!, () => 'Call me back, please.');
  assert.equal((await find(tenant, call.id)).progress.pending?.at, at);
  await services.calls.cancel(callerOf(tenant), call.id);
  await minutes(1);
  const { status, progress, dueAt } = await find(tenant, call.id);
  assert.deepEqual([status, progress.pending, dueAt], ['completed', undefined, null]);
});
