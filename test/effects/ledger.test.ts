/** The ledger is complete, claims only what the tests show, and its page is fresh. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LEDGER, ledgerPage, nameOf } from './ledger.ts';

const HERE = import.meta.dirname;
/** The test of a field is a call of `effect` or `immediateEffect` with its name. */
const tested = readdirSync(HERE)
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [
    ...readFileSync(join(HERE, file), 'utf8').matchAll(/^(?:effect|immediateEffect)\(\s*'([^']+)'/gm),
  ])
  .map(([, name]) => name!);

test('the ledger has each documented field once', () => {
  const counted = Object.groupBy(LEDGER, ({ dialect }) => dialect);
  assert.deepEqual(Object.fromEntries(Object.entries(counted).map(([dialect, fields]) => [dialect, fields.length])), {
    kejue: 36,
    agenthuman: 9,
    instaview: 12,
    ayra: 13,
    agntix: 13,
  });
  assert.equal(LEDGER.length, 83);
  assert.equal(new Set(LEDGER.map(nameOf)).size, 83);
});

test('each field that is shown has a test with its name, and each test has a field', () => {
  const claimed = LEDGER.filter(({ state }) => state === 'shown').map(nameOf);
  assert.deepEqual([...tested].sort(), claimed.sort());
});

test('fields that wait for voice, calls, campaigns and interviews are counted', () => {
  const waiting = LEDGER.filter(({ state }) => state === 'not yet');
  assert.deepEqual(waiting.filter(({ needs }) => needs === 'config' || needs === 'chat').map(nameOf), []);
  assert.equal(waiting.length, 21);
});

test('docs/field-effects.md is fresh; `node test/effects/write.ts` writes it', () => {
  assert.equal(readFileSync(join(HERE, '../../docs/field-effects.md'), 'utf8'), ledgerPage());
});
