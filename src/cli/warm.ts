/** Loads what a start loads and stops: the compile cache keeps the result. Run once after installing. */
import { mkdtempSync, rmSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optimise } from './optimise.ts';

/** What a server loads when somebody first asks for it: by then it strips no types either. */
const later = () =>
  Promise.all([
    import('../calling/rules/hours.ts'),
    import('../lib/places.ts'),
    import('../calling/rules/numbers.ts'),
    import('../calling/rules/plan.ts'),
    import('../calling/rules/breaker.ts'),
    import('../calling/rules/contact-list.ts'),
    import('../lib/phones.ts'),
    import('../calling/rules/preview.ts'),
    import('../http/openapi/describe.ts'),
    import('../http/reference/pages.ts'),
    import('../db/postgres/engine.ts'),
  ]);

export const usage = 'Usage: parlance warm';

export async function run(): Promise<void> {
  await import('./serve.ts');
  const { openSqlite } = await import('../db/sqlite/engine.ts');
  const directory = mkdtempSync(join(tmpdir(), 'parlance-warm-'));
  const engine = openSqlite({ directory, now: () => new Date() });
  const write = () => engine.write({ statements: [{ sql: "delete from secrets where name = ''", parameters: [] }] });
  // The writer's thread keeps a cache of its own, and another where it may be optimised: let it begin either way.
  await write();
  engine.rest();
  optimise();
  await write();
  await later();
  await engine.close();
  rmSync(directory, { recursive: true });
  module.flushCompileCache();
}
