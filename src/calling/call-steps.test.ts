/** How a call changes with each step; its retry budget is neither lost nor counted twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleAttempt, sampleCall } from '../../test/sample-call.ts';
import { type AttemptEnd, type AttemptReason, type Call, type CallProgress, isBudgeted } from './call.ts';
import { type AttemptOutcome, applyStep, endAttempt, endDetail, reserveAttempt, settleCall } from './call-steps.ts';
import type { Step } from './rules/plan.ts';

const AT = '2026-03-02T10:00:00.000Z';
const LATER = '2026-03-02T11:00:00.000Z';
const LEASE = '2026-03-02T10:01:00.000Z';
const WAIT: Step = { do: 'wait', until: Date.parse(LATER), why: 'Retry 1 of 2' };
const REASONS = ['first', 'retry', 'callback', 'asked'] as const;
const pending = (reason: 'callback' | 'asked') => ({ at: AT, reason, was: 'completed' }) as const;

const reserve = (call: Call, reason: AttemptReason): Call =>
  reserveAttempt(call, sampleAttempt({ reason, number: call.attempts + 1, reservedAt: AT }), LEASE);
/** Settles the attempt of a call with a plan that returns `step`. */
function settle(call: Call, reason: AttemptReason, status: AttemptEnd, step: Step, more: Partial<AttemptOutcome> = {}) {
  const planned: CallProgress[] = [];
  const attempt = sampleAttempt({ reason, number: call.attempts, answeredAt: AT });
  const after = settleCall(call, attempt, { status, at: LATER, reason: null, ...more }, (progress) => {
    planned.push(progress);
    return step;
  });
  assert.equal(planned.length, 1);
  assert.deepEqual(after.progress, planned[0], 'the plan gets the progress that is stored');
  return after;
}

test('reserving a first attempt or a retry counts against the budget; other attempts do not', () => {
  for (const reason of REASONS) {
    const call = reserve(sampleCall({ progress: { spent: 1, last: null } }), reason);
    assert.equal(call.progress.spent, isBudgeted(reason) ? 2 : 1);
    assert.deepEqual(
      [call.status, call.attempts, call.dueAt, call.updatedAt, call.why],
      ['dialing', 1, LEASE, AT, 'The first attempt'],
    );
  }
});

test('a pending attempt ends with the attempt made for it, and outlives a retry', () => {
  const callback = pending('callback');
  const call = sampleCall({ progress: { spent: 1, last: null, pending: callback } });
  assert.equal(reserve(call, 'callback').progress.pending, undefined);
  assert.deepEqual(reserve(call, 'retry').progress.pending, callback);
  const settledCall = settle(reserve(call, 'callback'), 'callback', 'no_answer', WAIT);
  assert.equal(settledCall.endedAt, null, 'a waiting call has not ended');
  assert.deepEqual(settledCall.progress, {
    spent: 1,
    last: { status: 'no_answer', endedAt: LATER, reason: 'callback' },
  });
});

test('a void attempt is refunded and changes nothing else', () => {
  const last = { status: 'busy', endedAt: AT, reason: 'first' } as const;
  for (const reason of ['first', 'retry'] as const) {
    const call = sampleCall({ progress: { spent: 1, last } });
    assert.deepEqual(settle(reserve(call, reason), reason, 'void', WAIT).progress, call.progress);
  }
  for (const reason of ['callback', 'asked'] as const) {
    const call = sampleCall({ progress: { spent: 1, last, pending: pending(reason) } });
    assert.deepEqual(
      settle(reserve(call, reason), reason, 'void', WAIT).progress,
      call.progress,
      'the attempt is pending again',
    );
  }
});

test('a newer pending attempt replaces the one whose attempt was void', () => {
  const call = reserve(sampleCall({ progress: { spent: 1, last: null, pending: pending('callback') } }), 'callback');
  const newer = { at: LATER, reason: 'asked' } as const;
  const after = settle({ ...call, progress: { ...call.progress, pending: newer } }, 'callback', 'void', WAIT);
  assert.deepEqual(after.progress, { spent: 1, last: null, pending: newer } satisfies CallProgress);
});

