/** The loop with a clock of the test's own: nobody waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPoller, type SetTimer } from './poller.ts';

/** A timer that goes off when it is told to. */
function timer() {
  const waiting: { ms: number; work: () => void }[] = [];
  const later: SetTimer = (ms, work) => {
    const one = { ms, work };
    waiting.push(one);
    return () => {
      if (waiting.includes(one)) waiting.splice(waiting.indexOf(one), 1);
    };
  };
  return {
    later,
    waiting: () => waiting.map(({ ms }) => ms),
    /** Lets the next round happen, to its end. */
    async ring() {
      waiting.shift()!.work();
      await new Promise(setImmediate);
    },
  };
}

test('it looks often while there is something to do, and seldom otherwise', async () => {
  const { later, waiting, ring } = timer();
  const work = [true, true, false, false, true];
  const poller = createPoller({ work: async () => work.shift()!, busyMs: 250, idleMs: 900, setTimer: later });
  assert.deepEqual(waiting(), []);
  poller.start(() => {});
  poller.start(() => {});
  for (const next of [250, 250, 250, 900, 900, 250]) {
    assert.deepEqual(waiting(), [next]);
    if (work.length > 0) await ring();
  }
  assert.equal(await poller.stop(), true);
  assert.deepEqual(waiting(), []);
});

test('it tells of trouble once, goes on, and tells again when it comes back', async () => {
  const { later, waiting, ring } = timer();
  const told: unknown[] = [];
  const outcomes = ['first', 'first', true, 'second'];
  const work = async () => {
    const outcome = outcomes.shift()!;
    if (typeof outcome === 'string') throw outcome;
    return outcome;
  };
  const poller = createPoller({ work, busyMs: 250, idleMs: 900, setTimer: later });
  poller.start((error) => told.push(error));
  const waits: number[] = [];
  while (outcomes.length > 0) {
    await ring();
    waits.push(...waiting());
  }
  assert.deepEqual(told, ['first', 'second']);
  assert.deepEqual(waits, [900, 900, 250, 900]);
  await poller.stop();
});

test('stopping waits for the round under way, and there is no other one', async () => {
  const { later, waiting, ring } = timer();
  let finish = () => {};
  let rounds = 0;
  const work = () =>
    new Promise<boolean>((resolve) => {
      rounds += 1;
      finish = () => resolve(true);
    });
  const poller = createPoller({ work, busyMs: 250, idleMs: 900, setTimer: later });
  assert.equal(await poller.stop(), false);
  poller.start(() => {});
  await ring();
  let stopped = false;
  const stopping = poller.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([rounds, stopped], [1, false]);
  finish();
  await stopping;
  assert.deepEqual([rounds, waiting()], [1, []]);
});
