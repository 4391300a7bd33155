/** Loads what a start loads and stops: the compile cache keeps the result. Run once after installing. */
import module from 'node:module';

export async function run(): Promise<void> {
  await Promise.all([import('./serve.ts'), import('../store/sqlite/engine.ts')]);
  await import('jose');
  module.flushCompileCache();
}
