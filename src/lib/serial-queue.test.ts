import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerialQueue } from './serial-queue.ts';

const scene = () => {
  const take = createSerialQueue();
  const events: string[] = [];
  const act = (key: string, name: string, fails = false) =>
    take(key, async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  return { events, act };
};

test('those of one key go one after the other, in the order they came', async () => {
  const { events, act } = scene();
  assert.deepEqual(await Promise.all([act('k', 'a'), act('k', 'b'), act('k', 'c')]), ['a', 'b', 'c']);
  assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('those of different keys do not wait for each other', async () => {
  const { events, act } = scene();
  await Promise.all([act('k', 'a'), act('l', 'b')]);
  assert.deepEqual(events, ['a begins', 'b begins', 'a ends', 'b ends']);
});

test('one that fails tells its own caller and lets the next begin', async () => {
  const { act } = scene();
  const [failed, next] = await Promise.allSettled([act('k', 'a', true), act('k', 'b')]);
  assert.equal(failed.status, 'rejected');
  assert.deepEqual(next, { status: 'fulfilled', value: 'b' });
  assert.equal(await act('k', 'c'), 'c');
});
