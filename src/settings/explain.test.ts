import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../lib/values.ts';
import { LEVELS, type Level, SETTING_KEYS, type SettingKey } from './definitions.ts';
import { type ExplainedValue, explain, lastChange, type Source } from './explain.ts';
import { type Layer, resolve } from './resolve.ts';

const noSource = () => undefined;
const source = (revision: number): Source => ({ revision, by: `user:${revision}`, at: `2030-01-0${revision}` });

test('a window names the source of each part, and the strongest of them for the whole', () => {
  const sources: Partial<Record<Level, Source>> = { workspace: source(2), agent: source(7) };
  const { 'callSettings.window': window } = explain(
    [
      { level: 'workspace', document: { callSettings: { window: { start: '08:00', end: '20:00' } } } },
      { level: 'agent', document: { callSettings: { window: { start: '10:00' } } } },
    ],
    (level) => sources[level],
  );
  assert.deepEqual(window, {
    value: { start: '10:00', end: '20:00' },
    from: 'agent',
    ...source(7),
    parts: {
      start: {
        value: '10:00',
        from: 'agent',
        ...source(7),
        shadowed: [
          { value: '08:00', from: 'workspace', ...source(2) },
          { value: '09:00', from: 'system' },
        ],
      },
      end: {
        value: '20:00',
        from: 'workspace',
        ...source(2),
        shadowed: [{ value: '17:00', from: 'system' }],
      },
    },
    shadowed: [
      { value: { start: '08:00' }, from: 'workspace', ...source(2) },
      { value: { start: '09:00', end: '17:00' }, from: 'system' },
    ],
  });
});

test('of two parts that one level set in two revisions, the newer is the source of the whole', () => {
  const { 'callSettings.window': window } = explain(
    [{ level: 'agent', document: { callSettings: { window: { start: '10:00', end: '11:00' } } } }],
    (level, key) => (level === 'agent' ? source(key.endsWith('start') ? 3 : 2) : undefined),
  );
  assert.equal(window?.revision, 3);
});

test('a level without revisions names none', () => {
  const explained = explain([{ level: 'override', document: { callSettings: { autoRetry: true } } }], noSource);
  assert.deepEqual(explained['callSettings.autoRetry'], {
    value: true,
    from: 'override',
    shadowed: [{ value: false, from: 'system' }],
  });
});

test('the source of a value is the revision that set it, not a later one that kept it', () => {
  const revision = (number: number, callSettings: JsonObject) => ({
    number,
    by: 'user:1',
    at: `2030-01-0${number}`,
    document: { callSettings },
  });
  const history = [
    revision(4, { autoRetry: true, tags: [] }),
    revision(3, { autoRetry: true }),
    revision(2, { autoRetry: false }),
    revision(1, { autoRetry: true }),
  ];
  assert.equal(lastChange(history, 'callSettings.autoRetry')?.revision, 3);
  assert.equal(lastChange(history, 'callSettings.tags')?.revision, 4);
  assert.equal(lastChange(history.slice(3), 'callSettings.autoRetry')?.revision, 1);
  assert.equal(lastChange([], 'callSettings.autoRetry'), undefined);
});

test('explain agrees with resolve on any stack of layers', () => {
  const document = fc.dictionary(fc.constantFrom(...SETTING_KEYS), fc.constantFrom('a', 'b', 0, false, null, []));
  const layers = fc
    .uniqueArray(fc.constantFrom(...LEVELS), { maxLength: 5 })
    .chain((levels) => fc.tuple(...levels.map((level) => document.map((flat) => ({ level, document: nested(flat) })))));
  fc.assert(
    fc.property(layers, (stack) => {
      const resolved = resolve(stack as Layer[]);
      const explained = explain(stack as Layer[], noSource);
      for (const key of SETTING_KEYS) assert.deepEqual(partOf(explained, key), resolved[key]);
      for (const { value, parts, from } of Object.values(explained)) {
        if (!parts) continue;
        assert.deepEqual(value, Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.value])));
        assert.ok(Object.values(parts).some((part) => part.from === from));
        assert.ok(Object.values(parts).every((part) => LEVELS.indexOf(part.from) <= LEVELS.indexOf(from)));
      }
    }),
  );
});

function partOf(explained: ReturnType<typeof explain>, key: SettingKey): ExplainedValue | undefined {
  const [group, setting, part] = key.split('.');
  const whole = explained[`${group}.${setting}`];
  return part === undefined ? whole : whole?.parts?.[part];
}

function nested(flat: Record<string, unknown>): JsonObject {
  const root: JsonObject = {};
  for (const [key, value] of Object.entries(flat)) {
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
