/** How a call stands after each step, and that its budget is neither lost nor doubled on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleAttempt, sampleCall } from '../../test/sample-call.ts';
import { type AttemptEnd, type AttemptReason, type Call, type CallProgress, isBudgeted } from './call.ts';
import { type AttemptOutcome, endDetail, endedAttempt, reserved, settled, stepped } from './call-steps.ts';
import type { Step } from './rules/plan.ts';

const AT = '2026-03-02T10:00:00.000Z';
const LATER = '2026-03-02T11:00:00.000Z';
const LEASE = '2026-03-02T10:01:00.000Z';
const WAIT: Step = { do: 'wait', until: Date.parse(LATER), why: 'Retry 1 of 2' };
const REASONS = ['first', 'retry', 'callback', 'asked'] as const;
const optionsOf = (reason: 'callback' | 'asked') => ({ at: AT, reason, was: 'completed' }) as const;

const reserve = (call: Call, reason: AttemptReason): Call =>
  reserved(call, sampleAttempt({ reason, number: call.attempts + 1, reservedAt: AT }), LEASE);
/** Settles the attempt of a call, with a plan that remembers what it was asked. */
function settle(call: Call, reason: AttemptReason, status: AttemptEnd, step: Step, more: Partial<AttemptOutcome> = {}) {
  const asked: CallProgress[] = [];
  const attempt = sampleAttempt({ reason, number: call.attempts, answeredAt: AT });
  const after = settled(call, attempt, { status, at: LATER, reason: null, ...more }, (progress) => {
    asked.push(progress);
    return step;
  });
  assert.equal(asked.length, 1);
  assert.deepEqual(after.progress, asked[0], 'what is kept is what was planned by');
  return after;
}

test('an attempt of the budget is paid for when it is reserved, one besides it is not', () => {
  for (const reason of REASONS) {
    const call = reserve(sampleCall({ progress: { spent: 1, last: null } }), reason);
    assert.equal(call.progress.spent, isBudgeted(reason) ? 2 : 1);
    assert.deepEqual(
      [call.status, call.attempts, call.dueAt, call.updatedAt, call.why],
      ['dialing', 1, LEASE, AT, 'The first attempt'],
    );
  }
});

test('a wish is fulfilled by the attempt that is made for it, and outlives one that the budget pays for', () => {
  const wanted = optionsOf('callback');
  const call = sampleCall({ progress: { spent: 1, last: null, wanted } });
  assert.equal(reserve(call, 'callback').progress.wanted, undefined);
  assert.deepEqual(reserve(call, 'retry').progress.wanted, wanted);
  const fulfilled = settle(reserve(call, 'callback'), 'callback', 'no_answer', WAIT);
  assert.equal(fulfilled.endedAt, null, 'a call that waits has not ended');
  assert.deepEqual(fulfilled.progress, { spent: 1, last: { status: 'no_answer', endedAt: LATER, reason: 'callback' } });
});

test('an attempt that never was gives back what it cost, and leaves everything else as it was', () => {
  const last = { status: 'busy', endedAt: AT, reason: 'first' } as const;
  for (const reason of ['first', 'retry'] as const) {
    const call = sampleCall({ progress: { spent: 1, last } });
    assert.deepEqual(settle(reserve(call, reason), reason, 'void', WAIT).progress, call.progress);
  }
  for (const reason of ['callback', 'asked'] as const) {
    const call = sampleCall({ progress: { spent: 1, last, wanted: optionsOf(reason) } });
    assert.deepEqual(
      settle(reserve(call, reason), reason, 'void', WAIT).progress,
      call.progress,
      'a wish stands again',
    );
  }
});

test('a newer wish beats the one whose attempt never was', () => {
  const call = reserve(sampleCall({ progress: { spent: 1, last: null, wanted: optionsOf('callback') } }), 'callback');
  const newer = { at: LATER, reason: 'asked' } as const;
  const after = settle({ ...call, progress: { ...call.progress, wanted: newer } }, 'callback', 'void', WAIT);
  assert.deepEqual(after.progress, { spent: 1, last: null, wanted: newer });
});

