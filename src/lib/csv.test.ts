import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvRows } from './csv.ts';

const cells = (csv: string): string[][] => [...csvRows(csv)].map((row) => row.cells);
const lines = (csv: string): number[] => [...csvRows(csv)].map((row) => row.line);

test('every usual variant of CSV is read', () => {
  const table = [
    ['a', 'b'],
    ['1', '2'],
  ];
  for (const csv of ['a,b\n1,2', '\ufeffa,b\r\n1,2\r\n', 'a;b\r1;2\r', 'a\tb\n\n1\t2\n\n', 'sep=;\r\na;b\n1;2'])
    assert.deepEqual(cells(csv), table, JSON.stringify(csv));
  assert.deepEqual(cells('"a,b,c";d\n1,5;2'), [
    ['a,b,c', 'd'],
    ['1,5', '2'],
  ]);
  assert.deepEqual(cells(''), []);
  assert.deepEqual(cells('\n , \n'), []);
  assert.deepEqual(cells('a,\n'), [['a', '']]);
});

test('separators and line breaks inside quotes are text', () => {
  assert.deepEqual(cells('"x, ""y""","two\r\nlines",""\n""""'), [['x, "y"', 'two\r\nlines', ''], ['"']]);
  assert.deepEqual(cells('5" pipe,"so" called'), [['5" pipe', 'so called']]);
});

test('a row has the number of the line on which it begins', () => {
  assert.deepEqual(lines('a\n\n"b\r\nb\nb"\r\nc\rd'), [1, 3, 6, 7]);
  assert.deepEqual(lines('sep=,\na\nb'), [2, 3]);
});

test('a quote that is never closed takes the rest of the text, and the row is marked', () => {
  assert.deepEqual(
    [...csvRows('a,b\n1,"2\n3,4\n')],
    [
      { line: 1, cells: ['a', 'b'], unclosed: false },
      { line: 2, cells: ['1', '2\n3,4\n'], unclosed: true },
    ],
  );
});

test('random tables are read as they were written', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('"', '\n', ',', ';', '\r\n', 'é', '""'));
  const table = fc.array(fc.array(value, { minLength: 2, maxLength: 5 }), { minLength: 1 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(table, fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n', '\r'), (rows, separator, end) => {
      const csv = rows.map((row) => row.map(quoted).join(separator)).join(end);
      const notBlank = rows.filter((row) => row.some((text) => text.trim() !== ''));
      assert.deepEqual(cells(csv), notBlank);
    }),
  );
});

test('every text is read, however large', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('"', ',', ';', '\r', '\n', 'a', ' ')), (characters) => {
      const rows = [...csvRows(characters.join(''))];
      assert.ok(rows.every((row, i) => i === 0 || row.line > rows[i - 1]!.line));
    }),
  );
  for (const huge of ['"'.repeat(1_000_001), ',"'.repeat(500_000), '"\n'.repeat(500_000), ','.repeat(1_000_000)])
    assert.ok([...csvRows(huge)].length <= 500_000);
});
