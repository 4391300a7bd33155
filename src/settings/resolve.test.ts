import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { issuesOf } from '../lib/check.ts';
import type { JsonObject } from '../lib/values.ts';
import { LEVELS, SETTING_KEYS, SETTINGS, type SettingKey } from './definitions.ts';
import { type Layer, resolve } from './resolve.ts';

test('every default fits its own schema', () => {
  for (const key of SETTING_KEYS) assert.deepEqual(issuesOf(SETTINGS[key].schema, SETTINGS[key].default), []);
});

test('with nothing said, the system decides everything', () => {
  const resolved = resolve([]);
  for (const key of SETTING_KEYS)
    assert.deepEqual(resolved[key], { value: SETTINGS[key].default, from: 'system', shadowed: [] });
});

test('one part of a window may come from one level and the other from another', () => {
  const resolved = resolve([
    { level: 'workspace', document: { callSettings: { window: { start: '08:00', end: '20:00' } } } },
    { level: 'agent', document: { callSettings: { window: { start: '10:00' } } } },
  ]);
  assert.deepEqual(resolved['callSettings.window.start'], {
    value: '10:00',
    from: 'agent',
    shadowed: [
      { value: '08:00', from: 'workspace' },
      { value: '09:00', from: 'system' },
    ],
  });
  assert.equal(resolved['callSettings.window.end'].from, 'workspace');
});

test('a campaign that says one thing does not replace the rest (not: overrides that replace instead of merge)', () => {
  const resolved = resolve([
    { level: 'agent', document: { callSettings: { allowedDays: [0], autoRetry: true } } },
    { level: 'campaign', document: { callSettings: { allowedDays: [5] } } },
  ]);
  assert.deepEqual([resolved['callSettings.allowedDays'].value, resolved['callSettings.autoRetry'].value], [[5], true]);
});

/** Random stacks of layers against the slow and obvious way: walk down from the strongest until somebody speaks. */
test('the strongest level that spoke decides, and everything below it is shadowed', () => {
  const document = fc.dictionary(fc.constantFrom(...SETTING_KEYS), fc.constantFrom('a', 'b', 0, false, null, []));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...LEVELS), { maxLength: 5 }),
      fc.array(document, { minLength: 5, maxLength: 5 }),
      (levels, said) => {
        const layers: Layer[] = levels.map((level, i) => ({ level, document: nested(said[i]!) }));
        const resolved = resolve(layers);
        for (const key of SETTING_KEYS) {
          const voices = [...LEVELS].reverse().flatMap((level) => {
            const value = levels.includes(level) ? said[levels.indexOf(level)]![key] : undefined;
            return value === undefined || value === null ? [] : [{ value, from: level }];
          });
          const [first, ...shadowed] = [...voices, { value: SETTINGS[key].default, from: 'system' }];
          assert.deepEqual(resolved[key], { ...first, shadowed });
        }
      },
    ),
  );
});

function nested(flat: Record<string, unknown>): JsonObject {
  const root: JsonObject = {};
  for (const [key, value] of Object.entries(flat) as [SettingKey, unknown][]) {
    const segments = key.split('.');
    let node = root;
    for (const segment of segments.slice(0, -1)) {
      node[segment] ??= {};
      node = node[segment] as JsonObject;
    }
    node[segments.at(-1)!] = value;
  }
  return root;
}
