/** Schemas that somebody outside wrote, which may be anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentIssues } from './check.ts';
import type { Schema } from './schema.ts';

const named = (pattern: string): Schema =>
  ({ type: 'object', properties: { name: { type: 'string', pattern } } }) as Schema;

test('patterns of schemas from outside are obeyed, each one its own', () => {
  const both = {
    type: 'object',
    properties: { code: { pattern: '^[A-Z]{2}$' }, zip: { pattern: '^\\d{5}$' } },
    patternProperties: { '^x-': { type: 'number' } },
  } as unknown as Schema;
  assert.deepEqual(argumentIssues(both, { code: 'DE', zip: '10115', 'x-a': 1 }), []);
  assert.deepEqual(
    argumentIssues(both, { code: 'de', zip: '1011', 'x-a': 'one' }).map(({ path, message }) => `${path} ${message}`),
    ['code must match ^[A-Z]{2}$', 'zip must match ^\\d{5}$', 'x-a must be a number'],
  );
  assert.deepEqual(argumentIssues(named('^(?=.*a)\\p{L}+$'), { name: 'Zoëa' }), []);
});

test('a pattern that would take years for a text does not match it, and holds nobody up', () => {
  const endless = named('^(\\w+\\s?)+$');
  const [issue] = argumentIssues(endless, { name: `${'ab '.repeat(40)}!` });
  assert.equal(issue?.path, 'name');
  assert.deepEqual(argumentIssues(endless, { name: 'ab ab' }), [], 'where it is quick it is obeyed');
});
