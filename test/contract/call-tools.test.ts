/** What an agent does with the call that it is in, and what of a call its talk decides. */
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
let fake = createScriptedModel([]);
const model = { answer: (request: Parameters<typeof fake.answer>[0]) => fake.answer(request) };
const play = (...cues: Cue[][]) => {
  fake = createScriptedModel(cues, { otherwise: [{ say: 'Well.' }] });
};
/** Somebody who picks up, stays on the line and says nothing by themselves; everybody else is as their number says. */
const STAYS = '+442071838700';
const script: Script = (order) =>
  order.to === STAYS ? { answers: 'human', afterSeconds: 4, staysOnLine: true } : byNumber(order);
const carrier: SimulatedCarrier = createSimulatedCarrier({ now, setTimer, script });
/** A dialler places the calls of every workspace, so it has a database to itself. */
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

test('what the agent says is heard on the line, and what they say is answered', async () => {
  const tenant = await parlance.workspace();
  play([{ say: 'I sell tea.' }]);
  const call = await place(tenant, await agentOf(tenant), LONDON);
  await minutes(5);
  const { conversationId, status, hasTranscript } = await find(tenant, call.id);
  assert.deepEqual([status, hasTranscript], ['completed', true]);
  const said = await services.conversations.messages(callerOf(tenant), conversationId!);
  assert.deepEqual(
    said.map(({ role, text }) => [role, text]),
    [
      ['assistant', 'Hello, this is Ada.'],
      ['user', 'Hello?'],
      ['assistant', 'I sell tea.'],
    ],
  );
  const [attempt] = await attemptsOf(tenant, call.id);
  assert.deepEqual(
    carrier.heard(attempt!.id).flatMap((one) => ('words' in one ? [one.words] : [])),
    ['Hello, this is Ada.', 'I sell tea.'],
  );
});

test('a call that is to be handed over rings at the transfer number, and is over for the agent', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'warm_transfer', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools, telephony: { transferNumber: '+442071838799' } });
  play([{ call: { name: 'warm_transfer', input: { target: '+15550009999' } } }], [{ say: 'One moment.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const { status, outcome, transferredTo } = await find(tenant, call.id);
  // Not the number that the model made up.
  assert.deepEqual([status, outcome, transferredTo], ['completed', 'transferred', '+442071838799']);
});

test('a transfer that nobody takes leaves the call with the agent', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'cold_transfer', channels: ['voice'], config: { phone_number: '+442071838701' } }];
  const agentId = await agentOf(tenant, { tools });
  play([{ call: { name: 'cold_transfer', input: {} } }], [{ say: 'Nobody is there, sorry.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const { status, outcome, transferredTo, conversationId } = await find(tenant, call.id);
  assert.deepEqual([status, outcome, transferredTo], ['completed', null, null]);
  const said = await services.conversations.messages(callerOf(tenant), conversationId!);
  assert.equal(said.at(-1)?.text, 'Nobody is there, sorry.');
});

test('a callback that they ask for is made then, also where retries are off, and within the hours', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools, callSettings: { autoRetry: false } });
  // Eight in the evening: nobody is called before nine the next morning.
  play([{ call: { name: 'schedule_callback', input: { at: '2026-03-02T20:00:00Z' } } }], [{ say: 'Until then.' }]);
  const call = await place(tenant, agentId, LONDON);
  await minutes(5);
  const waiting = await find(tenant, call.id);
  assert.deepEqual([waiting.status, waiting.dueAt], ['waiting', '2026-03-03T09:00:00.000Z']);
  play([{ say: 'Here I am again.' }]);
  await clock.run(new Date('2026-03-03T12:00:00Z'), { idle });
  assert.equal((await find(tenant, call.id)).status, 'completed');
  const made = await attemptsOf(tenant, call.id);
  assert.deepEqual(
    made.map(({ reason, status }) => [reason, status]),
    [
      ['first', 'completed'],
      ['callback', 'completed'],
    ],
  );
  assert.equal(made[1]?.reservedAt, '2026-03-03T09:00:00.000Z');
});

