import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ContactInput } from '../../contacts/contact.ts';
import { issuesOf } from '../../lib/check.ts';
import { type ContactList, MAX_ROWS, readContactList } from './contact-list.ts';

const contacts = (csv: string): ContactInput[] => readContactList(csv).contacts.map(({ contact }) => contact);
const problems = (csv: string): string[] =>
  readContactList(csv).problems.map(({ line, field, message }) => `${line} ${field ?? '-'} ${message}`);

test('a column with a contact field fills it, and any other goes to the metadata', () => {
  const csv = `phone,whatsapp number,first name,last name,email,company,job title,timezone,country,language,external id,tags,consent,Favourite Colour
+14155552671,+14155552672,Ada,Byron,ada@example.com,Engines,Countess,Europe/London,gb,en_GB,x-1,vip; new|vip,yes,blue
`;
  assert.deepEqual(readContactList(csv), {
    contacts: [
      {
        line: 2,
        contact: {
          phone: '+14155552671',
          whatsappNumber: '+14155552672',
          firstName: 'Ada',
          lastName: 'Byron',
          email: 'ada@example.com',
          company: 'Engines',
          jobTitle: 'Countess',
          timezone: 'Europe/London',
          country: 'GB',
          language: 'en-GB',
          externalId: 'x-1',
          tags: ['vip', 'new'],
          consent: { calls: true },
          metadata: { 'Favourite Colour': 'blue' },
        },
      },
    ],
    problems: [],
  } satisfies ContactList);
});

test('column names match in every spelling', () => {
  const ada = [{ phone: '+14155552671', firstName: 'Ada', externalId: '7' }];
  for (const header of [
    'phone,first_name,external_id',
    'Phone,firstName,externalId',
    '"PHONE" ,First Name,External-ID',
  ])
    assert.deepEqual(contacts(`${header}\n+14155552671,Ada,7`), ada, header);
});

test('lists of all common spreadsheets are read', () => {
  const ada = [{ phone: '+14155552671', lastName: 'B;y"ron\nII' }];
  assert.deepEqual(contacts('\ufeffphone;last name\r\n+14155552671;"B;y""ron\nII"\r\n'), ada);
  assert.deepEqual(contacts('sep=\t\nphone\tlast name\n+14155552671\t"B;y""ron\nII"'), ada);
  assert.deepEqual(contacts('phone,last name\r+14155552671,Byron\r,,\r'), [
    { phone: '+14155552671', lastName: 'Byron' },
  ]);
});

test('a full name is split where the list has no first and last name', () => {
  const named = (name: string) => contacts(`phone;name\n+14155552671;"${name}"`)[0]!;
  assert.deepEqual(named('Ada Maria Byron'), { phone: '+14155552671', firstName: 'Ada Maria', lastName: 'Byron' });
  assert.deepEqual(named('Byron, Ada'), { phone: '+14155552671', firstName: 'Ada', lastName: 'Byron' });
  assert.deepEqual(named('Ada'), { phone: '+14155552671', firstName: 'Ada' });
  assert.deepEqual(named('Ada,'), { phone: '+14155552671', firstName: 'Ada' });
  assert.deepEqual(contacts('phone,name,first name\n+14155552671,Countess,Ada'), [
    { phone: '+14155552671', firstName: 'Ada', metadata: { name: 'Countess' } },
  ]);
});

test('numbers in national form belong to the row’s country', () => {
  const csv = 'country,phone\nDE,0151 12345678\nGermany,030 123456\nuk,020 7946 0000\n,+39 06 12345678';
  assert.deepEqual(
    contacts(csv).map(({ phone, country }) => [phone, country]),
    [
      ['+4915112345678', 'DE'],
      ['+4930123456', 'DE'],
      ['+442079460000', 'GB'],
      ['+390612345678', undefined],
    ],
  );
});

test('a row that cannot be called is a problem with its line, and the others are read', () => {
  const csv =
    'phone,company\n+14155552671,"two\nlines"\n0151 123456,x\n,nobody\n\n+1 415 555 2671,again\nhello,x\n+4930123456,y';
  assert.deepEqual(
    readContactList(csv).contacts.map(({ line }) => line),
    [2, 9],
  );
  assert.deepEqual(problems(csv), [
    '4 phone must begin with + and the country code, because the country is unknown',
    '5 phone is required',
    '7 phone is the same as on line 2',
    '8 phone must begin with + and the country code, because the country is unknown',
  ]);
});

