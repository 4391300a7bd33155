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

test('without layers the system decides every setting', () => {
  const resolved = resolve([]);
  for (const key of SETTING_KEYS)
    assert.deepEqual(resolved[key], { value: SETTINGS[key].default, from: 'system', shadowed: [] });
});

test('the parts of a window may come from different levels', () => {
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

test('a campaign that sets one value keeps the others (known mistake: overrides that replace instead of merge)', () => {
  const resolved = resolve([
    { level: 'agent', document: { callSettings: { allowedDays: [0], autoRetry: true } } },
    { level: 'campaign', document: { callSettings: { allowedDays: [5] } } },
  ]);
  assert.deepEqual([resolved['callSettings.allowedDays'].value, resolved['callSettings.autoRetry'].value], [[5], true]);
});

/** Random layers against the slow and obvious way: walk down from the strongest until a level sets the value. */
test('the strongest level that sets a value decides, and it shadows all weaker ones', () => {
  const document = fc.dictionary(fc.constantFrom(...SETTING_KEYS), fc.constantFrom('a', 'b', 0, false, null, []));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...LEVELS), { maxLength: 5 }),
      fc.array(document, { minLength: 5, maxLength: 5 }),
      (levels, documents) => {
        const layers: Layer[] = levels.map((level, i) => ({ level, document: nested(documents[i]!) }));
        const resolved = resolve(layers);
        for (const key of SETTING_KEYS) {
          const values = [...LEVELS].reverse().flatMap((level) => {
            const value = levels.includes(level) ? documents[levels.indexOf(level)]![key] : undefined;
            return value === undefined || value === null ? [] : [{ value, from: level }];
          });
          const [first, ...shadowed] = [...values, { value: SETTINGS[key].default, from: 'system' }];
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