test('a machine hears the message that the agent has for it, and is called again like whoever was not reached', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'leave_voicemail', channels: ['voice'], config: { message: 'Call us back.' } }];
  const agentId = await agentOf(tenant, { tools, callSettings: { autoRetry: true, retrySchedule: [30] } });
  const call = await place(tenant, agentId, '+442071838703');
  await minutes(2);
  const [attempt] = await attemptsOf(tenant, call.id);
  assert.equal(attempt?.status, 'voicemail');
  assert.deepEqual(
    carrier.heard(attempt.id).map((one) => 'words' in one && one.words),
    ['Call us back.'],
  );
  assert.equal((await find(tenant, call.id)).status, 'waiting');
});

test('the agent may end the call, press keys, and call somebody else', async () => {
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
  assert.ok(carrier.heard(attempt!.id).some((one) => 'keys' in one && one.keys === '12#'));
  const [other] = await services.calls.list(callerOf(tenant), { phone: '+442071838751' }, { limit: 1 });
  assert.equal(other?.options.variables?.['reason'], 'A friend gave us your number.');
});

test('silence and the longest time end a call', async () => {
  const tenant = await parlance.workspace();
  const short = { name: 'Ada', maxDurationSeconds: 40, silenceTimeoutSeconds: 25 };
  const agentId = await agentOf(tenant, { profiles: { '@default': short } });
  const silent = await place(tenant, agentId, STAYS);
  await minutes(3);
  const one = await find(tenant, silent.id);
  assert.deepEqual([one.status, one.durationSeconds], ['completed', 25]);
  const busy = await place(tenant, agentId, STAYS, { maxDurationSeconds: 10 });
  await minutes(3);
  assert.equal((await find(tenant, busy.id)).durationSeconds, 10);
});

test('what is injected is known to the agent and not heard; what is urgent it speaks to at once', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant);
  const call = await place(tenant, agentId, STAYS);
  await minutes(0.3);
  play([{ say: 'I have just heard that it has been sent.' }]);
  const caller = callerOf(tenant);
  await services.calls.inject(caller, call.id, 'The parcel has been sent.', 'soon');
  const { conversationId } = await find(tenant, call.id);
  const said = async () =>
    (await services.conversations.messages(caller, conversationId!)).map(({ role, text }) => `${role}: ${text}`);
  assert.deepEqual(await said(), ['assistant: Hello, this is Ada.', 'context: The parcel has been sent.']);
  await services.calls.inject(caller, call.id, 'They may ask.', 'immediate');
  assert.equal((await said()).at(-1), 'assistant: I have just heard that it has been sent.');
  await services.calls.cancel(caller, call.id);
  await minutes(1);
  await assert.rejects(services.calls.inject(caller, call.id, 'Too late.', 'soon'), { code: 'call_not_live' });
});

test('whoever calls us and wants to be called back is called by us', async () => {
  const tenant = await parlance.workspace();
  const number = '+442071830001';
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools });
  await tenant.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated', agentId } });
  const at = new Date(now().getTime() + 30 * 60_000).toISOString();
  play([{ call: { name: 'schedule_callback', input: { at } } }], [{ say: 'We will.' }]);
  await services.ring!({ from: LONDON, to: number, says: ['Call me back, please.'] });
  await minutes(2);
  const [back] = await services.calls.list(callerOf(tenant), { direction: 'outbound' }, { limit: 1 });
  assert.deepEqual([back?.phone, back?.status, back?.dueAt], [LONDON, 'waiting', at]);
});

test('a call that is called off while it lasts is not made again, whatever was agreed on in it', async () => {
  const tenant = await parlance.workspace();
  const tools = [{ name: 'schedule_callback', channels: ['voice'], config: {} }];
  const agentId = await agentOf(tenant, { tools });
  const call = await place(tenant, agentId, STAYS);
  await minutes(0.3);
  const at = new Date(now().getTime() + 30 * 60_000).toISOString();
  play([{ call: { name: 'schedule_callback', input: { at } } }], [{ say: 'We will.' }]);
  const { conversationId } = await find(tenant, call.id);
  await services.conversations.say(callerOf(tenant), conversationId!, () => 'Call me back, please.');
  assert.equal((await find(tenant, call.id)).progress.wanted?.at, at);
  await services.calls.cancel(callerOf(tenant), call.id);
  await minutes(1);
  const { status, progress, dueAt } = await find(tenant, call.id);
  assert.deepEqual([status, progress.wanted, dueAt], ['completed', undefined, null]);
});
