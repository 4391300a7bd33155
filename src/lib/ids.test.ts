import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idSource, newId } from './ids.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids of one millisecond are unique and sort in the order of their creation', () => {
  const next = idSource();
  const at = new Date('2026-05-01T10:00:00.000Z');
  const ids = Array.from({ length: 4000 }, () => next(at));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of [...ids, newId(at)]) assert.match(id, VERSION_7);
  assert.ok(next(new Date(at.getTime() + 1)) > ids.at(-1)!);
  assert.equal(Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16), at.getTime());
});
