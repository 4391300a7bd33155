/** A file that grows past what one can read at a sitting holds more than one idea. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
/** Lines, for every file of the rooms. Fixtures are data, and what is generated nobody reads. */
const MAX_LINES = 400;
const NARROWER: Record<string, number> = { 'src/main.ts': 60, 'src/app.ts': 80, 'test/cases.ts': 200 };
const APART = /(^|\/)(fixtures|generated)\/|\.generated\./;

const activeCallsOf = (file: string): number => readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length;

test('no file is longer than it may be', () => {
  const files = ['bin', 'src', 'test'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js)$/.test(file))
      .map((file) => `${room}/${file.split(sep).join('/')}`),
  );
  assert.ok(files.length > 50, 'the files are found');
  const long = files
    .filter((file) => !APART.test(file))
    .map((file) => ({ file, lines: activeCallsOf(file), most: NARROWER[file] ?? MAX_LINES }))
    .filter(({ lines, most }) => lines > most)
    .map(({ file, lines, most }) => `${file} has ${lines} lines of ${most}`);
  assert.deepEqual(long, []);
});
