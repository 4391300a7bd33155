/** What the guides say of the configuration is what the configuration is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { VARIABLES } from '../../src/config.ts';
import { LEVELS, SETTINGS } from '../../src/settings/definitions.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test('every variable has its row in the configuration guide, as it is defined', () => {
  const guide = read('docs/guides/configuration.md');
  for (const [name, { default: fallback, meaning }] of Object.entries(VARIABLES)) {
    const row = `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`;
    assert.ok(guide.includes(`\n${row}\n`), `docs/guides/configuration.md needs the row\n${row}`);
  }
});

test('every setting has its row in the settings guide, as it is defined', () => {
  const guide = read('docs/guides/settings.md');
  const rows = Object.entries(SETTINGS).map(([key, { default: fallback, meaning, reason, levels }]) => {
    const heard = levels.length === LEVELS.length ? 'all' : levels.join(', ');
    return `| \`${key}\` | \`${JSON.stringify(fallback)}\` | ${meaning} | ${reason} | ${heard} |`;
  });
  assert.ok(guide.includes(`\n${rows.join('\n')}\n`), `docs/guides/settings.md needs the rows\n${rows.join('\n')}`);
});

test('no page speaks of a variable that does not exist', () => {
  for (const page of PAGES)
    for (const [name] of read(page).matchAll(/PARLANCE_[A-Z_]+/g))
      assert.ok(name in VARIABLES || name.endsWith('_'), `${page} speaks of ${name}`);
});

test('every link between pages leads to a file', () => {
  for (const page of PAGES)
    for (const [, target] of read(page).matchAll(/\]\(([^)#:]+)\)/g)) {
      const path = join(dirname(page), target!);
      assert.ok(readdirSync(join(ROOT, dirname(path))).includes(path.split('/').at(-1)!), `${page} links to ${target}`);
    }
});
