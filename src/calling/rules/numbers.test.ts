import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countriesOf } from '../../lib/places.ts';
import { chooseNumber, type NumberChoice, type NumberQuestion, type OwnNumber } from './numbers.ts';

const SAN_FRANCISCO: OwnNumber = { id: 'a', number: '+14155550100' };
const NEW_YORK: OwnNumber = { id: 'b', number: '+12125550100' };
const BERLIN: OwnNumber = { id: 'c', number: '+493012345678' };
const ALL = [SAN_FRANCISCO, NEW_YORK, BERLIN];

const ask = (question: Partial<NumberQuestion>): NumberChoice =>
  chooseNumber({ numbers: ALL, mode: 'all', to: '+12125559999', pins: [], usedToday: new Map(), ...question });

const shown = (choice: NumberChoice): string | null => {
  assert.ok(!choice.capped);
  return choice.number?.number ?? null;
};
const fallback = (choice: NumberChoice): string | undefined => (choice.capped ? undefined : choice.fallback);

test('the number that looks most like the one called is shown', () => {
  assert.deepEqual(ask({}), {
    capped: false,
    number: NEW_YORK,
    why: '+12125550100 is the nearest of the workspace: it shares its first 6 digits with the number called; not used today.',
  });
  assert.equal(shown(ask({ to: '+14152223333' })), SAN_FRANCISCO.number);
  assert.equal(shown(ask({ to: '+493098765432' })), BERLIN.number);
});

test('where none is nearer the least used is shown, then the first by its id', () => {
  const far = { to: '+81312345678' };
  assert.equal(shown(ask(far)), SAN_FRANCISCO.number);
  const usedToday = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
  assert.deepEqual(ask({ ...far, usedToday }), {
    capped: false,
    number: NEW_YORK,
    why: '+12125550100 is the least used number of the workspace: used once today.',
  });
});

test('the mode narrows the choice to numbers of the contact’s country, or to those of others', () => {
  assert.deepEqual(ask({ mode: 'local', country: 'DE' }), {
    capped: false,
    number: BERLIN,
    why: '+493012345678 is the only number of those in the contact’s country that may be used today.',
  });
  assert.equal(shown(ask({ mode: 'foreign', country: 'US' })), BERLIN.number);
  assert.equal(shown(ask({ mode: 'foreign', country: 'DE' })), NEW_YORK.number);
  // Not said, the country is the number's.
  assert.equal(shown(ask({ mode: 'local', to: '+4915112345678' })), BERLIN.number);
  assert.equal(shown(ask({ mode: 'foreign' })), BERLIN.number);
});

test('a mode that cannot be obeyed does not keep the call from being made, and says so', () => {
  const french = ask({ mode: 'local', country: 'FR' });
  assert.equal(shown(french), NEW_YORK.number);
  assert.equal(fallback(french), 'The workspace has no number in the contact’s country (FR).');

  const used = ask({ mode: 'local', country: 'DE', cap: 5, usedToday: new Map([['c', 5]]) });
  assert.equal(shown(used), NEW_YORK.number);
  assert.equal(fallback(used), 'Every number in the contact’s country (DE) has been used as often today as allowed.');

  const nowhere = ask({ mode: 'foreign', to: '+80012345678' });
  assert.equal(shown(nowhere), SAN_FRANCISCO.number);
  assert.match(fallback(nowhere)!, /country is not known/);
});

test('a pin beats the mode, and one that cannot be kept gives way to the next', () => {
  const call = { id: 'a', because: 'the number pinned for this call' };
  const agent = { id: 'b', because: 'the agent’s caller number' };
  const local = { mode: 'local', country: 'DE', pins: [call, agent] } as const;
  assert.deepEqual(ask(local), {
    capped: false,
    number: SAN_FRANCISCO,
    why: '+14155550100 is the number pinned for this call.',
  });

  const numbers = [{ ...SAN_FRANCISCO, dailyCap: 1 }, NEW_YORK, BERLIN];
  const full = ask({ ...local, numbers, usedToday: new Map([['a', 1]]) });
  assert.equal(shown(full), NEW_YORK.number);
  assert.equal(
    fallback(full),
    'It is not the number pinned for this call, +14155550100, because that has been used as often today as allowed.',
  );

  const gone = ask({ ...local, pins: [{ ...call, id: 'gone' }] });
  assert.equal(shown(gone), BERLIN.number);
  assert.match(fallback(gone)!, /^It is not the number pinned for this call, because .* any more\.$/);
});

