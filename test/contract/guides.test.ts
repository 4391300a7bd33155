/** The pages agree with the code: variables, settings, links, paths. `npm run test:docs` also runs their snippets. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
    const where = levels.length === LEVELS.length ? 'all' : levels.join(', ');
    return `| \`${key}\` | \`${JSON.stringify(fallback)}\` | ${meaning} | ${reason} | ${where} |`;
  });
  assert.ok(guide.includes(`\n${rows.join('\n')}\n`), `docs/guides/settings.md needs the rows\n${rows.join('\n')}`);
});

test('no page names a variable that does not exist', () => {
  for (const page of PAGES)
    for (const [name] of read(page).matchAll(/PARLANCE_[A-Z_]+/g))
      assert.ok(name in VARIABLES || name.endsWith('_'), `${page} names ${name}`);
});

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('every link between pages leads to a file, and to a heading in it', () => {
  for (const page of PAGES)
    for (const [, target = '', anchor] of read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]+))?\)/g)) {
      const path = target === '' ? page : join(dirname(page), target);
      assert.ok(existsSync(join(ROOT, path)), `${page} links to ${target}`);
      if (anchor !== undefined)
        assert.ok(
          anchorsOf(path).includes(anchor),
          `${page} links to ${target}#${anchor}, and there is no such heading`,
        );
    }
});

test('every path of the repository that a page names exists', () => {
  for (const page of PAGES)
    for (const [, path = ''] of read(page).matchAll(/`((?:bin|src|test|docs|bench)\/[\w./-]+)`/g))
      assert.ok(existsSync(join(ROOT, path)), `${page} names ${path}`);
});

test('the index lists every guide', () => {
  const index = read('docs/guides/index.md');
  for (const name of readdirSync(join(ROOT, 'docs/guides')))
    if (name !== 'index.md') assert.ok(index.includes(`](${name})`), `docs/guides/index.md needs a link to ${name}`);
});

test('the README begins with the variables of the guides', () => {
  const [preamble = ''] = /^```sh\n[\s\S]+?^```$/m.exec(read('docs/guides/index.md')) ?? [];
  assert.ok(read('README.md').includes(preamble), 'README.md needs the first block of docs/guides/index.md');
});
