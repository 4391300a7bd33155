/** Builds SQL with Kysely, which never connects; the engine runs the statements. */
import type { Kysely as Builder, Compilable, RawBuilder } from 'kysely';
import type { Engine, ResultRow, Statement } from './engine.ts';
import { Kysely, sql } from './kysely.ts';
import type { Tables } from './tables.ts';

export type Sql = Builder<Tables>;

export const sqlFor = (engine: Engine): Sql => new Kysely<Tables>({ dialect: engine.kysely });

class Slot {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/**
 * Compiles a statement once and fills in the parameters with each call, because building SQL costs more than running
 * it. `slot(0)` stands for the first argument, and so on.
 */
export function prepared<Args extends readonly unknown[]>(
  build: (slot: <T>(index: number) => T) => Compilable,
): (...args: Args) => Statement {
  let compiled: Statement | undefined;
  return (...args) => {
    compiled ??= build(<T>(index: number) => new Slot(index) as T).compile();
    const parameters = compiled.parameters.map((value) => (value instanceof Slot ? args[value.index] : value));
    return { sql: compiled.sql, parameters };
  };
}

/** Text in the form that is searched and sorted: the same on both engines, whatever the language of the database. */
export const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** Whether a folded column or expression contains the text. The wildcards of `like` are escaped. */
export function contains(column: string | RawBuilder<unknown>, text: string) {
  const pattern = `%${folded(text).replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
  return sql<boolean>`${typeof column === 'string' ? sql.ref(column) : column} like ${pattern} escape '\\'`;
}

/** A list for `in`, which must not be empty. An empty list becomes one empty text, which is no id. */
export const inList = (values: readonly string[]): readonly string[] => (values.length > 0 ? values : ['']);

export interface Page {
  limit: number;
  offset: number;
}

/** Whether the guards of a write held. */
export const guardsHeld = (rows: ResultRow[][] | null): boolean => rows !== null;

/** The result of `count(*) as total`. */
export const totalOf = (rows: ResultRow[]): number => Number(rows[0]?.['total'] ?? 0);
