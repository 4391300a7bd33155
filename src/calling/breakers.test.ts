/** The breakers of campaigns: when they hold calls back, and what operators see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breakers } from './breakers.ts';

const START = Date.parse('2026-03-02T09:00:00.000Z');

test('failures open the breaker of their campaign alone; a cancelled attempt does not count', () => {
  let nowMs = START;
  const breakers = new Breakers(() => nowMs);
  for (const status of ['failed', 'cancelled', 'unknown', 'void', 'failed', 'failed'] as const)
    breakers.note('one', status);
  breakers.note('two', 'completed');
  assert.deepEqual(breakers.snapshot(), [
    { campaignId: 'one', state: 'closed', openings: 0, failures: 4 },
    { campaignId: 'two', state: 'closed', openings: 0, failures: 0 },
  ]);
  breakers.note('one', 'failed');
  const openUntil = '2026-03-02T09:05:00.000Z';
  assert.deepEqual(breakers.snapshot()[0], { campaignId: 'one', state: 'open', openUntil, openings: 1, failures: 0 });
  assert.equal(breakers.blockReason('one')?.do, 'wait');
  assert.equal(breakers.blockReason('two'), undefined);
  assert.equal(breakers.blockReason(null), undefined);

  nowMs = Date.parse(openUntil);
  assert.equal(breakers.blockReason('one'), undefined, 'one call may go');
  breakers.probe('one');
  assert.equal(breakers.blockReason('one')?.do, 'wait', 'the others wait for the probe');
  breakers.note('one', 'no_answer');
  assert.equal(breakers.blockReason('one'), undefined);
});

test('a carrier that fails on every probe exhausts its campaign', () => {
  let nowMs = START;
  const breakers = new Breakers(() => nowMs);
  for (let failures = 0; failures < 20 && [...breakers.exhausted()].length === 0; failures += 1) {
    breakers.note('one', 'failed');
    nowMs += 3_600_000;
  }
  assert.deepEqual([...breakers.exhausted()], [{ campaignId: 'one', openings: 6 }]);
  breakers.remove('one');
  assert.deepEqual(breakers.snapshot(), []);
});
