/** Kejue's calls, campaigns and events over time, on a virtual clock and a virtual network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openKejue, VOICE } from './kejue-workspace.ts';

test('a call outside the hours waits until the window opens', async () => {
  const { ask, agent, contact, until, attemptTimes } = await openKejue('2026-03-07T12:00:00.000Z');
  const { id } = await agent();
  const { id: contactId } = await contact('+442071838750');
  const call = await ask('POST', `/agents/${id}/calls`, { contact_id: contactId });
  assert.equal(call['status'], 'scheduled');
  assert.match(String(call['status_reason']), /the window \(09:00–17:00\) opens at 2026-03-09T09:00 in Europe\/London/);
  await until('2026-03-09T08:59:59.000Z');
  assert.deepEqual(await attemptTimes(call['id']), []);
  await until('2026-03-09T09:00:10.000Z');
  assert.deepEqual(await attemptTimes(call['id']), ['2026-03-09T09:00:00']);
  const during = await ask('GET', `/calls?contact_id=${contactId}&status=in_progress&limit=1`);
  assert.deepEqual((during['calls'] as JsonObject[])[0]?.['id'], call['id']);
  await until('2026-03-09T09:02:00.000Z');
  const after = await ask('GET', `/calls/${call['id']}`);
  assert.deepEqual(
    [after['status'], after['ended_reason'], after['duration_seconds'], after['attempt_number']],
    ['completed', 'hangup', 21, 1],
  );
  assert.match(String(after['transcript']), /^Agent: Good day\.\nUser: Hello\?\nAgent: /);
});

test('retries follow the schedule, one per entry, within the hours', async () => {
  const { ask, agent, contact, until, attemptTimes } = await openKejue('2026-03-02T15:30:00.000Z');
  const { id } = await agent({ call_settings: { auto_retry: true, retry_schedule: [60, 240] } });
  const { id: busy } = await contact('+442071838701');
  const call = await ask('POST', `/agents/${id}/calls`, { contact_id: busy });
  await until('2026-03-02T15:31:00.000Z');
  const between = await ask('GET', `/calls/${call['id']}`);
  assert.deepEqual(
    [between['status'], between['attempt_number'], between['next_attempt_at']],
    ['scheduled', 1, '2026-03-02T16:30:01.000Z'],
  );
  await until('2026-03-04T00:00:00.000Z');
  // The second retry would be in the evening, so it waits for the morning.
  assert.deepEqual(await attemptTimes(call['id']), [
    '2026-03-02T15:30:00',
    '2026-03-02T16:30:01',
    '2026-03-03T09:00:00',
  ]);
  const after = await ask('GET', `/calls/${call['id']}`);
  assert.deepEqual([after['status'], after['ended_reason'], after['attempt_number']], ['busy', 'unjoined', 3]);
});

test('without auto_retry there is one attempt', async () => {
  const { ask, agent, contact, until, attemptTimes } = await openKejue();
  const { id } = await agent({ call_settings: { auto_retry: false, retry_schedule: [5] } });
  const { id: silent } = await contact('+442071838702');
  const call = await ask('POST', `/agents/${id}/calls`, { contact_id: silent });
  await until('2026-03-03T00:00:00.000Z');
  assert.equal((await attemptTimes(call['id'])).length, 1);
  assert.equal((await ask('GET', `/calls/${call['id']}`))['status'], 'no_answer');
});

test('the config of a call overrides the agent, and the agent the workspace, key by key', async () => {
  const { tenant, ask, agent, contact, until, attemptTimes } = await openKejue('2026-03-02T06:00:00.000Z');
  const settings = { window: { start: '07:00', end: '20:00' }, autoRetry: true, retrySchedule: [10] };
  const path = `/workspaces/${tenant.id}/settings`;
  const stored = await tenant.ask('native', 'PATCH', path, { body: { callSettings: settings } });
  assert.equal(stored.status, 200, stored.text);
  const { id } = await agent({ call_settings: { retry_schedule: [20, 20], call_start_hour: 8 } });
  const { id: busy } = await contact('+442071838701');
  const plain = await ask('POST', `/agents/${id}/calls`, { contact_id: busy });
  const config = { retry_schedule: [30], allowed_days: [1] };
  const own = await ask('POST', `/agents/${id}/calls`, { contact_id: busy, config });
  const { id: other } = await contact('+442071839901');
  const never = await ask('POST', `/agents/${id}/calls`, { contact_id: other, config: { auto_retry: false } });
  await until('2026-03-04T00:00:00.000Z');
  // The start hour comes from the agent, auto_retry from the workspace, the retry times from the agent.
  assert.deepEqual(await attemptTimes(plain['id']), [
    '2026-03-02T08:00:00',
    '2026-03-02T08:20:01',
    '2026-03-02T08:40:02',
  ]);
  assert.deepEqual(await attemptTimes(own['id']), ['2026-03-03T08:00:00', '2026-03-03T08:30:01']);
  assert.deepEqual(await attemptTimes(never['id']), ['2026-03-02T08:00:00']);
});

test('a campaign overrides its agent key by key, and changes apply to the next attempt', async () => {
  const { ask, agent, contact, until, attempts, deliver } = await openKejue();
  const { id } = await agent({ call_settings: { auto_retry: true, retry_schedule: [10], call_end_hour: 24 } });
  const { id: busy } = await contact('+442071838701');
  const call_settings = { retry_schedule: [30, 30] };
  const body = { name: 'Spring', persona_id: id, contact_ids: [busy], call_settings, auto_start: true };
  const campaign = await ask('POST', '/campaigns', body);
  assert.equal(campaign['status'], 'running');
  const { calls } = (await ask('GET', `/calls?campaign_id=${campaign['id']}`)) as { calls: JsonObject[] };
  await until('2026-03-02T15:31:00.000Z');
  await ask('PATCH', `/campaigns/${campaign['id']}`, { call_settings: { retry_schedule: null } });
  await deliver();
  await until('2026-03-02T18:00:00.000Z');
  const times = (await attempts(calls[0]!['id'])).map(({ reservedAt }) => reservedAt.slice(11, 19));
  // The campaign had two retries; the agent has only one.
  assert.deepEqual(times, ['15:00:00', '15:30:01']);
  assert.equal((await ask('GET', `/campaigns/${campaign['id']}`))['status'], 'completed');
});

test("a start without an offset is on each contact's own clock", async () => {
  const { ask, agent, contact, until, attemptTimes } = await openKejue('2026-03-02T08:00:00.000Z');
  const { id } = await agent();
  const [london, york] = await Promise.all([
    contact('+442071838750'),
    contact('+12025550111', { timezone: 'America/New_York' }),
  ]);
  const contact_ids = [london['id'], york['id']];
  const campaign = await ask('POST', '/campaigns', { name: 'Noon', persona_id: id, contact_ids });
  const started = await ask('POST', `/campaigns/${campaign['id']}/start`, { scheduled_start_at: '2026-03-02T12:00' });
  assert.equal(started['status'], 'scheduled');
  await until('2026-03-02T12:00:10.000Z');
  assert.equal((await ask('GET', `/campaigns/${campaign['id']}`))['status'], 'running');
  await until('2026-03-02T18:00:00.000Z');
  const { calls } = (await ask('GET', `/calls?campaign_id=${campaign['id']}`)) as { calls: JsonObject[] };
  const times = await Promise.all(
    contact_ids.map((one) => attemptTimes(calls.find(({ contact_id }) => contact_id === one)?.['id'])),
  );
  assert.deepEqual(times, [['2026-03-02T12:00:00'], ['2026-03-02T17:00:00']]);
  const after = await ask('GET', `/campaigns/${campaign['id']}`);
  assert.deepEqual([after['status'], after['total_contacts']], ['completed', 2]);
});

test('the caller id follows the assignment mode, phone_number_id overrides it, and neither prevents a call', async () => {
  const { ask, agent, contact, until, attempts, number } = await openKejue();
  const { id } = await agent({ call_settings: { phone_assignment_mode: 'local' } });
  const { id: zoe } = await contact('+442071838700');
  const away = await number('+12025550150');
  let minute = 10;
  const from = async (body: JsonObject = {}) => {
    const call = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe, ...body });
    await until(`2026-03-02T15:${minute++}:00.000Z`);
    return (await attempts(call['id']))[0]?.from;
  };
  assert.equal(await from(), '+12025550150', 'without a local number the call is placed all the same');
  await number('+442079460150');
  assert.equal(await from(), '+442079460150');
  assert.equal(await from({ phone_number_id: away }), '+12025550150');
  assert.equal(await from({ config: { phone_assignment_mode: 'foreign' } }), '+12025550150');
});

test('a persona that is switched off places no calls, and its campaigns wait', async () => {
  const { ask, send, agent, contact, until, attemptTimes, deliver } = await openKejue();
  const { id } = await agent();
  const { id: zoe } = await contact('+442071838750');
  const waiting = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe, schedule_at: '2026-03-02T15:10:00Z' });
  const body = { name: 'Spring', persona_id: id, contact_ids: [zoe], scheduled_start_at: '2026-03-02T15:10' };
  const campaign = await ask('POST', '/campaigns', { ...body, auto_start: true });
  const { calls } = (await ask('GET', `/calls?campaign_id=${campaign['id']}`)) as { calls: JsonObject[] };
  await ask('PATCH', `/agents/${id}`, { is_active: false });
  await deliver();
  const refused = await send('POST', `/agents/${id}/calls`, { contact_id: zoe });
  assert.deepEqual([refused.status, refused.body['code']], [409, 'CONFLICT']);
  await until('2026-03-02T16:00:00.000Z');
  for (const one of [waiting, calls[0]!]) assert.deepEqual(await attemptTimes(one['id']), []);
  await ask('PATCH', `/agents/${id}`, { is_active: true });
  await deliver();
  await until('2026-03-02T16:40:00.000Z');
  for (const one of [waiting, calls[0]!]) assert.equal((await attemptTimes(one['id'])).length, 1);
});

test('overrides of prompt, timeouts and length apply to one call only', async () => {
  const { ask, agent, contact, until, services, caller } = await openKejue();
  const created = await agent();
  const { id } = created;
  const { id: zoe } = await contact('+442071838700', { first_name: 'Zoe' });
  const config = {
    ...{ prompt: 'Sell {{ deal }}.', first_message: 'Hello {{ contact.first_name }}, {{ deal }}?', temperature: 0.1 },
    ...{ silence_timeout: 10, max_duration: 30, recording_enabled: false, voice_id: 'emma', language_locale: 'fr-FR' },
    ...{ first_message_uninterruptible: true, tools: [{ id: 'hang_up', config: { why: 'done' } }] },
    inactivity_messages: [{ delay_seconds: 5, message: 'Still there?' }],
    ...{ scoring_criteria: 'Was it short?', tags: [{ name: 'Won' }] },
  };
  const own = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe, config, context: { deal: 'boats' } });
  await until('2026-03-02T15:05:00.000Z');
  const plain = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe });
  await until('2026-03-02T15:10:00.000Z');
  const [first, second] = await Promise.all([ask('GET', `/calls/${own['id']}`), ask('GET', `/calls/${plain['id']}`)]);
  assert.match(String(first['transcript']), /^Agent: Hello Zoe, boats\?/);
  assert.match(String(second['transcript']), /^Agent: Good day\./);
  // Silence ends the calls: after ten seconds with the override, after thirty without it.
  assert.deepEqual([first['ended_reason'], first['duration_seconds']], ['timeout', 11]);
  assert.deepEqual([second['ended_reason'], second['duration_seconds']], ['timeout', 31]);
  const snapshot = await services.conversations.snapshot(caller, String(first['conversation_id']));
  const { profile, document, tools } = snapshot.personas[String(id)]!;
  assert.deepEqual(
    [profile?.voice.id, profile?.recording, profile?.greeting.interruptible, profile?.maxDurationSeconds],
    ['emma', false, false, 30],
  );
  assert.deepEqual(profile?.inactivity, [{ delaySeconds: 5, message: 'Still there?', endBehaviour: 'continue' }]);
  assert.deepEqual(document.tools, [{ name: 'hang_up', channels: ['voice'], config: { why: 'done' } }]);
  assert.deepEqual(
    tools.map(({ builtin }) => builtin),
    ['end_conversation'],
  );
  assert.equal(snapshot.locale, 'fr-FR');
  assert.equal(snapshot.overrides.instructions, 'Sell boats.');
  assert.equal(snapshot.overrides.temperature, 0.1);
  assert.deepEqual(snapshot.settings['callSettings.scoringCriteria'], { value: 'Was it short?', from: 'override' });
  assert.deepEqual((await ask('GET', `/agents/${id}`))['voice_configs'], created['voice_configs']);
});

test('max_duration ends a call that goes on', async () => {
  const { ask, agent, contact, until } = await openKejue();
  const { id } = await agent();
  const { id: zoe } = await contact('+442071838700');
  const config = { max_duration: 30, silence_timeout: 120 };
  const call = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe, config });
  await until('2026-03-02T15:05:00.000Z');
  const { ended_reason, duration_seconds } = await ask('GET', `/calls/${call['id']}`);
  assert.deepEqual([ended_reason, duration_seconds], ['timeout', 30]);
});

test('context reaches the agent while the call lasts, and only then', async () => {
  const { ask, send, agent, contact, until, services, caller } = await openKejue();
  const { id } = await agent();
  const { id: zoe } = await contact('+442071838700');
  const call = await ask('POST', `/agents/${id}/calls`, { contact_id: zoe });
  const path = `/calls/${call['id']}/inject-context`;
  assert.equal((await send('POST', path, { text: 'Too early.' })).status, 409);
  await until('2026-03-02T15:00:08.000Z');
  for (const urgency of ['immediate', 'soon', 'later', undefined]) {
    const answer = await send('POST', path, { text: `Said ${urgency}.`, ...(urgency && { urgency }) });
    assert.deepEqual([answer.status, answer.text], [204, '']);
  }
  const { conversation_id } = await ask('GET', `/calls/${call['id']}`);
  const messages = await services.conversations.messages(caller, String(conversation_id));
  const context = messages.filter(({ role }) => role === 'context').map(({ text }) => text);
  assert.deepEqual(context, ['Said immediate.', 'Said soon.', 'Only where it fits: Said later.', 'Said undefined.']);
  assert.ok(!String((await ask('GET', `/calls/${call['id']}`))['transcript']).includes('Said'));
  const cancelled = await ask('POST', `/calls/${call['id']}/cancel`);
  assert.ok(['in_progress', 'completed', 'cancelled'].includes(String(cancelled['status'])));
  await until('2026-03-02T15:01:00.000Z');
  assert.equal((await send('POST', path, { text: 'Too late.' })).status, 409);
  assert.equal((await send('POST', `/calls/${call['id']}/cancel`)).status, 409, 'the call has ended');
});

test('a voice configuration answers the number that is routed to it', async () => {
  const { ask, agent, until, number, services } = await openKejue();
  const { id } = await agent();
  const french = await ask('POST', `/agents/${id}/voice-configs`, { ...VOICE, first_message: 'Bonjour.' });
  const [phone, called] = [await number('+442071838799'), '+442071838799'];
  await ask('PUT', `/phone-numbers/${phone}/inbound-routing`, { voice_config_id: french['id'] });
  await services.simulateIncomingCall!({ from: '+442071838750', to: called, says: ['Hello?'] });
  await until('2026-03-02T15:05:00.000Z');
  const { calls } = (await ask('GET', '/calls?direction=inbound')) as { calls: JsonObject[] };
  assert.deepEqual([calls.length, calls[0]?.['persona_id'], calls[0]?.['agent_id']], [1, id, french['id']]);
  const { transcript } = await ask('GET', `/calls/${calls[0]?.['id']}`);
  assert.match(String(transcript), /^Agent: Bonjour\./);
  await ask('DELETE', `/phone-numbers/${phone}/inbound-routing`);
  await services.simulateIncomingCall!({ from: '+442071838751', to: called, says: ['Hello?'] });
  await until('2026-03-02T15:10:00.000Z');
  assert.equal((await ask('GET', '/calls?direction=inbound'))['total'], 1, 'no agent answers the number');
});
