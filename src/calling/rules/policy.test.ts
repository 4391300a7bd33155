/** Which rules of calling hold, by the names under which people have met the mistakes that dialers make. */
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
const agents: CallPolicy = { ...agent.callSettings, phoneAssignmentMode: 'local', holidays: [] };

test('campaign overrides that replace instead of merge: what a campaign does not say stays the agent’s', () => {
  const campaign = { window: { start: '12:00' } };
  const late = { start: '12:00', end: '19:30' };
  assert.deepEqual(policyOf(layersOf({ agent, campaign })), { ...agents, window: late });
  for (const [said, change] of [
    [{}, {}],
    [{ window: {} }, {}],
    [{ window: null, allowedDays: null }, {}],
    [{ window: { end: '20:00' } }, { window: { start: '10:00', end: '20:00' } }],
    [{ autoRetry: false }, { autoRetry: false }],
    [{ allowedDays: [5] }, { allowedDays: [5] }],
    [{ retrySchedule: [] }, { retrySchedule: [] }],
    [{ phoneAssignmentMode: 'all' }, { phoneAssignmentMode: 'all' }],
  ] as const)
    assert.deepEqual(policyOf(layersOf({ agent, campaign: said as never })), { ...agents, ...change });
});

test('each level says its own part: the call beats the campaign, the agent, the workspace, and the defaults', () => {
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

test('a holiday of a country holds for those who may be in it, and one of no country for everybody', () => {
  const holidays = [{ date: '2026-12-25' }, { date: '2026-07-04', country: 'US' }] as const;
  const of = (countries: string[]) => policyOf([], { holidays: [...holidays] } as never, countries).holidays;
  assert.deepEqual(of(['GB']), ['2026-12-25']);
  assert.deepEqual(of(['CA', 'US']), ['2026-12-25', '2026-07-04']);
  assert.deepEqual(of([]), ['2026-12-25']);
});
