/** What the fields of Ayra do on the telephone. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { effect, newNumber, type Stage, type Trace } from './calls.ts';

const hub = ({ shown }: Stage): string => shown.replace(/^agent_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const patch = (stage: Stage, body: JsonObject): Promise<Answer> =>
  stage.tenant.ask('native', 'PATCH', `/agents/${hub(stage)}`, {
    body,
    headers: { 'content-type': 'application/merge-patch+json' },
  });

async function ayra(tenant: Tenant): Promise<Stage> {
  const number = newNumber();
  const body = { name: 'Ada', voice_platform: 'vapi', phone_number: number, welcome_message: 'Good day!' };
  const made = await tenant.ask('ayra', 'POST', '/agents', { body });
  assert.equal(made.status, 201, made.text);
  return { tenant, number, shown: (made.body['data'] as JsonObject)['id'] as string };
}

const put =
  (field: string) =>
  ({ tenant, shown }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('ayra', 'PUT', `/agents/${shown}`, { body: { [field]: value } });
const cameTo = (trace: Trace | undefined) => [trace?.call.status, trace?.call.outcome];

effect('ayra.transfer_number', {
  values: ['+442071838131', '+442071838132'],
  stage: ayra,
  update: put('transfer_number'),
  observe: (trace) => trace?.call.transferredTo,
  expect: ['+442071838131', '+442071838132'],
});

const MONDAY = { timezone: 'Europe/London', schedule: [{ day: 'monday', open: '09:00', close: '17:00' }] };
const TUESDAY = { timezone: 'Europe/London', schedule: [{ day: 'tuesday', open: '09:00', close: '17:00' }] };

effect('ayra.business_hours', {
  values: [MONDAY, TUESDAY],
  stage: ayra,
  update: put('business_hours'),
  observe: cameTo,
  expect: [
    ['completed', null],
    ['declined', 'after_hours'],
  ],
});

effect('ayra.transcription_enabled', {
  values: [true, false],
  stage: ayra,
  update: put('transcription_enabled'),
  observe: (trace) => [trace?.call.hasTranscript, trace?.said.map(({ text }) => text)],
  expect: [
    [true, ['Good day!', 'Please put me through.', 'Very well.']],
    [false, []],
  ],
});

effect('ayra.status', {
  values: ['active', 'paused'],
  stage: ayra,
  update: put('status'),
  observe: cameTo,
  expect: [
    ['completed', null],
    ['declined', 'agent_paused'],
  ],
});

// Ayra itself changes no number; whoever has the house moves it. The first of these calls goes on all the same.
effect('ayra.phone_number', {
  values: [true, false],
  stage: ayra,
  update: (stage, reached) => patch(stage, { telephony: { phoneNumber: reached ? stage.number : newNumber() } }),
  observe: (trace) => trace && [trace.call.agentId === hub(trace.stage), trace.call.status],
  expect: [[true, 'completed'], undefined],
});
