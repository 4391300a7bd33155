/** The next step of a call. Tests are named after the known mistakes of dialers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttemptEnd, type AttemptReason, type CallPolicy, type CallProgress, isBudgeted } from '../call.ts';
import { createZones } from './hours.ts';
import { type CallFacts, nextStep, type PlannedCall } from './plan.ts';

const zones = createZones();
const MONDAY = Date.parse('2026-03-02T10:00Z');
const iso = (at: number): string => new Date(at).toISOString();

const policyWith = (fields: Partial<CallPolicy> = {}): CallPolicy => ({
  allowedDays: [0, 1, 2, 3, 4],
  window: { start: '09:00', end: '17:00' },
  autoRetry: true,
  retrySchedule: [60, 240],
  phoneAssignmentMode: 'all',
  holidays: [],
  ...fields,
});
const factsWith = (policy: Partial<CallPolicy> = {}, fields: Partial<CallFacts> = {}): CallFacts => ({
  policy: policyWith(policy),
  zones: ['Europe/London'],
  refused: false,
  consent: undefined,
  consentRequired: false,
  ...fields,
});
const planned = (progress: Partial<CallProgress> = {}, fields: Partial<PlannedCall> = {}): PlannedCall => ({
  notBefore: null,
  localStart: null,
  progress: { spent: 0, last: null, ...progress },
  ...fields,
});
const after = (status: AttemptEnd, spent = 1, reason: AttemptReason = 'first'): PlannedCall =>
  planned({ spent, last: { status, endedAt: iso(MONDAY), reason } });
/** The step in short. */
const next = (call: PlannedCall, facts: CallFacts, at: number = MONDAY): string => {
  const step = nextStep(zones, call, facts, at);
  if (step.do === 'dial') return `dial: ${step.reason}`;
  return step.do === 'wait' ? `wait: ${iso(step.until)}` : `end: ${step.status}`;
};

test('stacked retry budgets: all results share one budget', () => {
  for (const mix of [
    ['busy', 'no_answer', 'voicemail', 'failed'],
    ['failed', 'failed', 'busy', 'busy'],
    ['voicemail', 'no_answer', 'voicemail', 'busy'],
  ] as const) {
    let call = planned();
    const reasons: AttemptReason[] = [];
    let at = MONDAY;
    for (const status of [...mix, ...mix]) {
      let step = nextStep(zones, call, factsWith(), at);
      if (step.do === 'wait') {
        at = step.until;
        step = nextStep(zones, call, factsWith(), at);
      }
      if (step.do !== 'dial') break;
      reasons.push(step.reason);
      const last = { status, endedAt: iso(at), reason: step.reason };
      call = planned({ spent: call.progress.spent + (isBudgeted(step.reason) ? 1 : 0), last });
    }
    assert.deepEqual(reasons, ['first', 'retry', 'retry']);
    assert.equal(next(call, factsWith(), at), `end: ${mix[2]}`);
  }
});

test('a retry waits from the end of the last attempt, each for its own entry of the schedule', () => {
  assert.equal(next(after('busy'), factsWith()), 'wait: 2026-03-02T11:00:00.000Z');
  assert.equal(next(after('busy', 2, 'retry'), factsWith()), 'wait: 2026-03-02T14:00:00.000Z');
  assert.equal(next(after('busy', 3, 'retry'), factsWith()), 'end: busy');
  assert.equal(next(after('busy'), factsWith(), MONDAY + 59 * 60_000), 'wait: 2026-03-02T11:00:00.000Z');
  assert.equal(next(after('busy'), factsWith(), MONDAY + 60 * 60_000), 'dial: retry');
});

test('a retry after hours is made when the window next opens', () => {
  const late = factsWith({ retrySchedule: [8 * 60] });
  assert.equal(next(after('no_answer'), late), 'wait: 2026-03-03T09:00:00.000Z');
  const friday = planned({ spent: 1, last: { status: 'busy', endedAt: '2026-03-06T16:30:00.000Z', reason: 'first' } });
  assert.equal(next(friday, factsWith(), Date.parse('2026-03-06T16:30Z')), 'wait: 2026-03-09T09:00:00.000Z');
});

test('calls that may have rung, were reached or were cancelled are not retried automatically', () => {
  for (const status of ['unknown', 'completed', 'cancelled'] as const) {
    assert.equal(next(after(status), factsWith()), `end: ${status}`);
    assert.equal(next(after(status, 0, 'asked'), factsWith()), `end: ${status}`);
  }
});

test('without retries no contact is called twice', () => {
  assert.equal(next(after('no_answer'), factsWith({ autoRetry: false })), 'end: no_answer');
  assert.equal(next(after('no_answer'), factsWith({ retrySchedule: [] })), 'end: no_answer');
});

