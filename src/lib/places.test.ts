import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { getCountries } from 'libphonenumber-js';
import { countriesOf, countryOf, createPlaces, placeOf, regionOf, withinCountry, zonesOf } from './places.ts';
import { isTimeZone } from './text.ts';

test('an area code tells the countries behind +1 and +7 apart', () => {
  assert.deepEqual(countriesOf('+14155552671'), ['US']);
  assert.deepEqual(countriesOf('+14165550123'), ['CA']);
  assert.deepEqual(placeOf('+18765550123'), { countries: ['JM'], zones: ['America/Jamaica'] });
  assert.deepEqual(countriesOf('+16715551234'), ['GU']);
  assert.deepEqual(countriesOf('+79161234567'), ['RU']);
  assert.deepEqual(countriesOf('+77011234567'), ['KZ']);
  assert.deepEqual(countriesOf('+441534123456'), ['JE']);
  assert.deepEqual(placeOf('+4915112345678'), {
    countries: ['DE'],
    zones: ['Europe/Berlin', 'Europe/Busingen'],
  });
});

test('an ambiguous number is in all its possible countries, and in no other', () => {
  // The area code 555 is unassigned, so the number may be in the two large countries; the small ones have their own codes.
  assert.deepEqual(countriesOf('+15551234567'), ['CA', 'US']);
  const { zones } = placeOf('+15551234567');
  for (const zone of ['America/New_York', 'Pacific/Honolulu', 'America/St_Johns'])
    assert.ok(zones.includes(zone), zone);
  assert.ok(!zones.includes('Pacific/Guam'));
  // Reserved for films; it may be on the islands too.
  assert.deepEqual(countriesOf('+447700900123'), ['GB', 'GG', 'JE']);
  // Too short to be dialed, but its country code is known.
  assert.deepEqual(countriesOf('+12345'), ['CA', 'US']);
});

test('a text that belongs to no country has no place', () => {
  for (const phone of ['', '+', 'hello', '+999123456789', '+80012345678', '+88213123456', '0171 1234567', '+1'])
    assert.deepEqual(placeOf(phone), { countries: [], zones: [] }, phone);
});

test('a country that Intl does not list has zones too', () => {
  assert.deepEqual(placeOf('+38344123456'), { countries: ['XK'], zones: ['Europe/Belgrade'] });
  for (const country of getCountries()) assert.ok(zonesOf({ country }).length > 0, country);
});

test('the time zone beats the country, which beats the number', () => {
  const phone = '+14155552671';
  assert.deepEqual(zonesOf({ timezone: 'Europe/Rome', country: 'ES', phone }), ['Europe/Rome']);
  assert.deepEqual(zonesOf({ country: 'IT', phone }), ['Europe/Rome']);
  assert.deepEqual(zonesOf({ timezone: 'Mars/Olympus', country: 'IT', phone }), ['Europe/Rome']);
  assert.deepEqual(zonesOf({ timezone: 'Mars/Olympus', country: 'ZZ', phone }), placeOf(phone).zones);
  assert.deepEqual(zonesOf({ timezone: '+02:00', country: null, phone: null }), []);
  assert.deepEqual(zonesOf({}), []);
  assert.deepEqual(zonesOf({ timezone: '', country: '', phone: '' }), []);
});

test('the country beats the number, which counts only where it is unambiguous', () => {
  assert.equal(countryOf({ country: 'FR', phone: '+4915112345678' }), 'FR');
  assert.equal(countryOf({ phone: '+4915112345678' }), 'DE');
  assert.equal(countryOf({ country: 'nowhere', phone: '+4915112345678' }), 'DE');
  assert.equal(countryOf({ phone: '+15551234567' }), undefined);
  assert.equal(countryOf({}), undefined);
  assert.equal(regionOf('uk'), 'GB');
  assert.equal(regionOf('ZZ'), undefined);
  assert.equal(regionOf('EU'), undefined);
  assert.equal(regionOf('D1'), undefined);
});

test('a number is split after its country code', () => {
  assert.deepEqual(withinCountry('+14155552671'), { code: '1', national: '4155552671' });
  assert.deepEqual(withinCountry('+390612345678'), { code: '39', national: '0612345678' });
  assert.equal(withinCountry('hello'), undefined);
});

test('one zone stands for all zones of a country whose clocks agree', () => {
  const places = createPlaces();
  const every = zonesOf({ country: 'US' });
  const few = places.zonesOf({ country: 'US' });
  assert.ok(every.length >= 25 && few.length <= 9, `${few.length} of ${every.length}`);
  assert.deepEqual(places.zonesOf({ country: 'GB' }), ['Europe/London']);
  assert.deepEqual(places.zonesOf({ phone: '+447700900123' }), ['Europe/London']);
  assert.deepEqual(places.zonesOf({ timezone: 'America/Detroit' }), ['America/Detroit']);
  assert.deepEqual(places.zonesOf({}), []);
  assert.equal(places.zonesOf({ country: 'US' }), few);

  const clocks = (zones: readonly string[]) =>
    zones.map((timeZone) => new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' }));
  for (const country of ['US', 'CA', 'MX', 'AU', 'BR', 'RU', 'KZ', 'CL', 'ES']) {
    const all = clocks(zonesOf({ country }));
    const some = clocks(places.zonesOf({ country }));
    const shown = (at: number, formats: Intl.DateTimeFormat[]) =>
      [...new Set(formats.map((one) => one.format(at)))].sort();
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2037, 11) }), (at) => {
        assert.deepEqual(shown(at, some), shown(at, all));
      }),
    );
  }
});

test('for every input the answer is a stable list of existing zones', () => {
  const text = fc.option(fc.oneof(fc.string(), fc.constantFrom('US', 'uk', 'Europe/Paris', '+15551234567', '+7')));
  const contact = fc.record({ timezone: text, country: text, phone: text });
  fc.assert(
    fc.property(contact, (one) => {
      const zones = zonesOf(one);
      assert.ok(zones.every(isTimeZone));
      assert.equal(new Set(zones).size, zones.length);
      assert.deepEqual(zonesOf(one), zones);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^\+[1-9]\d{1,14}$/), (phone) => {
      const { countries, zones } = placeOf(phone);
      assert.equal(countries.length > 0, zones.length > 0);
    }),
  );
});