test('whatever becomes of attempts, what was spent is the number of those that were made of the budget', () => {
  const ends = ['void', 'busy', 'no_answer', 'unknown', 'void', 'completed', 'void', 'failed'] as const;
  let call = sampleCall();
  let made = 0;
  for (const status of ends)
    for (const reason of REASONS) {
      call = settle(reserve(call, reason), reason, status, WAIT);
      made += isBudgeted(reason) && status !== 'void' ? 1 : 0;
      assert.equal(call.progress.spent, made);
    }
  assert.equal(call.attempts, ends.length * REASONS.length, 'those that never were keep their numbers');
});

test('only a talk leaves its facts on the call', () => {
  const facts = { durationSeconds: 9, conversationId: 'v1', transferredTo: '+1', outcome: 'won' };
  const end = (status: AttemptEnd): Step => ({ do: 'end', status: status as Call['status'], why: 'Over' });
  const talk = settle(reserve(sampleCall(), 'first'), 'first', 'completed', end('completed'), facts);
  const { durationSeconds, conversationId, transferredTo, outcome, answeredAt, endedAt } = talk;
  assert.deepEqual({ durationSeconds, conversationId, transferredTo, outcome }, facts);
  assert.deepEqual([answeredAt, endedAt, talk.status, talk.dueAt], [AT, LATER, 'completed', null]);
  const lost = settle(reserve(sampleCall(), 'first'), 'first', 'unknown', end('unknown'), {
    ...facts,
    hasTranscript: true,
  });
  assert.deepEqual([lost.durationSeconds, lost.answeredAt, lost.outcome], [null, null, null]);
  assert.equal(lost.hasTranscript, true, 'what was said has been said');
  const bare = settle(reserve(sampleCall({ outcome: 'kept' }), 'first'), 'first', 'completed', end('completed'));
  assert.deepEqual([bare.durationSeconds, bare.outcome, bare.hasTranscript], [null, 'kept', false]);
});

test('a step is written onto the call: when it is looked at next, or that it is over', () => {
  const call = sampleCall({ status: 'dialing', dueAt: LEASE });
  const waiting = stepped(call, WAIT, AT);
  assert.deepEqual([waiting.status, waiting.dueAt, waiting.why], ['waiting', LATER, 'Retry 1 of 2']);
  const soon = stepped(call, { do: 'dial', reason: 'retry', why: 'Now' }, AT);
  assert.deepEqual([soon.status, soon.dueAt], ['waiting', AT]);
  const far = stepped(call, { do: 'wait', until: 8.64e15, why: '' }, AT);
  assert.ok(Number.isFinite(Date.parse(far.dueAt ?? '')) && far.dueAt!.startsWith('9000'), 'still a date');
  const over = stepped(call, { do: 'end', status: 'blocked', why: 'No' }, AT);
  assert.deepEqual([over.status, over.dueAt, over.endedAt, over.why], ['blocked', null, AT, 'No']);
});

test('what is told of an end says whether there will be another', () => {
  const call = reserve(sampleCall(), 'first');
  const attempt = endedAttempt(sampleAttempt({ conversationId: 'v0' }), { status: 'busy', at: LATER, reason: 'Busy' });
  assert.deepEqual([attempt.status, attempt.endedAt, attempt.endReason], ['busy', LATER, 'Busy']);
  assert.equal(attempt.conversationId, 'v0', 'nothing was said of another');
  const again = endDetail(call, attempt, stepped(call, WAIT, AT));
  assert.deepEqual([again['willRetry'], again['nextAt'], again['over']], [true, LATER, false]);
  const over = endDetail(call, attempt, stepped(call, { do: 'end', status: 'busy', why: '' }, AT));
  assert.deepEqual(
    [over['willRetry'], over['nextAt'], over['over'], over['durationSeconds']],
    [false, null, true, null],
  );
});
