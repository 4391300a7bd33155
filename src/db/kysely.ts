/**
 * Kysely, loaded file by file to save start time and memory. As CommonJS it loads in half the time and with 4 MB less
 * than as three hundred ES modules; leaving out the other databases saves another 2 MB.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

type Kysely = typeof import('kysely');

const require = createRequire(import.meta.url);
const inner = dirname(require.resolve('kysely'));
/** These paths are not part of Kysely's API. If an update moves one, every start fails at once. */
const part = <Name extends keyof Kysely>(file: string): Pick<Kysely, Name> => require(join(inner, file));

export const { Kysely } = part<'Kysely'>('kysely.js');
export const { sql } = part<'sql'>('raw-builder/sql.js');
export const { DummyDriver } = part<'DummyDriver'>('driver/dummy-driver.js');
export const { SqliteAdapter } = part<'SqliteAdapter'>('dialect/sqlite/sqlite-adapter.js');
export const { SqliteIntrospector } = part<'SqliteIntrospector'>('dialect/sqlite/sqlite-introspector.js');
export const { SqliteQueryCompiler } = part<'SqliteQueryCompiler'>('dialect/sqlite/sqlite-query-compiler.js');
export const { PostgresAdapter } = part<'PostgresAdapter'>('dialect/postgres/postgres-adapter.js');
export const { PostgresIntrospector } = part<'PostgresIntrospector'>('dialect/postgres/postgres-introspector.js');
export const { PostgresQueryCompiler } = part<'PostgresQueryCompiler'>('dialect/postgres/postgres-query-compiler.js');