test('any other invalid value is dropped with a problem', () => {
  const csv = `phone,email,timezone,country,language,tags,whatsapp,company
+14155552671 x5,nobody,Mars/Olympus,Atlantis,?,${'x'.repeat(101)},0171,${'y'.repeat(256)}`;
  assert.deepEqual(contacts(csv), [{ phone: '+14155552671' }]);
  assert.deepEqual(problems(csv), [
    '2 phone has the extension 5, which is dropped',
    '2 country must be an ISO country code like US; the value is dropped',
    '2 timezone must be an IANA time zone; the value is dropped',
    '2 whatsappNumber must begin with + and the country code, because the country is unknown; the value is dropped',
    '2 email must be a valid email; the value is dropped',
    '2 company must be at most 255 characters; the value is dropped',
    '2 language must be a language code like en or en-US; the value is dropped',
    '2 tags must be at most 100 characters; the value is dropped',
  ]);
});

test('a refusal of calls differs from an empty consent', () => {
  const csv = 'phone,consent\n+14155552671,NO\n+14155552672,\n+14155552673,perhaps\n+14155552674,1';
  assert.deepEqual(contacts(csv), [
    { phone: '+14155552671', consent: { calls: false } },
    { phone: '+14155552672' },
    { phone: '+14155552674', consent: { calls: true } },
  ]);
  assert.deepEqual(problems(csv), ['4 consent must be yes or no']);
});

test('a list without a phone column has no rows', () => {
  assert.deepEqual(problems(''), ['1 - The list is empty.']);
  assert.deepEqual(problems(' \n,,\n'), ['1 - The list is empty.']);
  assert.match(problems('\n+14155552671\n+14155552672')[0]!, /^2 phone is missing from the header/);
});

test('malformed rows and duplicate columns are problems', () => {
  assert.deepEqual(problems('phone,company\n+14155552671,a,b\n+14155552672,a,,\n+14155552673,"a\n'), [
    '2 - The row has more values than the header has columns.',
    '4 - The row opens a quotation mark and never closes it.',
  ]);
  const twice = 'phone,mobile,x,x,,__proto__\n+14155552671,+14155552672,1,2,3,4';
  assert.deepEqual(contacts(twice), [
    {
      phone: '+14155552671',
      metadata: { mobile: '+14155552672', x: '1', 'column 4': '2', 'column 5': '3', 'column 6': '4' },
    },
  ]);
  assert.deepEqual(problems(twice), [
    '1 - The column x is stored as column 4, because its own name is taken or reserved.',
    '1 - The column __proto__ is stored as column 6, because its own name is taken or reserved.',
  ]);
});

test('a list has a maximum of rows', () => {
  const numbers = Array.from({ length: MAX_ROWS + 5 }, (_none, i) => `+4915${String(110_000_000 + i)}`);
  const read = readContactList(`phone\n${numbers.join('\n')}`);
  assert.equal(read.contacts.length, MAX_ROWS);
  assert.deepEqual(read.problems, [
    { line: MAX_ROWS + 2, message: 'A list has at most 10000 rows; this row and all after it are skipped.' },
  ]);
});

test('whatever the file, every person is a contact that can be kept and called, and is there once', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '+14155552671',
      '0151 12345678',
      'DE',
      'Mars/Olympus',
      'constructor',
      'toString',
      '\u0000',
      '"',
      '😀',
    ),
  );
  const header = fc.oneof(fc.constantFrom('phone', 'country', 'name', 'tags', 'constructor', 'consent'), value);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(header, { maxLength: 5 }),
      fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 6 }),
      fc.boolean(),
      (columns, rows, careful) => {
        const write = (text: string) => (careful ? quoted(text) : text);
        const csv = [['phone', ...columns], ...rows].map((row) => row.map(write).join(',')).join('\n');
        const read = readContactList(csv);
        const seen = new Set<string>();
        for (const { contact } of read.contacts) {
          assert.deepEqual(issuesOf(ContactInput, contact), []);
          assert.match(contact.phone!, /^\+[1-9]\d{6,14}$/);
          assert.ok(!seen.has(contact.phone!));
          seen.add(contact.phone!);
          assert.ok(!JSON.stringify(contact).includes('\\u0000'));
        }
        assert.ok([...read.contacts, ...read.problems].every(({ line }) => line >= 1));
      },
    ),
    { numRuns: 500 },
  );
});

test('the time for a hostile file grows linearly', () => {
  for (const csv of ['"'.repeat(1_000_001), `phone\n${'"\n'.repeat(300_000)}`, 'phone,'.repeat(100_000)])
    readContactList(csv);
  assert.equal(readContactList(`phone\n${'1'.repeat(1_000_000)}`).problems.length, 1);
  assert.equal(readContactList(`phone,name\n+14155552671,${' a'.repeat(300_000)}`).contacts.length, 1);
});
