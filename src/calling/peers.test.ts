/** Messages between nodes about calls, over a bus in memory. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Notices } from '../db/engine.ts';
import { Peers } from './peers.ts';

/** A bus that delivers each message to all nodes except its sender. */
function bus(nodes: number): Notices[] {
  const listeners: ((message: string) => void)[] = [];
  return Array.from({ length: nodes }, (_, i) => ({
    async notify(_channel, message) {
      for (const [other, listener] of listeners.entries()) if (other !== i) queueMicrotask(() => listener?.(message));
    },
    async listen(_channel, listener) {
      listeners[i] = listener;
    },
  }));
}

const IDLE = { newId: randomUUID, carries: () => false, hangUp: () => assert.fail('this node carries no call') };

test('the peer that carries a call answers; a lost call gets no answer', async () => {
  const [asking, idle, carrying] = bus(3);
  const here = new Peers(asking!, { ...IDLE, timeoutMs: 5 });
  const others = [new Peers(idle!, IDLE), new Peers(carrying!, { ...IDLE, carries: (id) => id === 'carried' })];
  for (const other of others) await other.listen();
  assert.deepEqual(await Promise.all([here.isCarried('carried'), here.isCarried('lost')]), [true, false]);
});

test('a request to hang up reaches the peer that carries the call', async () => {
  const [asking, carrying] = bus(2);
  const ended: string[] = [];
  const here = new Peers(asking!, IDLE);
  await new Peers(carrying!, {
    newId: randomUUID,
    carries: () => true,
    hangUp: (id, reason) => ended.push(`${id}: ${reason}`),
  }).listen();
  await here.hangUp('one', 'A client cancelled it');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(ended, ['one: A client cancelled it']);
});

test('a single node has no peers to ask', async () => {
  const alone = new Peers(null, IDLE);
  assert.equal(await alone.isCarried('one'), false);
  await alone.hangUp('one', 'Reason');
});
