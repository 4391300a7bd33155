import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Breaker,
  breakerState,
  type CarrierOutcome,
  hasGivenUp,
  newBreaker,
  recordOutcome,
  startProbe,
} from './breaker.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 9);

const after = (outcomes: string, from: Breaker = newBreaker(), at = START): Breaker =>
  [...outcomes].reduce((breaker, one) => recordOutcome(breaker, one === '+' ? 'ok' : 'bad', at), from);

test('five failures in a row open the breaker, four and a success do not', () => {
  assert.deepEqual(breakerState(newBreaker(), START), { state: 'closed' });
  assert.deepEqual(breakerState(after('----'), START), { state: 'closed' });
  assert.deepEqual(breakerState(after('----+----+'), START), { state: 'closed' });
  assert.deepEqual(breakerState(after('-----'), START), { state: 'open', until: START + 5 * MINUTE });
  assert.equal(breakerState(after('++++++++++++++++++++-----'), START).state, 'open');
});

test('ten failures among the last twenty open the breaker, nine do not', () => {
  const half = '-+'.repeat(9);
  assert.equal(breakerState(after(half), START).state, 'closed');
  assert.equal(breakerState(after(`${half}-`), START).state, 'open');
  // The oldest outcomes have left the window.
  assert.equal(breakerState(after(`-+-+-+${'+'.repeat(14)}-+-+-+-+-`), START).state, 'closed');
});

test('after the pause one call is a probe; its success closes the breaker', () => {
  const open = after('-----');
  const then = START + 5 * MINUTE;
  assert.deepEqual(breakerState(open, then - 1), { state: 'open', until: then });
  assert.deepEqual(breakerState(open, then), { state: 'probing' });
  const out = startProbe(open, then);
  assert.deepEqual(breakerState(out, then), { state: 'open', until: then + 5 * MINUTE });
  assert.deepEqual(recordOutcome(out, 'ok', then + MINUTE), newBreaker());
});

test('each failed probe doubles the pause, up to an hour, and after six openings the breaker gives up', () => {
  let breaker = after('-----');
  let at = START;
  for (const [i, minutes] of [5, 10, 20, 40, 60, 60, 60].entries()) {
    assert.deepEqual(breakerState(breaker, at), { state: 'open', until: at + minutes * MINUTE });
    assert.equal(hasGivenUp(breaker), i >= 5);
    at += minutes * MINUTE;
    breaker = recordOutcome(startProbe(breaker, at), 'bad', at);
  }
  const good = recordOutcome(startProbe(breaker, at + 60 * MINUTE), 'ok', at + 60 * MINUTE);
  assert.equal(hasGivenUp(good), false);
  assert.deepEqual(breakerState(after('-----', good, at), at), { state: 'open', until: at + 5 * MINUTE });
});

test('calls that were under way at the opening change nothing', () => {
  const open = after('-----');
  assert.equal(recordOutcome(open, 'ok', START + MINUTE), open);
  assert.equal(recordOutcome(open, 'bad', START + MINUTE), open);
});

test('no probe is sent while the breaker is closed or open, and a lost probe allows another', () => {
  const closed = newBreaker();
  assert.equal(startProbe(closed, START), closed);
  const open = after('-----');
  assert.equal(startProbe(open, START + MINUTE), open);
  const lost = startProbe(open, START + 5 * MINUTE);
  assert.deepEqual(breakerState(lost, START + 10 * MINUTE), { state: 'probing' });
});

type Step = { wait: number; does: CarrierOutcome | 'probe' };
const steps = fc.array(
  fc.record({
    wait: fc.oneof(fc.nat(MINUTE), fc.nat(90 * MINUTE)),
    does: fc.constantFrom<Step['does']>('ok', 'bad', 'bad', 'probe'),
  }),
  { maxLength: 60 },
);

/** Every state along the steps, with its moment. */
function walk(taken: readonly Step[]): { breaker: Breaker; at: number; step: Step | null }[] {
  let breaker = newBreaker();
  let at = START;
  const states: { breaker: Breaker; at: number; step: Step | null }[] = [{ breaker, at, step: null }];
  for (const step of taken) {
    at += step.wait;
    breaker = step.does === 'probe' ? startProbe(breaker, at) : recordOutcome(breaker, step.does, at);
    states.push({ breaker, at, step });
  }
  return states;
}

test('laws: one probe at a time, no pause longer than an hour, always a way back to closed', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      for (const { breaker, at, step } of walk(taken)) {
        const now = breakerState(breaker, at);
        assert.deepEqual(JSON.parse(JSON.stringify(breaker)), breaker);
        assert.ok(breaker.recent.length <= 20);
        if (now.state === 'open') {
          assert.ok(now.until > at && now.until <= at + 60 * MINUTE);
          assert.deepEqual(breakerState(breaker, now.until), { state: 'probing' });
        }
        if (now.state === 'closed') assert.ok(!hasGivenUp(breaker));
        // A probe under way blocks other probes, and its success closes the breaker.
        const sent = startProbe(breaker, at);
        assert.notEqual(breakerState(sent, at).state, 'probing');
        if (now.state === 'probing')
          assert.deepEqual(breakerState(recordOutcome(sent, 'ok', at), at), { state: 'closed' });
        if (step?.does === 'ok' && now.state !== 'open') assert.equal(breaker.openings, 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('laws: successes never open the breaker, and only a failure does', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const states = walk(taken);
      for (const [i, { breaker, step }] of states.entries()) {
        const before = states[i - 1]?.breaker;
        if (before && breaker.openings > before.openings) {
          assert.equal(step?.does, 'bad');
          assert.equal(breaker.openings, before.openings + 1);
        }
      }
      const good = walk(taken.map((step) => ({ ...step, does: 'ok' as const })));
      assert.ok(good.every(({ breaker, at }) => breakerState(breaker, at).state === 'closed'));
    }),
  );
});
