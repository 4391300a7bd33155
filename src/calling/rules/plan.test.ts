/** What is next for a call, by the names under which people have met the mistakes that dialers make. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttemptEnd, type AttemptReason, type CallPolicy, type CallProgress, isBudgeted } from '../call.ts';
import { createZones } from './hours.ts';
import { type CallFacts, nextStep, type Planned } from './plan.ts';

const zones = createZones();
const MONDAY = Date.parse('2026-03-02T10:00Z');
const iso = (at: number): string => new Date(at).toISOString();

const policyWith = (said: Partial<CallPolicy> = {}): CallPolicy => ({
  allowedDays: [0, 1, 2, 3, 4],
  window: { start: '09:00', end: '17:00' },
  autoRetry: true,
  retrySchedule: [60, 240],
  phoneAssignmentMode: 'all',
  holidays: [],
  ...said,
});
const around = (policy: Partial<CallPolicy> = {}, said: Partial<CallFacts> = {}): CallFacts => ({
  policy: policyWith(policy),
  zones: ['Europe/London'],
  refused: false,
  consent: undefined,
  consentRequired: false,
  ...said,
});
const planned = (progress: Partial<CallProgress> = {}, said: Partial<Planned> = {}): Planned => ({
  notBefore: null,
  localStart: null,
  progress: { spent: 0, last: null, ...progress },
  ...said,
});
const after = (status: AttemptEnd, spent = 1, reason: AttemptReason = 'first'): Planned =>
  planned({ spent, last: { status, endedAt: iso(MONDAY), reason } });
/** The step, written for the eye. */
const next = (call: Planned, world: CallFacts, at: number = MONDAY): string => {
  const step = nextStep(zones, call, world, at);
  if (step.do === 'dial') return `dial: ${step.reason}`;
  return step.do === 'wait' ? `wait: ${iso(step.until)}` : `end: ${step.status}`;
};

test('stacked retry budgets: one budget for all the ways in which nobody is reached', () => {
  for (const mix of [
    ['busy', 'no_answer', 'voicemail', 'failed'],
    ['failed', 'failed', 'busy', 'busy'],
    ['voicemail', 'no_answer', 'voicemail', 'busy'],
  ] as const) {
    let call = planned();
    const made: AttemptReason[] = [];
    let at = MONDAY;
    for (const status of [...mix, ...mix]) {
      let step = nextStep(zones, call, around(), at);
      if (step.do === 'wait') {
        at = step.until;
        step = nextStep(zones, call, around(), at);
      }
      if (step.do !== 'dial') break;
      made.push(step.reason);
      const last = { status, endedAt: iso(at), reason: step.reason };
      call = planned({ spent: call.progress.spent + (isBudgeted(step.reason) ? 1 : 0), last });
    }
    assert.deepEqual(made, ['first', 'retry', 'retry']);
    assert.equal(next(call, around(), at), `end: ${mix[2]}`);
  }
});

test('a retry waits from the end of the last attempt, and each for as long as its own place says', () => {
  assert.equal(next(after('busy'), around()), 'wait: 2026-03-02T11:00:00.000Z');
  assert.equal(next(after('busy', 2, 'retry'), around()), 'wait: 2026-03-02T14:00:00.000Z');
  assert.equal(next(after('busy', 3, 'retry'), around()), 'end: busy');
  assert.equal(next(after('busy'), around(), MONDAY + 59 * 60_000), 'wait: 2026-03-02T11:00:00.000Z');
  assert.equal(next(after('busy'), around(), MONDAY + 60 * 60_000), 'dial: retry');
});

test('a retry that would come after hours comes when the window next opens', () => {
  const late = around({ retrySchedule: [8 * 60] });
  assert.equal(next(after('no_answer'), late), 'wait: 2026-03-03T09:00:00.000Z');
  const friday = planned({ spent: 1, last: { status: 'busy', endedAt: '2026-03-06T16:30:00.000Z', reason: 'first' } });
  assert.equal(next(friday, around(), Date.parse('2026-03-06T16:30Z')), 'wait: 2026-03-09T09:00:00.000Z');
});

test('what may have rung, what was reached and what was called off are not tried again by themselves', () => {
  for (const status of ['unknown', 'completed', 'cancelled'] as const) {
    assert.equal(next(after(status), around()), `end: ${status}`);
    assert.equal(next(after(status, 0, 'asked'), around()), `end: ${status}`);
  }
});

test('without retries nobody is called twice', () => {
  assert.equal(next(after('no_answer'), around({ autoRetry: false })), 'end: no_answer');
  assert.equal(next(after('no_answer'), around({ retrySchedule: [] })), 'end: no_answer');
});

