/**
 * The effects of Kejue's fields in outgoing calls. Each field is updated between two working days. The attempts on the
 * first day show the old value, and those on the second day the new one. The clock is virtual, and the carrier simulated.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallAttempt } from '../../src/calling/call.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

const clock = createClock('2026-01-05T08:00:00.000Z');
const databaseUrl = await ownDatabase();
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  telephony: { setTimer: clock.setTimer, pollMs: 3_600_000 },
});
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const DAY = 86_400_000;
/** The current working day at 08:00 in London. The first one is a Monday in winter, so that London has UTC. */
let day = Date.parse('2026-01-05T08:00:00.000Z');
const pass = (until: number) => clock.run(new Date(until), { idle: () => services.dialer.quiet() });

interface Effect<T> {
  values: [T, T];
  /** The days over which attempts are observed. */
  days?: number;
  /** Numbers that end in 01 are busy; others answer. */
  to?: string;
  /** The hour of the request to place the call. */
  hour?: number;
  update?(setup: Setup, value: T): Promise<Answer>;
  observe(attempts: CallAttempt[], placed: Answer): unknown;
  expect: [unknown, unknown];
}
interface Setup {
  tenant: Tenant;
  agent: string;
}

const accepted = (answer: Answer): Answer => {
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
};
const idOf = (answer: Answer): string => String(accepted(answer).body['id']);

/** The test is named after the field, so that the ledger finds it. */
function effect<T>(field: string, facts: Effect<T>): void {
  const { values, to = '+442071838750', hour = 10, days = 1, observe, expect } = facts;
  const [, name = ''] = field.split(/call_settings\./);
  const update =
    facts.update ??
    (({ tenant, agent }: Setup, value: T) =>
      tenant.ask('kejue', 'PATCH', `/agents/${agent}`, { body: { call_settings: { [name]: value } } }));
  test(`${field}: attempts from before the update have the old value, later ones the new value`, async () => {
    const tenant = await parlance.workspace();
    const post = (path: string, body: JsonObject) => tenant.ask('kejue', 'POST', path, { body });
    const agent = idOf(
      await post('/agents', { name: 'Ana', call_settings: { auto_retry: true, retry_schedule: [5] } }),
    );
    const contact_id = idOf(await post('/contacts', { phone: to }));
    for (const number of ['+442079460150', '+12025550150'])
      accepted(await tenant.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated' } }));
    const observed: unknown[] = [];
    for (const value of values) {
      accepted(await update({ tenant, agent }, value));
      await services.chainWriter.chainDue();
      await pass(day + (hour - 8) * 3_600_000);
      const placed = await post(`/agents/${agent}/calls`, { contact_id });
      const id = String(placed.body['id']);
      await pass(day + days * DAY);
      const caller = systemCaller({ id: tenant.id, number: 0 });
      observed.push(observe((await services.calls.attempts(caller, [id])).get(id) ?? [], placed));
      do day += DAY;
      while (day < clock.now().getTime() || new Date(day).getUTCDay() % 6 === 0);
      await pass(day);
    }
    assert.deepEqual(observed, expect);
  });
}

/** The weekday and time of the first attempt in London; Monday is 0. */
const first = ([attempt]: CallAttempt[]): string => {
  const at = new Date(attempt!.reservedAt);
  return `${(at.getUTCDay() + 6) % 7} ${at.toISOString().slice(11, 16)}`;
};
const firstTime = (attempts: CallAttempt[]): string => first(attempts).slice(2);
/** The minutes between the end of each attempt and the next attempt. */
const waits = (attempts: CallAttempt[]): number[] =>
  attempts.slice(1).map(({ reservedAt }, i) => (Date.parse(reservedAt) - Date.parse(attempts[i]!.endedAt!)) / 60_000);

// This test runs first, so its days are a Monday and a Wednesday.
effect('kejue.call_settings.allowed_days', {
  values: [[0], [3]],
  days: 2,
  observe: first,
  expect: ['0 10:00', '3 09:00'],
});

effect('kejue.is_active', {
  values: [true, false],
  update: ({ tenant, agent }, is_active) => tenant.ask('kejue', 'PATCH', `/agents/${agent}`, { body: { is_active } }),
  observe: (attempts, { status }) => [status, attempts.map((attempt) => attempt.status)],
  expect: [
    [201, ['completed']],
    [409, []],
  ],
});

effect('kejue.call_settings.call_start_hour', {
  values: [11, 15],
  observe: firstTime,
  expect: ['11:00', '15:00'],
});

effect('kejue.call_settings.call_end_hour', {
  values: [18, 12],
  hour: 16,
  days: 2,
  observe: firstTime,
  expect: ['16:00', '09:00'],
});

effect('kejue.call_settings.auto_retry', {
  values: [true, false],
  to: '+442071838701',
  observe: ({ length }) => length,
  expect: [2, 1],
});

effect('kejue.call_settings.retry_schedule', {
  values: [[60, 240], [7]],
  to: '+442071838701',
  observe: waits,
  expect: [[60, 240], [7]],
});

effect('kejue.call_settings.phone_assignment_mode', {
  values: ['local', 'foreign'],
  observe: ([attempt]) => attempt?.from,
  expect: ['+442079460150', '+12025550150'],
});
