/** `parlance warm`: fills the compile cache with the modules that a server loads. npm runs it once after an install. */
import { mkdtempSync, rmSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optimise } from './optimise.ts';

/** Modules that a server loads at the first request that needs them. */
const loadLazyModules = () =>
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
  // The writer thread has its own compile cache, and another one with the optimising compilers on. Fill both.
  await write();
  engine.releaseWriter();
  optimise();
  await write();
  await loadLazyModules();
  await engine.close();
  rmSync(directory, { recursive: true });
  module.flushCompileCache();
}
