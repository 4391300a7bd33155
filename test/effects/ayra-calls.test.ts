/** The effects of Ayra's fields on the telephone. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { effect, newNumber, type Setup, type Trace } from './calls.ts';

/** The agent's id in the hub. */
const hubId = ({ agentId }: Setup): string =>
  agentId.replace(/^agent_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const patch = (setup: Setup, body: JsonObject): Promise<Answer> =>
  setup.tenant.ask('native', 'PATCH', `/agents/${hubId(setup)}`, {
    body,
    headers: { 'content-type': 'application/merge-patch+json' },
  });

async function ayra(tenant: Tenant): Promise<Setup> {
  const number = newNumber();
  const body = { name: 'Ada', voice_platform: 'vapi', phone_number: number, welcome_message: 'Good day!' };
  const created = await tenant.ask('ayra', 'POST', '/agents', { body });
  assert.equal(created.status, 201, created.text);
  return { tenant, number, agentId: (created.body['data'] as JsonObject)['id'] as string };
}

const put =
  (field: string) =>
  ({ tenant, agentId }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('ayra', 'PUT', `/agents/${agentId}`, { body: { [field]: value } });
const resultOf = (trace: Trace | undefined) => [trace?.call.status, trace?.call.outcome];

effect('ayra.transfer_number', {
  values: ['+442071838131', '+442071838132'],
  setUp: ayra,
  update: put('transfer_number'),
  observe: (trace) => trace?.call.transferredTo,
  expect: ['+442071838131', '+442071838132'],
});

const MONDAY = { timezone: 'Europe/London', schedule: [{ day: 'monday', open: '09:00', close: '17:00' }] };
const TUESDAY = { timezone: 'Europe/London', schedule: [{ day: 'tuesday', open: '09:00', close: '17:00' }] };

effect('ayra.business_hours', {
  values: [MONDAY, TUESDAY],
  setUp: ayra,
  update: put('business_hours'),
  observe: resultOf,
  expect: [
    ['completed', null],
    ['declined', 'after_hours'],
  ],
});

effect('ayra.transcription_enabled', {
  values: [true, false],
  setUp: ayra,
  update: put('transcription_enabled'),
  observe: (trace) => [trace?.call.hasTranscript, trace?.messages.map(({ text }) => text)],
  expect: [
    [true, ['Good day!', 'Please put me through.', 'Very well.']],
    [false, []],
  ],
});

effect('ayra.status', {
  values: ['active', 'paused'],
  setUp: ayra,
  update: put('status'),
  observe: resultOf,
  expect: [
    ['completed', null],
    ['declined', 'agent_paused'],
  ],
});

// Ayra's API cannot change the number; the native API can. The first call goes on after the change.
effect('ayra.phone_number', {
  values: [true, false],
  setUp: ayra,
  update: (setup, reached) => patch(setup, { telephony: { phoneNumber: reached ? setup.number : newNumber() } }),
  observe: (trace) => trace && [trace.call.agentId === hubId(trace.setup), trace.call.status],
  expect: [[true, 'completed'], undefined],
});
