/** The resolved call policy. Tests are named after the known mistakes of dialers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layersOf } from '../../settings/resolve.ts';
import type { CallPolicy } from '../call.ts';
import { policyOf } from './policy.ts';

const agent = {
  callSettings: {
    allowedDays: [1, 3],
    window: { start: '10:00', end: '19:30' },
    autoRetry: true,
    retrySchedule: [15],
    phoneAssignmentMode: 'local',
  },
};
const ofAgent: CallPolicy = { ...agent.callSettings, phoneAssignmentMode: 'local', holidays: [] };

test('campaign overrides that replace instead of merge: fields that a campaign omits keep the agent’s value', () => {
  const campaign = { window: { start: '12:00' } };
  const late = { start: '12:00', end: '19:30' };
  assert.deepEqual(policyOf(layersOf({ agent, campaign })), { ...ofAgent, window: late });
  for (const [callSettings, change] of [
    [{}, {}],
    [{ window: {} }, {}],
    [{ window: null, allowedDays: null }, {}],
    [{ window: { end: '20:00' } }, { window: { start: '10:00', end: '20:00' } }],
    [{ autoRetry: false }, { autoRetry: false }],
    [{ allowedDays: [5] }, { allowedDays: [5] }],
    [{ retrySchedule: [] }, { retrySchedule: [] }],
    [{ phoneAssignmentMode: 'all' }, { phoneAssignmentMode: 'all' }],
  ] as const)
    assert.deepEqual(policyOf(layersOf({ agent, campaign: callSettings as never })), { ...ofAgent, ...change });
});

test('each level sets its own parts: the call beats the campaign, the agent, the workspace, and the defaults', () => {
  const policy = policyOf(
    layersOf({
      workspace: { callSettings: { window: { start: '08:00', end: '20:00' }, autoRetry: true, retrySchedule: [5] } },
      agent: { callSettings: { window: { start: '09:30' }, retrySchedule: [7, 8] } },
      campaign: { window: { end: '18:00' } },
      override: { retrySchedule: [1] },
    }),
  );
  assert.deepEqual(policy, {
    allowedDays: [0, 1, 2, 3, 4],
    window: { start: '09:30', end: '18:00' },
    autoRetry: true,
    retrySchedule: [1],
    phoneAssignmentMode: 'all',
    holidays: [],
  });
  const { autoRetry, retrySchedule } = policyOf(layersOf({}));
  assert.deepEqual([autoRetry, retrySchedule], [false, [60, 240]], 'a second call is a decision');
});

test('a country’s holiday applies to contacts who may be there, and one without a country to all', () => {
  const holidays = [{ date: '2026-12-25' }, { date: '2026-07-04', country: 'US' }] as const;
  const of = (countries: string[]) => policyOf([], { holidays: [...holidays] } as never, countries).holidays;
  assert.deepEqual(of(['GB']), ['2026-12-25']);
  assert.deepEqual(of(['CA', 'US']), ['2026-12-25', '2026-07-04']);
  assert.deepEqual(of([]), ['2026-12-25']);
});
