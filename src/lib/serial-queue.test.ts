/** The queue that serializes work by key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerialQueue } from './serial-queue.ts';

const openQueue = () => {
  const enqueue = createSerialQueue();
  const events: string[] = [];
  const run = (key: string, name: string, fails = false) =>
    enqueue(key, async () => {
      events.push(`${name} starts`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  return { events, run };
};

test('work on one key runs one at a time, in the order of the calls', async () => {
  const { events, run } = openQueue();
  assert.deepEqual(await Promise.all([run('k', 'a'), run('k', 'b'), run('k', 'c')]), ['a', 'b', 'c']);
  assert.deepEqual(events, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
});

test('work on different keys runs at the same time', async () => {
  const { events, run } = openQueue();
  await Promise.all([run('k', 'a'), run('l', 'b')]);
  assert.deepEqual(events, ['a starts', 'b starts', 'a ends', 'b ends']);
});

test('a failure rejects its own promise and lets the next work start', async () => {
  const { run } = openQueue();
  const [failed, next] = await Promise.allSettled([run('k', 'a', true), run('k', 'b')]);
  assert.equal(failed.status, 'rejected');
  assert.deepEqual(next, { status: 'fulfilled', value: 'b' });
  assert.equal(await run('k', 'c'), 'c');
});
