/** Kysely as a builder of SQL: it never connects, the engine does. */
import { type Compilable, Kysely, sql } from 'kysely';
import { ENGINE_FACTS, type Engine, type Statement } from './engine.ts';
import type { Tables } from './tables.ts';

export type Sql = Kysely<Tables>;

export const sqlFor = (engine: Engine): Sql => new Kysely<Tables>({ dialect: engine.kysely });

class Slot {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/**
 * Compiles a statement once and fills in its parameters at each call: building SQL costs more than running it.
 * `slot(0)` stands for the first argument, and so on.
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

/** `number` for an insert: the next of its table, or nothing where the engine counts by itself. */
export function numbered(engine: Engine, table: string): { number?: never } {
  const next = ENGINE_FACTS[engine.name].nextNumber(table);
  return next === null ? {} : { number: sql.raw(next) as never };
}

/** Text to find anywhere, with the wildcards of `like` taken literally. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (char) => `\\${char}`)}%`;

export function like(engine: Engine, column: string, text: string) {
  const operator = sql.raw(ENGINE_FACTS[engine.name].ilike);
  return sql<boolean>`${sql.ref(column)} ${operator} ${containing(text)} escape '\\'`;
}
