/** The virtual clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from './clock.ts';

test('timers fire in order of time, and at the same moment in order of creation', async () => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name} ${clock.now().toISOString().slice(14, 19)}`);
  clock.setTimer(3000, note('c'));
  clock.setTimer(1000, note('a'));
  clock.setTimer(1000, note('b'));
  const cancel = clock.setTimer(2000, note('never'));
  cancel();
  cancel();
  assert.equal(clock.waiting(), 3);
  await clock.advance(2500);
  assert.deepEqual(fired, ['a 00:01', 'b 00:01']);
  assert.equal(clock.now().toISOString(), '2026-03-02T09:00:02.500Z');
  await clock.run();
  assert.deepEqual(fired.at(-1), 'c 00:03');
  assert.equal(clock.waiting(), 0);
});

test('promises that a timer resolves settle before the next timer fires', async () => {
  const clock = createClock();
  const fired: string[] = [];
  clock.setTimer(1000, async () => {
    for (let i = 0; i < 100; i += 1) await Promise.resolve();
    fired.push('settled');
    clock.setTimer(0, () => fired.push('at once'));
  });
  clock.setTimer(1000, () => fired.push('same moment'));
  clock.setTimer(1001, () => fired.push('next'));
  await clock.run();
  assert.deepEqual(fired, ['settled', 'same moment', 'at once', 'next']);
});

test('time waits for work that takes real time', async () => {
  const clock = createClock();
  const fired: string[] = [];
  const pending = new Set<Promise<void>>();
  const write = (name: string): Promise<void> => {
    const task = sleep(5).then(() => {
      fired.push(`${name} ${clock.now().getUTCSeconds()}`);
      pending.delete(task);
    });
    pending.add(task);
    return task;
  };
  const idle = async () => {
    const busy = pending.size > 0;
    await Promise.all(pending);
    return busy;
  };
  clock.setTimer(1000, () => void write('one').then(() => write('two')));
  clock.setTimer(2000, () => fired.push('next'));
  await clock.run(undefined, { idle });
  assert.deepEqual(fired, ['one 1', 'two 1', 'next']);
});

test('runs until a condition holds, and not endlessly', async () => {
  const clock = createClock();
  let rounds = 0;
  const again = () => {
    rounds += 1;
    clock.setTimer(60_000, again);
  };
  again();
  await clock.run(() => rounds === 10);
  assert.equal(rounds, 10);
  await assert.rejects(clock.run(undefined, { most: 100 }), /still more/);
  assert.throws(() => clock.setTimer(Number.NaN, () => {}), /No timer/);
  assert.throws(() => clock.setTimer(2 ** 31, () => {}), /No timer/);
  const first = clock.advance(1);
  await assert.rejects(clock.advance(1), /being moved/);
  await first;
});

test('handles tens of thousands of timers', async () => {
  const clock = createClock();
  let last = 0;
  let fired = 0;
  for (let i = 0; i < 50_000; i += 1) {
    const cancel = clock.setTimer((i * 7919) % 3_600_000, () => {
      assert.ok(clock.now().getTime() >= last);
      last = clock.now().getTime();
      fired += 1;
    });
    if (i % 5 === 0) cancel();
  }
  await clock.run();
  assert.equal(fired, 40_000);
});
