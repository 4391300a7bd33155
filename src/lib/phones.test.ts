import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPhone } from './phones.ts';

const GERMAN = { phone: '+4915112345678' };
const AMERICAN = { phone: '+14155552671' };

test('a number is read in every common spelling', () => {
  for (const text of ['+49 151 12345678', '0049 151 12345678', '+49 (0)151 1234-5678', '\u202d+4915112345678\u202c'])
    assert.deepEqual(readPhone(text), GERMAN, text);
  for (const text of ['0151 1234 5678', '15112345678', '0049151 12345678', '="+4915112345678"', "'015112345678"])
    assert.deepEqual(readPhone(text, 'DE'), GERMAN, text);
  for (const text of [
    '(415) 555-2671',
    '415.555.2671',
    '14155552671',
    'tel:+1-415-555-2671',
    '＋１４１５５５５２６７１',
  ])
    assert.deepEqual(readPhone(text, 'US'), AMERICAN, text);
  assert.deepEqual(readPhone('415 555 2671 x12', 'US'), { ...AMERICAN, extension: '12' });
  // The number's own country code counts, not the row's country.
  assert.deepEqual(readPhone('+4915112345678', 'US'), GERMAN);
  assert.deepEqual(readPhone('011 49 151 12345678', 'US'), GERMAN);
});

test('a number that cannot be dialed with certainty is refused', () => {
  const refused = { problem: 'must be a phone number that can be dialed' };
  for (const text of ['+', '+1', '+999123456789', '+1-800-FLOWERS', '+14155552671, +14155552672', '+14155552671/2'])
    assert.deepEqual(readPhone(text), refused, text);
  for (const text of ['', '5551234', '4.15555E+09', 'n/a', '911', '=1+1', '1'.repeat(10_000)])
    assert.deepEqual(readPhone(text, 'US'), refused, text.slice(0, 20));
  assert.match((readPhone('0151 12345678') as { problem: string }).problem, /^must begin with \+/);
  assert.match((readPhone('0151 12345678', 'nowhere') as { problem: string }).problem, /^must begin with \+/);
});

test('a number without its plus that has two readings is refused', () => {
  assert.deepEqual(readPhone('4915112345678', 'DE'), {
    problem: 'can be read as +494915112345678 and as +4915112345678; write it with +',
  });
  // Too long for a French number without its country code, so it has only one reading.
  assert.deepEqual(readPhone('33612345678', 'FR'), { phone: '+33612345678' });
});

test('every result is in E.164, and reading it again gives the same', () => {
  const country = fc.constantFrom('US', 'DE', 'IT', 'GB', 'XX', undefined);
  const text = fc.oneof(fc.string(), fc.stringMatching(/^\+?[0-9 ()-]{5,16}$/));
  fc.assert(
    fc.property(text, country, (written, home) => {
      const answer = readPhone(written, home);
      if ('problem' in answer) return assert.ok(answer.problem);
      assert.match(answer.phone, /^\+[1-9]\d{1,14}$/);
      assert.deepEqual(readPhone(answer.phone), { phone: answer.phone });
    }),
    { numRuns: 1000 },
  );
});