test('a callback is made outside the budget, also with retries off, and within the window', () => {
  const noRetries = factsWith({ autoRetry: false, retrySchedule: [] });
  for (const reason of ['callback', 'asked'] as const) {
    assert.equal(isBudgeted(reason), false);
    for (const status of ['completed', 'no_answer', 'unknown', 'cancelled'] as const) {
      const pendingAt = (at: string): PlannedCall => planned({ ...after(status, 3).progress, pending: { at, reason } });
      assert.equal(next(pendingAt(iso(MONDAY)), noRetries), `dial: ${reason}`);
      assert.equal(next(pendingAt('2026-03-02T15:20:00.000Z'), noRetries), 'wait: 2026-03-02T15:20:00.000Z');
      assert.equal(next(pendingAt('2026-03-02T20:00:00.000Z'), noRetries), 'wait: 2026-03-03T09:00:00.000Z');
      assert.equal(next(pendingAt(iso(MONDAY)), { ...noRetries, refused: true }), 'end: blocked');
    }
  }
});

test('never before the requested moment, nor before the requested local time', () => {
  const both = planned({}, { notBefore: '2026-03-02T12:00:00.000Z', localStart: '2026-03-03T11:00' });
  assert.equal(next({ ...both, localStart: null }, factsWith()), 'wait: 2026-03-02T12:00:00.000Z');
  assert.equal(next(both, factsWith()), 'wait: 2026-03-03T11:00:00.000Z');
  assert.equal(next(both, factsWith({}, { zones: ['America/New_York'] })), 'wait: 2026-03-03T16:00:00.000Z');
  // Every possible time zone of the contact counts.
  const either = factsWith({}, { zones: ['America/New_York', 'America/Los_Angeles'] });
  assert.equal(next(both, either), 'wait: 2026-03-03T19:00:00.000Z');
});

test('contacts without consent, on the do-not-call list or without a time zone are blocked', () => {
  const consent = { calls: true, until: '2026-03-02T10:00:00.000Z' };
  const required = { consentRequired: true };
  assert.equal(next(planned(), factsWith({}, { refused: true })), 'end: blocked');
  assert.equal(next(planned(), factsWith({}, { consent: { calls: false } })), 'end: blocked');
  assert.equal(next(planned(), factsWith({}, required)), 'end: blocked');
  assert.equal(next(planned(), factsWith({}, { ...required, consent: null })), 'end: blocked');
  assert.equal(next(planned(), factsWith({}, { ...required, consent }), MONDAY - 1), 'dial: first');
  assert.equal(next(planned(), factsWith({}, { ...required, consent })), 'end: blocked', 'the end is exclusive');
  assert.equal(next(planned(), factsWith({}, { zones: [] })), 'end: blocked');
  assert.equal(next(planned(), factsWith({ allowedDays: [] })), 'end: blocked');
  assert.equal(
    next(after('completed'), factsWith({}, { refused: true })),
    'end: completed',
    'a reached contact stays reached',
  );
});

test('a withdrawn call ends, whatever its status and its pending attempt', () => {
  const callback = { at: iso(MONDAY), reason: 'callback' } as const;
  assert.equal(next(planned({ withdrawn: true, pending: callback }), factsWith()), 'end: cancelled');
  assert.equal(next(planned({ ...after('busy').progress, withdrawn: true }), factsWith()), 'end: busy');
  const voided = { status: 'void', endedAt: iso(MONDAY), reason: 'first' } as const;
  assert.equal(next(planned({ withdrawn: true, last: voided }), factsWith()), 'end: cancelled');
});

test('a call cancelled while ringing is not retried, however the ringing ended; a reached contact stays reached', () => {
  const cancelReason = 'A client cancelled the call';
  const callback = { at: iso(MONDAY), reason: 'callback' } as const;
  for (const call of [after('no_answer'), after('busy'), planned({ pending: callback })])
    assert.equal(next(planned({ ...call.progress, cancelReason }), factsWith()), 'end: cancelled');
  assert.equal(next(planned({ ...after('completed').progress, cancelReason }), factsWith()), 'end: completed');
});

test('rules that change while a call waits apply to it', () => {
  const call = after('no_answer');
  const noon = Date.parse('2026-03-02T12:00Z');
  assert.equal(next(call, factsWith({ retrySchedule: [180] }), noon), 'wait: 2026-03-02T13:00:00.000Z');
  assert.equal(next(call, factsWith({ retrySchedule: [30] }), noon), 'dial: retry');
  assert.equal(
    next(call, factsWith({ retrySchedule: [30], window: { start: '15', end: '17' } }), noon).slice(0, 22),
    'wait: 2026-03-02T15:00',
  );
  assert.equal(next(call, factsWith({ autoRetry: false }), noon), 'end: no_answer');
  assert.equal(next(call, factsWith({}, { zones: ['America/Los_Angeles'] }), noon), 'wait: 2026-03-02T17:00:00.000Z');
});
