/** The clock that the simulations run on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from './clock.ts';

test('timers ring in order of their time, and of two at once the first that was set', async () => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  const rung: string[] = [];
  const note = (name: string) => () => rung.push(`${name} ${clock.now().toISOString().slice(14, 19)}`);
  clock.setTimer(3000, note('c'));
  clock.setTimer(1000, note('a'));
  clock.setTimer(1000, note('b'));
  const cancel = clock.setTimer(2000, note('never'));
  cancel();
  cancel();
  assert.equal(clock.waiting(), 3);
  await clock.advance(2500);
  assert.deepEqual(rung, ['a 00:01', 'b 00:01']);
  assert.equal(clock.now().toISOString(), '2026-03-02T09:00:02.500Z');
  await clock.run();
  assert.deepEqual(rung.at(-1), 'c 00:03');
  assert.equal(clock.waiting(), 0);
});

test('what hangs on a timer is settled before the next one rings', async () => {
  const clock = createClock();
  const rung: string[] = [];
  clock.setTimer(1000, async () => {
    for (let i = 0; i < 100; i += 1) await Promise.resolve();
    rung.push('settled');
    clock.setTimer(0, () => rung.push('at once'));
  });
  clock.setTimer(1000, () => rung.push('the same moment'));
  clock.setTimer(1001, () => rung.push('next'));
  await clock.run();
  assert.deepEqual(rung, ['settled', 'the same moment', 'at once', 'next']);
});

test('time waits for what really takes time', async () => {
  const clock = createClock();
  const rung: string[] = [];
  const pending = new Set<Promise<void>>();
  const write = (name: string): Promise<void> => {
    const one = sleep(5).then(() => {
      rung.push(`${name} ${clock.now().getUTCSeconds()}`);
      pending.delete(one);
    });
    pending.add(one);
    return one;
  };
  const idle = async () => {
    const busy = pending.size > 0;
    await Promise.all(pending);
    return busy;
  };
  clock.setTimer(1000, () => void write('one').then(() => write('two')));
  clock.setTimer(2000, () => rung.push('next'));
  await clock.run(undefined, { idle });
  assert.deepEqual(rung, ['one 1', 'two 1', 'next']);
});

test('it runs until something holds, and not for ever', async () => {
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

test('tens of thousands of timers are a matter of a moment', async () => {
  const clock = createClock();
  let last = 0;
  let rung = 0;
  for (let i = 0; i < 50_000; i += 1) {
    const cancel = clock.setTimer((i * 7919) % 3_600_000, () => {
      assert.ok(clock.now().getTime() >= last);
      last = clock.now().getTime();
      rung += 1;
    });
    if (i % 5 === 0) cancel();
  }
  await clock.run();
  assert.equal(rung, 40_000);
});
