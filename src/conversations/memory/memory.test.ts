import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../lib/values.ts';
import { MEMORY_LIMITS, mergeFacts } from './memory.ts';

test('what is learnt anew takes the place of what was known, null forgets, the rest stays', () => {
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

test('what is only said again keeps its place; the latest word stands last', () => {
  assert.deepEqual(Object.keys(mergeFacts({ a: 1, b: 2, c: 3 }, { a: 1, b: 4 })), ['a', 'c', 'b']);
});

test('it never piles up: the oldest is forgotten first', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_none, i) => [`fact ${i}`, i]));
  const kept = mergeFacts({ old: true }, many);
  assert.equal(Object.keys(kept).length, MEMORY_LIMITS.facts);
  assert.equal(kept['fact 499'], 499);
  assert.equal(kept['old'], undefined);
  const big = Object.fromEntries(Array.from({ length: 20 }, (_none, i) => [`big ${i}`, 'x'.repeat(4000)]));
  const some = mergeFacts({ old: true }, big);
  assert.ok(bytesOf(some) <= MEMORY_LIMITS.bytes && Object.keys(some).length >= 8);
  assert.equal(Object.keys(some).at(-1), 'big 19');
  assert.deepEqual(mergeFacts({ old: true }, { huge: 'x'.repeat(MEMORY_LIMITS.value) }), { old: true });
});

test('saying the same twice is saying it once, and no merge is larger than it may be', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (known, said) => {
        const before = mergeFacts({}, known);
        const once = mergeFacts(before, said);
        assert.deepEqual(mergeFacts(once, said), once);
        assert.ok(bytesOf(once) <= MEMORY_LIMITS.bytes);
      },
    ),
  );
});
