/** What is recorded of a change, and what can be told from it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newDocument } from '../agent.ts';
import { newProfile } from '../profile.ts';
import { apply } from './apply.ts';
import { changedPaths, differences, editsBetween } from './diff.ts';
import { merge, set, unset } from './edit.ts';
import { fold } from './fold.ts';
import { spokenPaths, touches } from './origins.ts';

const moment = { at: '2030-01-01T00:00:00.000Z', newId: () => 'p1' };
const blank = newDocument('Ana');

test('recorded edits carry their consequences, so that doing them again needs no clock and no ids', () => {
  const meant = [set('profiles.@default.greeting.text', 'Hi'), merge('metadata', { a: { b: 1 } }), unset('role')];
  const { document, edits } = apply(blank, meant, moment);
  assert.deepEqual(fold(blank, edits), document);
  const later = apply(document, [set('profiles.@default.name', 'One')], { ...moment, at: '2031-01-01T00:00:00.000Z' });
  assert.deepEqual(spokenPaths(later.edits), ['profiles.p1.name']);
  assert.deepEqual(fold(document, later.edits), later.document);
});

test('the edits between two documents lead from one to the other, and no further than they differ', () => {
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

test('a key of the caller with a dot in it is one step, not two', () => {
  const after = { ...blank, metadata: { 'a.b': 1 } };
  assert.deepEqual(
    differences(blank, after).map(({ segments }) => segments),
    [['metadata', 'a.b']],
  );
  assert.deepEqual(changedPaths(blank, after), ['metadata.a.b']);
});

test('a merge speaks of the keys that it names, a set of all that is inside it', () => {
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

test('of several new profiles the one that is named the default is the default', () => {
  const { document } = apply(
    blank,
    [set('profiles.p1.name', 'One'), set('profiles.p2.name', 'Two'), set('profiles.p2.default', true)],
    moment,
  );
  assert.deepEqual([document.profiles['p1']?.default, document.profiles['p2']?.default], [false, true]);
});
