/** The polling loop, on timers that the test fires. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPoller, type SetTimer } from './poller.ts';

/** Timers that fire when the test calls `fire`. */
function manualTimers() {
  const waiting: { ms: number; work: () => void }[] = [];
  const setTimer: SetTimer = (ms, work) => {
    const timer = { ms, work };
    waiting.push(timer);
    return () => {
      if (waiting.includes(timer)) waiting.splice(waiting.indexOf(timer), 1);
    };
  };
  return {
    setTimer,
    waiting: () => waiting.map(({ ms }) => ms),
    /** Runs the next round to its end. */
    async fire() {
      waiting.shift()!.work();
      await new Promise(setImmediate);
    },
  };
}

test('polls at the busy pace after work and at the idle pace otherwise', async () => {
  const { setTimer, waiting, fire } = manualTimers();
  const work = [true, true, false, false, true];
  const poller = createPoller({ work: async () => work.shift()!, busyMs: 250, idleMs: 900, setTimer });
  assert.deepEqual(waiting(), []);
  poller.start(() => {});
  poller.start(() => {});
  for (const next of [250, 250, 250, 900, 900, 250]) {
    assert.deepEqual(waiting(), [next]);
    if (work.length > 0) await fire();
  }
  assert.equal(await poller.stop(), true);
  assert.deepEqual(waiting(), []);
});

test('reports the first error of each series of failures and goes on', async () => {
  const { setTimer, waiting, fire } = manualTimers();
  const reported: unknown[] = [];
  const outcomes = ['first', 'first', true, 'second'];
  const work = async () => {
    const outcome = outcomes.shift()!;
    if (typeof outcome === 'string') throw outcome;
    return outcome;
  };
  const poller = createPoller({ work, busyMs: 250, idleMs: 900, setTimer });
  poller.start((error) => reported.push(error));
  const pauses: number[] = [];
  while (outcomes.length > 0) {
    await fire();
    pauses.push(...waiting());
  }
  assert.deepEqual(reported, ['first', 'second']);
  assert.deepEqual(pauses, [900, 900, 250, 900]);
  await poller.stop();
});

test('stop waits for the round under way and starts no other', async () => {
  const { setTimer, waiting, fire } = manualTimers();
  let finish = () => {};
  let rounds = 0;
  const work = () =>
    new Promise<boolean>((resolve) => {
      rounds += 1;
      finish = () => resolve(true);
    });
  const poller = createPoller({ work, busyMs: 250, idleMs: 900, setTimer });
  assert.equal(await poller.stop(), false);
  poller.start(() => {});
  await fire();
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
