/** Every fixture of every dialect, run against the whole house. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { dialects } from '../../src/dialects/index.ts';
import { readCase, runCase } from '../cases.ts';
import { configOf, openTestServer } from '../harness.ts';

const parlance = await openTestServer();

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

    test('has a fixture for every row of its tables', () => {
      const requests = files.flatMap((file) => readCase(join(folder, file))).filter((step) => step.expect);
      const said = requests.map((step) => `${step.body ?? ''} ${JSON.stringify(step.expect)}`).join('\n');
      const silent = dialect.tables
        .flatMap(({ rows }) => rows.map((row) => row.field))
        .filter((field) => !said.includes(`"${field}"`));
      assert.deepEqual(silent, []);
    });
  });
}
