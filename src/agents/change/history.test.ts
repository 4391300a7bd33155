/** The edits that a change records, and what can be derived from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newDocument } from '../agent.ts';
import { newProfile } from '../profile.ts';
import { apply } from './apply.ts';
import { changedPaths, differences, editsBetween } from './diff.ts';
import { merge, set, unset } from './edit.ts';
import { fold } from './fold.ts';
import { editedPaths, touches } from './origins.ts';

const time = { at: '2030-01-01T00:00:00.000Z', newId: () => 'p1' };
const blank = newDocument('Ana');

test('recorded edits include their consequences: replaying them needs no clock and no ids', () => {
  const requested = [set('profiles.@default.greeting.text', 'Hi'), merge('metadata', { a: { b: 1 } }), unset('role')];
  const { document, edits } = apply(blank, requested, time);
  assert.deepEqual(fold(blank, edits), document);
  const later = apply(document, [set('profiles.@default.name', 'One')], { ...time, at: '2031-01-01T00:00:00.000Z' });
  assert.deepEqual(editedPaths(later.edits), ['profiles.p1.name']);
  assert.deepEqual(fold(document, later.edits), later.document);
});

test('the edits between two documents turn one into the other and touch nothing else', () => {
  const before = { ...blank, role: 'Seller', metadata: { 'a.b': 1 }, profiles: { p1: newProfile('p1', 'then', true) } };
  const after = {
    ...blank,
    metadata: { 'a.b': 2, c: 3 },
    callSettings: { window: { start: '10:00' } },
    profiles: { p2: newProfile('p2', 'now', true) },
  };
  assert.deepEqual(fold(before, editsBetween(before, after)), after);
  assert.deepEqual(
    editsBetween(before, after).map(({ op, path }) => `${op} ${path}`),
    ['set metadata', 'unset profiles.p1', 'set profiles.p2', 'set callSettings.window.start', 'unset role'].toSorted(
      (a, b) => ORDER.indexOf(a.split(' ')[1]!.split('.')[0]!) - ORDER.indexOf(b.split(' ')[1]!.split('.')[0]!),
    ),
  );
  assert.deepEqual(editsBetween(after, after), []);
});
const ORDER = ['role', 'metadata', 'profiles', 'callSettings'];

test('a key of a free-form map that holds a dot is one segment', () => {
  const after = { ...blank, metadata: { 'a.b': 1 } };
  assert.deepEqual(
    differences(blank, after).map(({ segments }) => segments),
    [['metadata', 'a.b']],
  );
  assert.deepEqual(changedPaths(blank, after), ['metadata.a.b']);
});

test('a merge writes the keys that it names, a set writes everything inside its path', () => {
  assert.ok(touches(set('callSettings', {}), 'callSettings.window.start'));
  assert.ok(touches(unset('profiles.p1'), 'profiles.p1.greeting.text'));
  assert.ok(touches(set('profiles.p1.inactivity', []), 'profiles.p1.inactivity'));
  assert.ok(!touches(set('profiles.p1.name', 'x'), 'profiles.p1.greeting.text'));
  assert.ok(!touches(set('profiles.p11', {}), 'profiles.p1'));
  const merged = merge('callSettings', { window: { end: null }, autoRetry: true });
  assert.ok(touches(merged, 'callSettings.window.end'));
  assert.ok(!touches(merged, 'callSettings.window.start'));
  assert.ok(touches(merge('callSettings', { window: null }), 'callSettings.window.start'));
  assert.ok(touches(merge('metadata', { a: 1 }), 'metadata'));
});

test('of several new profiles, the one that an edit names as the default becomes the default', () => {
  const { document } = apply(
    blank,
    [set('profiles.p1.name', 'One'), set('profiles.p2.name', 'Two'), set('profiles.p2.default', true)],
    time,
  );
  assert.deepEqual([document.profiles['p1']?.default, document.profiles['p2']?.default], [false, true]);
});