test('a number’s own cap beats the workspace’s, either way', () => {
  const usedToday = new Map([
    ['a', 3],
    ['b', 3],
  ]);
  const strict = [{ ...SAN_FRANCISCO, dailyCap: 3 }, NEW_YORK];
  assert.equal(shown(ask({ numbers: strict, to: '+14152223333', usedToday })), NEW_YORK.number);
  const generous = [{ ...SAN_FRANCISCO, dailyCap: 4 }, NEW_YORK];
  assert.equal(shown(ask({ numbers: generous, usedToday, cap: 3 })), SAN_FRANCISCO.number);
  const unsaid = [{ ...SAN_FRANCISCO, dailyCap: null }, NEW_YORK];
  assert.deepEqual(ask({ numbers: unsaid, usedToday, cap: 3 }), {
    capped: true,
    why: 'All 2 numbers of the workspace have been used as often today as allowed.',
  });
  assert.deepEqual(ask({ numbers: [{ ...BERLIN, dailyCap: 0 }] }).capped, true);
});

test('without any number there is none to show, and the call is made all the same', () => {
  assert.deepEqual(ask({ numbers: [], mode: 'local', country: 'DE' }), {
    capped: false,
    number: null,
    why: 'The workspace has no number to show.',
  });
});

const own = fc.record({
  id: fc.constantFrom(...'abcdefgh'),
  number: fc.oneof(
    fc.constantFrom('+14155550100', '+12125550100', '+15551234567', '+493012345678', '+33612345678', '+80012345678'),
    fc.stringMatching(/^\+[1-9]\d{1,14}$/),
  ),
  dailyCap: fc.option(fc.integer({ min: 0, max: 4 })),
});
const questions = fc.record({
  numbers: fc.uniqueArray(own, { selector: ({ id }) => id, maxLength: 6 }),
  mode: fc.constantFrom('all', 'local', 'foreign'),
  to: fc.oneof(
    own.map(({ number }) => number),
    fc.string(),
  ),
  country: fc.constantFrom('US', 'DE', 'FR', 'CA', null, undefined),
  pins: fc.array(fc.record({ id: fc.constantFrom(...'abcdefghxyz'), because: fc.constant('pinned') }), {
    maxLength: 3,
  }),
  usedToday: fc.dictionary(fc.constantFrom(...'abcdefgh'), fc.nat(5)).map((uses) => new Map(Object.entries(uses))),
  cap: fc.option(fc.integer({ min: 0, max: 4 })),
}) satisfies fc.Arbitrary<NumberQuestion>;

const isFree = (one: OwnNumber, { usedToday, cap }: NumberQuestion): boolean =>
  (usedToday.get(one.id) ?? 0) < (one.dailyCap ?? cap ?? Number.POSITIVE_INFINITY);

test('laws: caps are kept, pins are kept, the mode is kept wherever it can be, and the order does not matter', () => {
  fc.assert(
    fc.property(questions, (question) => {
      const choice = chooseNumber(question);
      const { numbers, mode, pins, to, country } = question;
      const free = numbers.filter((one) => isFree(one, question));
      assert.equal(choice.capped, numbers.length > 0 && free.length === 0);
      assert.ok(choice.why.endsWith('.'));
      assert.deepEqual(chooseNumber({ ...question, numbers: numbers.toReversed() }), choice);
      if (choice.capped) return;
      assert.equal(choice.number === null, numbers.length === 0);
      if (choice.number === null) return;

      const { id, number } = choice.number;
      assert.ok(free.some((one) => one.id === id));
      const pin = pins.find((one) => free.some((own) => own.id === one.id));
      if (pin) return assert.equal(id, pin.id);
      if (pins.length > 0) assert.ok(choice.fallback);
      if (mode === 'all') return;
      const homes = country ? [country] : countriesOf(to);
      const fits = (phone: string) => countriesOf(phone).some((one) => homes.includes(one)) === (mode === 'local');
      if (homes.length > 0 && free.some((one) => fits(one.number))) assert.ok(fits(number));
      else assert.ok(choice.fallback);
    }),
    { numRuns: 1000 },
  );
});