test('spent counts the first attempts and retries that were not void', () => {
  const ends = ['void', 'busy', 'no_answer', 'unknown', 'void', 'completed', 'void', 'failed'] as const;
  let call = sampleCall();
  let made = 0;
  for (const status of ends)
    for (const reason of REASONS) {
      call = settle(reserve(call, reason), reason, status, WAIT);
      made += isBudgeted(reason) && status !== 'void' ? 1 : 0;
      assert.equal(call.progress.spent, made);
    }
  assert.equal(call.attempts, ends.length * REASONS.length, 'void attempts keep their numbers');
});

test('only a completed attempt sets the facts of a conversation', () => {
  const facts = { durationSeconds: 9, conversationId: 'v1', transferredTo: '+1', outcome: 'won' };
  const end = (status: AttemptEnd): Step => ({ do: 'end', status: status as Call['status'], why: 'Over' });
  const completed = settle(reserve(sampleCall(), 'first'), 'first', 'completed', end('completed'), facts);
  const { durationSeconds, conversationId, transferredTo, outcome, answeredAt, endedAt } = completed;
  assert.deepEqual({ durationSeconds, conversationId, transferredTo, outcome }, facts);
  assert.deepEqual([answeredAt, endedAt, completed.status, completed.dueAt], [AT, LATER, 'completed', null]);
  const lost = settle(reserve(sampleCall(), 'first'), 'first', 'unknown', end('unknown'), {
    ...facts,
    hasTranscript: true,
  });
  assert.deepEqual([lost.durationSeconds, lost.answeredAt, lost.outcome], [null, null, null]);
  assert.equal(lost.hasTranscript, true, 'the transcript exists');
  const bare = settle(reserve(sampleCall({ outcome: 'kept' }), 'first'), 'first', 'completed', end('completed'));
  assert.deepEqual([bare.durationSeconds, bare.outcome, bare.hasTranscript], [null, 'kept', false]);
});

test('a step sets when the call is due, or ends it', () => {
  const call = sampleCall({ status: 'dialing', dueAt: LEASE });
  const waiting = applyStep(call, WAIT, AT);
  assert.deepEqual([waiting.status, waiting.dueAt, waiting.why], ['waiting', LATER, 'Retry 1 of 2']);
  const soon = applyStep(call, { do: 'dial', reason: 'retry', why: 'Now' }, AT);
  assert.deepEqual([soon.status, soon.dueAt], ['waiting', AT]);
  const far = applyStep(call, { do: 'wait', until: 8.64e15, why: '' }, AT);
  assert.ok(Number.isFinite(Date.parse(far.dueAt ?? '')) && far.dueAt!.startsWith('9000'), 'a valid date');
  const ended = applyStep(call, { do: 'end', status: 'blocked', why: 'No' }, AT);
  assert.deepEqual([ended.status, ended.dueAt, ended.endedAt, ended.why], ['blocked', null, AT, 'No']);
});

test('the detail of an end says whether another attempt follows', () => {
  const call = reserve(sampleCall(), 'first');
  const attempt = endAttempt(sampleAttempt({ conversationId: 'v0' }), { status: 'busy', at: LATER, reason: 'Busy' });
  assert.deepEqual([attempt.status, attempt.endedAt, attempt.endReason], ['busy', LATER, 'Busy']);
  assert.equal(attempt.conversationId, 'v0', 'the outcome names no other conversation');
  const retried = endDetail(call, attempt, applyStep(call, WAIT, AT));
  assert.deepEqual([retried['willRetry'], retried['nextAt'], retried['over']], [true, LATER, false]);
  const ended = endDetail(call, attempt, applyStep(call, { do: 'end', status: 'busy', why: '' }, AT));
  assert.deepEqual(
    [ended['willRetry'], ended['nextAt'], ended['over'], ended['durationSeconds']],
    [false, null, true, null],
  );
});