test('a callback is made besides the budget, with retries switched off, and within the window', () => {
  const strict = around({ autoRetry: false, retrySchedule: [] });
  for (const reason of ['callback', 'asked'] as const) {
    assert.equal(isBudgeted(reason), false);
    for (const status of ['completed', 'no_answer', 'unknown', 'cancelled'] as const) {
      const wish = (at: string): Planned => planned({ ...after(status, 3).progress, wanted: { at, reason } });
      assert.equal(next(wish(iso(MONDAY)), strict), `dial: ${reason}`);
      assert.equal(next(wish('2026-03-02T15:20:00.000Z'), strict), 'wait: 2026-03-02T15:20:00.000Z');
      assert.equal(next(wish('2026-03-02T20:00:00.000Z'), strict), 'wait: 2026-03-03T09:00:00.000Z');
      assert.equal(next(wish(iso(MONDAY)), { ...strict, refused: true }), 'end: blocked');
    }
  }
});

test('never before the moment, nor the local time, that was asked for', () => {
  const both = planned({}, { notBefore: '2026-03-02T12:00:00.000Z', localStart: '2026-03-03T11:00' });
  assert.equal(next({ ...both, localStart: null }, around()), 'wait: 2026-03-02T12:00:00.000Z');
  assert.equal(next(both, around()), 'wait: 2026-03-03T11:00:00.000Z');
  assert.equal(next(both, around({}, { zones: ['America/New_York'] })), 'wait: 2026-03-03T16:00:00.000Z');
  // By the clocks of all the zones that they may be in.
  const either = around({}, { zones: ['America/New_York', 'America/Los_Angeles'] });
  assert.equal(next(both, either), 'wait: 2026-03-03T19:00:00.000Z');
});

test('who must not be called is not, and where it is not known what time it is neither', () => {
  const consent = { calls: true, until: '2026-03-02T10:00:00.000Z' };
  const asked = { consentRequired: true };
  assert.equal(next(planned(), around({}, { refused: true })), 'end: blocked');
  assert.equal(next(planned(), around({}, { consent: { calls: false } })), 'end: blocked');
  assert.equal(next(planned(), around({}, asked)), 'end: blocked');
  assert.equal(next(planned(), around({}, { ...asked, consent: null })), 'end: blocked');
  assert.equal(next(planned(), around({}, { ...asked, consent }), MONDAY - 1), 'dial: first');
  assert.equal(next(planned(), around({}, { ...asked, consent })), 'end: blocked', 'it ends just before');
  assert.equal(next(planned(), around({}, { zones: [] })), 'end: blocked');
  assert.equal(next(planned(), around({ allowedDays: [] })), 'end: blocked');
  assert.equal(
    next(after('completed'), around({}, { refused: true })),
    'end: completed',
    'who was reached was reached',
  );
});

test('what was taken back is over, however it stood and whatever else is wanted', () => {
  const wanted = { at: iso(MONDAY), reason: 'callback' } as const;
  assert.equal(next(planned({ withdrawn: true, wanted }), around()), 'end: cancelled');
  assert.equal(next(planned({ ...after('busy').progress, withdrawn: true }), around()), 'end: busy');
  const never = { status: 'void', endedAt: iso(MONDAY), reason: 'first' } as const;
  assert.equal(next(planned({ withdrawn: true, last: never }), around()), 'end: cancelled');
});

test('what was called off while it rang is not tried again, however the ringing ended; who was reached was reached', () => {
  const calledOff = 'Somebody called it off';
  const wanted = { at: iso(MONDAY), reason: 'callback' } as const;
  for (const call of [after('no_answer'), after('busy'), planned({ wanted })])
    assert.equal(next(planned({ ...call.progress, calledOff }), around()), 'end: cancelled');
  assert.equal(next(planned({ ...after('completed').progress, calledOff }), around()), 'end: completed');
});

test('rules that are changed while a call waits are the rules that hold', () => {
  const call = after('no_answer');
  const noon = Date.parse('2026-03-02T12:00Z');
  assert.equal(next(call, around({ retrySchedule: [180] }), noon), 'wait: 2026-03-02T13:00:00.000Z');
  assert.equal(next(call, around({ retrySchedule: [30] }), noon), 'dial: retry');
  assert.equal(
    next(call, around({ retrySchedule: [30], window: { start: '15', end: '17' } }), noon).slice(0, 22),
    'wait: 2026-03-02T15:00',
  );
  assert.equal(next(call, around({ autoRetry: false }), noon), 'end: no_answer');
  assert.equal(next(call, around({}, { zones: ['America/Los_Angeles'] }), noon), 'wait: 2026-03-02T17:00:00.000Z');
});
