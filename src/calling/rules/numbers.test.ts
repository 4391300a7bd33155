import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countriesOf } from '../../lib/places.ts';
import { chooseNumber, type NumberChoice, type NumberRequest, type OwnNumber } from './numbers.ts';

const SAN_FRANCISCO: OwnNumber = { id: 'a', number: '+14155550100' };
const NEW_YORK: OwnNumber = { id: 'b', number: '+12125550100' };
const BERLIN: OwnNumber = { id: 'c', number: '+493012345678' };
const ALL = [SAN_FRANCISCO, NEW_YORK, BERLIN];

const choose = (request: Partial<NumberRequest>): NumberChoice =>
  chooseNumber({ numbers: ALL, mode: 'all', to: '+12125559999', pins: [], usedToday: new Map(), ...request });

const shown = (choice: NumberChoice): string | null => {
  assert.ok(!choice.capped);
  return choice.number?.number ?? null;
};
const fallback = (choice: NumberChoice): string | undefined => (choice.capped ? undefined : choice.fallback);

test('the number that looks most like the one called is shown', () => {
  assert.deepEqual(choose({}), {
    capped: false,
    number: NEW_YORK,
    why: '+12125550100 is the nearest number of the workspace: it shares the first 6 digits after the country code with the called number, and it has not been used today.',
  });
  assert.equal(shown(choose({ to: '+14152223333' })), SAN_FRANCISCO.number);
  assert.equal(shown(choose({ to: '+493098765432' })), BERLIN.number);
});

test('where no number is nearer, the least used is shown, then the first by id', () => {
  const far = { to: '+81312345678' };
  assert.equal(shown(choose(far)), SAN_FRANCISCO.number);
  const usedToday = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
  assert.deepEqual(choose({ ...far, usedToday }), {
    capped: false,
    number: NEW_YORK,
    why: '+12125550100 is the least used number of the workspace: it has been used once today.',
  });
});

test('the mode narrows the choice to numbers inside or outside the contact’s country', () => {
  assert.deepEqual(choose({ mode: 'local', country: 'DE' }), {
    capped: false,
    number: BERLIN,
    why: '+493012345678 is the only number in the contact’s country below its daily limit.',
  });
  assert.equal(shown(choose({ mode: 'foreign', country: 'US' })), BERLIN.number);
  assert.equal(shown(choose({ mode: 'foreign', country: 'DE' })), NEW_YORK.number);
  // Without a country, the called number's country counts.
  assert.equal(shown(choose({ mode: 'local', to: '+4915112345678' })), BERLIN.number);
  assert.equal(shown(choose({ mode: 'foreign' })), BERLIN.number);
});

test('a mode that no number fits does not prevent the call, and the choice says so', () => {
  const french = choose({ mode: 'local', country: 'FR' });
  assert.equal(shown(french), NEW_YORK.number);
  assert.equal(fallback(french), 'The workspace has no number in the contact’s country (FR).');

  const used = choose({ mode: 'local', country: 'DE', cap: 5, usedToday: new Map([['c', 5]]) });
  assert.equal(shown(used), NEW_YORK.number);
  assert.equal(fallback(used), 'Every number in the contact’s country (DE) has reached its daily limit.');

  const nowhere = choose({ mode: 'foreign', to: '+80012345678' });
  assert.equal(shown(nowhere), SAN_FRANCISCO.number);
  assert.match(fallback(nowhere)!, /country is unknown/);
});

test('a preferred number beats the mode, and an unavailable one gives way to the next', () => {
  const call = { id: 'a', because: 'the number pinned for this call' };
  const agent = { id: 'b', because: 'the agent’s caller number' };
  const local = { mode: 'local', country: 'DE', pins: [call, agent] } as const;
  assert.deepEqual(choose(local), {
    capped: false,
    number: SAN_FRANCISCO,
    why: '+14155550100 is the number pinned for this call.',
  });

  const numbers = [{ ...SAN_FRANCISCO, dailyCap: 1 }, NEW_YORK, BERLIN];
  const full = choose({ ...local, numbers, usedToday: new Map([['a', 1]]) });
  assert.equal(shown(full), NEW_YORK.number);
  assert.equal(fallback(full), 'The number pinned for this call, +14155550100, has reached its daily limit.');

  const missing = choose({ ...local, pins: [{ ...call, id: 'missing' }] });
  assert.equal(shown(missing), BERLIN.number);
  assert.match(fallback(missing)!, /^The number pinned for this call no longer belongs to the workspace\.$/);
});

test('a number’s own limit replaces the workspace’s, higher or lower', () => {
  const usedToday = new Map([
    ['a', 3],
    ['b', 3],
  ]);
  const lower = [{ ...SAN_FRANCISCO, dailyCap: 3 }, NEW_YORK];
  assert.equal(shown(choose({ numbers: lower, to: '+14152223333', usedToday })), NEW_YORK.number);
  const higher = [{ ...SAN_FRANCISCO, dailyCap: 4 }, NEW_YORK];
  assert.equal(shown(choose({ numbers: higher, usedToday, cap: 3 })), SAN_FRANCISCO.number);
  const unset = [{ ...SAN_FRANCISCO, dailyCap: null }, NEW_YORK];
  assert.deepEqual(choose({ numbers: unset, usedToday, cap: 3 }), {
    capped: true,
    why: 'All 2 numbers of the workspace have reached their daily limit; raise the limit of the number or of the workspace.',
  });
  assert.deepEqual(choose({ numbers: [{ ...BERLIN, dailyCap: 0 }] }).capped, true);
});

test('a workspace without numbers shows none, and the call is made', () => {
  assert.deepEqual(choose({ numbers: [], mode: 'local', country: 'DE' }), {
    capped: false,
    number: null,
    why: 'The workspace has no phone number, so none is shown.',
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
const requests = fc.record({
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
}) satisfies fc.Arbitrary<NumberRequest>;

const isFree = (one: OwnNumber, { usedToday, cap }: NumberRequest): boolean =>
  (usedToday.get(one.id) ?? 0) < (one.dailyCap ?? cap ?? Number.POSITIVE_INFINITY);

test('laws: limits hold, preferences hold, the mode holds wherever a number fits, and the order does not matter', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const choice = chooseNumber(request);
      const { numbers, mode, pins, to, country } = request;
      const free = numbers.filter((one) => isFree(one, request));
      assert.equal(choice.capped, numbers.length > 0 && free.length === 0);
      assert.ok(choice.why.endsWith('.'));
      assert.deepEqual(chooseNumber({ ...request, numbers: numbers.toReversed() }), choice);
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
