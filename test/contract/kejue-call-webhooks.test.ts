/** What Kejue's webhooks receive about calls and campaigns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openReceiver } from '../webhooks/receiver.ts';
import { openKejue } from './kejue-workspace.ts';

test('webhooks receive the start, the end and the analysis of a call', async () => {
  const { ask, agent, contact, until, deliver, tenant } = await openKejue();
  const [all, persona] = [await openReceiver(), await openReceiver()];
  const [ana, bob] = [await agent({ call_settings: { auto_retry: true, retry_schedule: [5] } }), await agent()];
  await ask('POST', '/webhooks', { url: all.url, events: ['call.*'] });
  const scope = { scope_type: 'persona', persona_id: bob['id'] };
  await ask('POST', '/webhooks', { url: persona.url, events: ['*'], ...scope });
  const { id: zoe } = await contact('+442071838707', { first_name: 'Zoe', last_name: 'Quinn' });
  const call = await ask('POST', `/agents/${ana['id']}/calls`, { contact_id: zoe, external_reference: 'crm-7' });
  for (const time of ['15:00:03', '15:05:09', '15:06:00']) {
    await until(`2026-03-02T${time}.000Z`);
    await deliver();
  }
  const events = all.events() as { event: string; data: JsonObject; workspace_id: string }[];
  assert.deepEqual(
    events.map(({ event }) => event),
    ['call.ended', 'call.started', 'call.ended', 'call.analyzed'],
  );
  assert.ok(events.every(({ workspace_id }) => workspace_id === `ws_${tenant.id.replaceAll('-', '')}`));
  const [missed, started, ended, analyzed] = events.map(({ data }) => data);
  const { conversation_id } = await ask('GET', `/calls/${call['id']}`);
  const common = {
    ...{ job_id: call['id'], contact_id: zoe, persona_id: ana['id'], campaign_id: null, direction: 'outbound' },
    ...{ channel: 'voice', job_type: 'outbound_call', external_reference: 'crm-7' },
  };
  const contactGroup = {
    ...{ id: zoe, name: 'Zoe Quinn', first_name: 'Zoe', last_name: 'Quinn', phone: '+442071838707', email: null },
  };
  const findings = { summary: null, score: null, outcome: null, structured_data: null };
  const callGroup = (status: string, seconds: number) => ({
    ...{ id: call['id'], status, summary: null, outcome_id: null, score: null, duration_seconds: seconds },
    structured_data: null,
  });
  assert.deepEqual(missed, {
    ...common,
    ...{ attempt_number: 1, conversation_id: null, status: 'busy', ended_reason: 'unjoined', duration_seconds: 0 },
    ...{ transcript: null, recording_url: null, started_at: null, ended_at: '2026-03-02T15:00:01.000Z' },
    retry: { will_retry: true, next_retry_at: '2026-03-02T15:05:01.000Z', attempt_number: 1 },
    ...{ call: callGroup('busy', 0), contact: contactGroup, conversation: null },
  });
  assert.deepEqual(started, {
    ...common,
    ...{ attempt_number: 2, conversation_id, started_at: '2026-03-02T15:05:05.000Z', contact: contactGroup },
    call: callGroup('in_progress', 0),
    conversation: { id: conversation_id, started_at: '2026-03-02T15:05:05.000Z', ended_at: null },
  });
  const { transcript, ...rest } = ended!;
  const conversation = {
    ...{ id: conversation_id, started_at: '2026-03-02T15:05:05.000Z', ended_at: '2026-03-02T15:05:26.000Z' },
  };
  assert.match(String(transcript), /^Agent: Good day\.\nUser: Hello\?/);
  assert.deepEqual(rest, {
    ...common,
    ...{ attempt_number: 2, conversation_id, status: 'completed', ended_reason: 'hangup', duration_seconds: 21 },
    ...{ recording_url: null, started_at: '2026-03-02T15:05:05.000Z', ended_at: '2026-03-02T15:05:26.000Z' },
    retry: { will_retry: false, next_retry_at: null, attempt_number: 2 },
    ...{ call: callGroup('completed', 21), contact: contactGroup, conversation },
  });
  assert.deepEqual(analyzed, {
    ...common,
    ...{ attempt_number: 2, conversation_id, status: 'completed', ended_reason: 'hangup', duration_seconds: 21 },
    ...{ transcript, recording_url: null, ...findings, contact: contactGroup },
    call: callGroup('completed', 21),
    conversation,
  });
  assert.deepEqual(persona.received, [], 'a webhook of one persona receives no events of another');
});

test('webhooks receive the steps of a campaign', async () => {
  const { ask, agent, contact, until, deliver } = await openKejue();
  const receiver = await openReceiver();
  const { id } = await agent();
  const scope = { scope_type: 'persona', persona_id: id };
  await ask('POST', '/webhooks', { url: receiver.url, events: ['campaign.*'], ...scope });
  const { id: zoe } = await contact('+442071838750');
  const campaign = await ask('POST', '/campaigns', { name: 'Spring', persona_id: id, contact_ids: [zoe] });
  for (const step of ['start', 'pause', 'resume']) {
    await ask('POST', `/campaigns/${campaign['id']}/${step}`);
    await deliver();
  }
  await until('2026-03-02T15:02:00.000Z');
  await deliver();
  const events = receiver.events() as { event: string; data: JsonObject }[];
  assert.deepEqual(
    events.map(({ event, data }) => [event, data['campaign_id'], data['name'], data['persona_id'], data['status']]),
    [
      ['campaign.started', 'running'],
      ['campaign.paused', 'paused'],
      ['campaign.resumed', 'running'],
      ['campaign.ended', 'completed'],
    ].map(([event, status]) => [event, campaign['id'], 'Spring', id, status]),
  );
});
