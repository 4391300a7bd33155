/** Schemas of users, which may contain anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentIssues } from './check.ts';
import type { Schema } from './schema.ts';

const withPattern = (pattern: string): Schema =>
  ({ type: 'object', properties: { name: { type: 'string', pattern } } }) as Schema;

test('each pattern in a schema of a user is checked', () => {
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
  assert.deepEqual(argumentIssues(withPattern('^(?=.*a)\\p{L}+$'), { name: 'Zoëa' }), []);
});

test('a pattern with catastrophic backtracking does not match, and does not block the process', () => {
  const backtracking = withPattern('^(\\w+\\s?)+$');
  const [issue] = argumentIssues(backtracking, { name: `${'ab '.repeat(40)}!` });
  assert.equal(issue?.path, 'name');
  assert.deepEqual(argumentIssues(backtracking, { name: 'ab ab' }), [], 'a text that it matches quickly');
});
