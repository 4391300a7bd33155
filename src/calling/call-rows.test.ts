import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleCall } from '../../test/sample-call.ts';
import type { CallProgress } from './call.ts';
import { callColumns, callOf } from './call-rows.ts';

const AT = '2026-03-02T10:00:00.000Z';

test('the progress of a call keeps its stored keys, so that older databases stay readable', () => {
  const progress: CallProgress = {
    spent: 1,
    last: { status: 'busy', endedAt: AT, reason: 'first' },
    pending: { at: AT, reason: 'callback', was: 'completed' },
    current: { at: AT, reason: 'asked' },
    withdrawn: true,
    cancelReason: 'A client cancelled the call',
  };
  const columns = callColumns(sampleCall({ progress }));
  assert.deepEqual(JSON.parse(columns.progress), {
    spent: 1,
    last: { status: 'busy', endedAt: AT, reason: 'first' },
    wanted: { at: AT, reason: 'callback', was: 'completed' },
    doing: { at: AT, reason: 'asked' },
    withdrawn: true,
    calledOff: 'A client cancelled the call',
  });
  assert.deepEqual(callOf({ ...columns, counter: 1 }).progress, progress);
});
