import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../lib/values.ts';
import { MEMORY_LIMITS, mergeFacts } from './memory.ts';

test('a new fact replaces the one with its name, null removes it, the others stay', () => {
  const known = { city: 'Bonn', dog: 'Rex', plan: { seats: 2 } };
  assert.deepEqual(mergeFacts(known, { city: 'Köln', dog: null, plan: { seats: 3 }, cat: 'Mia' }), {
    city: 'Köln',
    plan: { seats: 3 },
    cat: 'Mia',
  });
  assert.deepEqual(mergeFacts(known, {}), known);
  assert.deepEqual(mergeFacts(known, { ' city ': 'Köln', '': 'x', ['k'.repeat(201)]: 'x' }), {
    ...known,
    city: 'Köln',
  });
});

test('a repeated fact keeps its place; a changed one moves to the end', () => {
  assert.deepEqual(Object.keys(mergeFacts({ a: 1, b: 2, c: 3 }, { a: 1, b: 4 })), ['a', 'c', 'b']);
});

test('beyond the limits the oldest facts are dropped', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_none, i) => [`fact ${i}`, i]));
  const merged = mergeFacts({ old: true }, many);
  assert.equal(Object.keys(merged).length, MEMORY_LIMITS.facts);
  assert.equal(merged['fact 499'], 499);
  assert.equal(merged['old'], undefined);
  const big = Object.fromEntries(Array.from({ length: 20 }, (_none, i) => [`big ${i}`, 'x'.repeat(4000)]));
  const some = mergeFacts({ old: true }, big);
  assert.ok(bytesOf(some) <= MEMORY_LIMITS.bytes && Object.keys(some).length >= 8);
  assert.equal(Object.keys(some).at(-1), 'big 19');
  assert.deepEqual(mergeFacts({ old: true }, { huge: 'x'.repeat(MEMORY_LIMITS.value) }), { old: true });
});

test('merging twice equals merging once, and no merge exceeds the limits', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (known, learned) => {
        const before = mergeFacts({}, known);
        const once = mergeFacts(before, learned);
        assert.deepEqual(mergeFacts(once, learned), once);
        assert.ok(bytesOf(once) <= MEMORY_LIMITS.bytes);
      },
    ),
  );
});
