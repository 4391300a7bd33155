/** What nodes ask of each other about calls, on a wire that a test can look at. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Notices } from '../db/engine.ts';
import { createPeers } from './peers.ts';

/** Each node hears what the others tell, and not itself. */
function wire(nodes: number): Notices[] {
  const hearing: ((words: string) => void)[] = [];
  return Array.from({ length: nodes }, (_, i) => ({
    async tell(_channel, words) {
      for (const [other, hear] of hearing.entries()) if (other !== i) queueMicrotask(() => hear?.(words));
    },
    async listen(_channel, hear) {
      hearing[i] = hear;
    },
  }));
}

test('whoever carries a call says so, and nobody says so for a call that was lost', async () => {
  const [mine, idle, theirs] = wire(3);
  const nobody = { newId: randomUUID, carries: () => false, hangUp: () => assert.fail('nothing is to be ended') };
  const here = createPeers(mine!, { ...nobody, patienceMs: 5 });
  const others = [createPeers(idle!, nobody), createPeers(theirs!, { ...nobody, carries: (id) => id === 'carried' })];
  for (const other of others) await other.listen();
  assert.deepEqual(await Promise.all([here.carry('carried'), here.carry('lost')]), [true, false]);
});

test('a wish to hang up reaches whoever carries the call', async () => {
  const [mine, theirs] = wire(2);
  const ended: string[] = [];
  const here = createPeers(mine!, { newId: randomUUID, carries: () => false, hangUp: () => assert.fail('not here') });
  await createPeers(theirs!, {
    newId: randomUUID,
    carries: () => true,
    hangUp: (id, why) => ended.push(`${id}: ${why}`),
  }).listen();
  await here.hangUp('one', 'Somebody called it off');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(ended, ['one: Somebody called it off']);
});

test('where there is one node, there is nobody to be asked', async () => {
  const alone = createPeers(null, { newId: randomUUID, carries: () => false, hangUp: () => assert.fail('not here') });
  assert.equal(await alone.carry('one'), false);
  await alone.hangUp('one', 'Why');
});
