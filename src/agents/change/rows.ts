/**
 * A row says how one word of a tongue relates to one field of the hub, as facts. A table of rows reads an agent out in
 * that tongue (`show`) and turns what a caller sent into edits (`hear`).
 */
import { Fault, type Issue, invalid } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import { type Schema, withoutNull } from '../../lib/schema.ts';
import { isObject, type JsonObject, same } from '../../lib/values.ts';
import { defaultProfile } from '../agent.ts';
import type { View } from '../view.ts';
import { DEFAULT_PROFILE, type Edit, merge, set, unset } from './edit.ts';

/** A pair of functions between the hub's value and the tongue's. `undefined` from the hub means absent. */
export interface Codec {
  to(value: unknown, view: View): unknown;
  /**
   * Returning `undefined` means absent. `current` is the hub's value now. A value that cannot be understood throws
   * `invalidAt('', …)`, its path counted from the field.
   */
  from(sent: unknown, current: unknown, view: View): unknown;
}

export interface RowFacts {
  /** What a null means: refused, ignored, or absent from now on. */
  onNull?: 'reject' | 'keep' | 'unset';
  /** What an object means for a map: the whole of it, or a merge patch. */
  onMap?: 'set' | 'merge';
  /** `read`: shown and never heard; `refuse`: may be repeated, not changed. */
  access?: 'write' | 'read' | 'refuse';
  /** A field that must come in the same request, always or only with one value. */
  needs?: { field: string; when?: unknown };
  codec?: Codec;
}

export interface Row extends Required<Omit<RowFacts, 'needs' | 'codec'>> {
  field: string;
  path: string;
  /** The path in its parts, for a table is read far more often than made. */
  segments: readonly string[];
  needs: RowFacts['needs'];
  codec: Codec;
}

/** Absent is shown as null, and a value is itself. */
export const asItIs: Codec = { to: (value) => value ?? null, from: (sent) => sent };

export function row(field: string, path: string, facts: RowFacts = {}): Row {
  const usual = { onNull: 'reject', onMap: 'set', access: 'write', needs: undefined, codec: asItIs } as const;
  return { ...usual, ...facts, field, path, segments: segmentsOf(path) };
}

export interface Table {
  rows: readonly Row[];
  /** The schema of each field as this tongue may send it; null is dealt with by the row. */
  schemas: ReadonlyMap<string, Schema>;
  /** Put before every path: where in the hub this table is at home. */
  base: string;
}

/** Joins rows with the contract of a body: a row whose field is not in it can be shown but not sent. */
export function table(body: Schema, rows: readonly Row[], base = ''): Table {
  const properties = body.properties ?? {};
  return {
    rows,
    schemas: new Map(Object.entries(properties).map(([field, schema]) => [field, withoutNull(schema)])),
    base,
  };
}

/** The same table speaking of another place in the hub, such as one profile. */
export const at = (where: Table, base: string): Table => ({ ...where, base });

const join = (base: string, path: string): string => (base && path ? `${base}.${path}` : base || path);

/** The hub's value at a path, `undefined` when absent. */
export const valueAt = (view: View, path: string): unknown => valueBelow(view.agent.document, segmentsOf(path), view);

const segmentsOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

function valueBelow(place: unknown, segments: readonly string[], view: View): unknown {
  let node = place;
  for (const segment of segments) {
    if (segment === DEFAULT_PROFILE) {
      node = defaultProfile(view.agent.document);
      continue;
    }
    if (!isObject(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment];
  }
  return node;
}

export function shown(row: Row, view: View, base = ''): unknown {
  return row.codec.to(valueBelow(valueAt(view, base), row.segments, view), view);
}

/** The agent in the tongue's words, in the table's order. A codec that answers `undefined` leaves its field out. */
export function format(table: Table, view: View): JsonObject {
  const out: JsonObject = {};
  // Found once: every row of the table is at home here.
  const home = valueAt(view, table.base);
  for (const row of table.rows) {
    const value = row.codec.to(valueBelow(home, row.segments, view), view);
    if (value !== undefined) out[row.field] = value;
  }
  return out;
}

/**
 * What the caller meant, given what it can see. A value equal to what it would be shown is not an edit, so a tongue
 * that sees less cannot erase what it cannot see. Of something `fresh`, nothing has been shown yet, and all that is
 * said is kept. Every refused value is reported, then nothing is done.
 */
export function parse(
  table: Table,
  body: JsonObject,
  view: View,
  prefix = '',
  fresh = view.agent.revision === 0,
): Edit[] {
  const issues: Issue[] = [];
  const edits: Edit[] = [];
  for (const row of table.rows) {
    if (!Object.hasOwn(body, row.field) || row.access === 'read') continue;
    const sent = body[row.field];
    const path = join(prefix, row.field);
    if ((!fresh || sent === null) && same(sent, shown(row, view, table.base))) continue;
    if (row.access === 'refuse') {
      issues.push({ path, message: 'cannot be changed', rule: 'fixed' });
      continue;
    }
    if (sent === null) {
      if (row.onNull === 'reject') issues.push({ path, message: 'must not be null', rule: 'type' });
      if (row.onNull === 'unset') edits.push(unset(join(table.base, row.path)));
      continue;
    }
    const wrong = issuesOf(table.schemas.get(row.field) ?? {}, sent, path);
    if (wrong.length > 0) {
      issues.push(...wrong);
      continue;
    }
    const needs = row.needs;
    if (needs && (needs.when === undefined || needs.when === sent) && body[needs.field] === undefined) {
      issues.push({ path: join(prefix, needs.field), message: `is required with ${row.field}`, rule: 'required' });
      continue;
    }
    try {
      edits.push(editOf(row, sent, view, join(table.base, row.path)));
    } catch (error) {
      if (!(error instanceof Fault) || error.issues.length === 0) throw error;
      issues.push(...error.issues.map((issue) => ({ ...issue, path: join(path, issue.path) })));
    }
  }
  if (issues.length > 0) throw invalid(issues);
  return edits;
}

function editOf(row: Row, sent: unknown, view: View, path: string): Edit {
  const value = row.codec.from(sent, valueAt(view, path), view);
  if (value === undefined) return unset(path);
  return row.onMap === 'merge' ? merge(path, value) : set(path, value);
}

/** Whether the body says anything that this table knows. */
export const mentionsAny = (table: Table, body: JsonObject): boolean =>
  table.rows.some((row) => row.access !== 'read' && body[row.field] !== undefined);

/** An issue of the hub in the tongue's words: the field of the row that writes there. */
export function inDialectTerms(tables: readonly Table[], issue: Issue): Issue {
  for (const { rows, base } of tables) {
    for (const row of rows) {
      const path = join(base, row.path).replace(`profiles.${DEFAULT_PROFILE}`, 'profiles.*');
      const rest = under(path, issue.path);
      if (rest !== undefined) return { ...issue, path: join(row.field, rest) };
    }
  }
  return issue;
}

function under(pattern: string, path: string): string | undefined {
  const wanted = pattern.split('.');
  const got = path.split('.');
  if (got.length < wanted.length || wanted.some((segment, i) => segment !== '*' && segment !== got[i]))
    return undefined;
  return got.slice(wanted.length).join('.');
}
