/** Every fixture of every dialect, run against the whole app. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { dialects } from '../../src/dialects/index.ts';
import { isObject } from '../../src/lib/values.ts';
import { readCase, runCase, type Step } from '../cases.ts';
import { configOf, openTestServer } from '../harness.ts';

const parlance = await openTestServer();

/** Operations whose answers have ids as keys, or are a whole document: a fixture cannot name all of their fields. */
const NEVER_EXACT = [
  'GET /openapi.json',
  'PATCH /agents/{}',
  'GET /conversations/{}/snapshot',
  'POST /agents/{}/rollback',
  'PATCH /contacts/{}/memory',
];

const operationOf = ({ method, path }: Step): string =>
  `${method} ${path.replace(/\?.*$/, '').replace(/\{[^}]*\}/g, '{}')}`;

/** The body as JSON; a fixture may send broken JSON on purpose. */
function parse(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? 'null');
  } catch {
    return null;
  }
}

/** Every key at every depth. */
const keysOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap(keysOf)
    : isObject(value)
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
      : [];

for (const dialect of dialects(configOf())) {
  const folder = join(import.meta.dirname, '../../src/dialects', dialect.name, 'fixtures');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.case')) : [];
  describe(dialect.name, () => {
    for (const file of files) {
      test(basename(file, '.case').replaceAll('-', ' '), async () => {
        const [tenant, other] = await Promise.all([parlance.workspace(), parlance.workspace('Other')]);
        await runCase(readCase(join(folder, file)), dialect.name, tenant, other);
      });
    }

    const steps = files.flatMap((file) => readCase(join(folder, file)));
    const own = steps.filter(({ who, expect }) => expect && (dialect.name === 'native' || !who.includes('native')));

    test('has a fixture for every row of its tables, in a step of its own API', () => {
      const sent = new Set(own.flatMap(({ body }) => keysOf(parse(body))));
      const answered = new Set(own.flatMap(({ expect }) => keysOf(expect?.body)));
      const missing = dialect.tables
        .flatMap(({ rows }) => rows)
        .filter(({ field, access }) => !(access === 'read' ? answered : sent).has(field))
        .map(({ field }) => field);
      assert.deepEqual(missing, []);
    });

    test('has an exact answer for every operation that answers a success', () => {
      const successes = own.filter(({ expect }) => expect!.status < 300 && isObject(expect!.body));
      const exact = new Set(successes.filter(({ expect }) => !expect!.partly).map(operationOf));
      const inexact = successes.map(operationOf).filter((operation) => !exact.has(operation));
      assert.deepEqual(
        [...new Set(inexact)].filter((operation) => !NEVER_EXACT.includes(operation)),
        [],
      );
    });
  });
}
