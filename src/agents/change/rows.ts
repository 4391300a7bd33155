/**
 * What a write means, as data. A row relates one field of a dialect's body to one path in the agent document. A table of
 * rows formats the document for the dialect (`format`) and turns a body of the dialect into edits (`parse`).
 */
import { Fault, type Issue, invalid } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import { type Schema, withoutNull } from '../../lib/schema.ts';
import { isObject, type JsonObject, same } from '../../lib/values.ts';
import { defaultProfile } from '../agent.ts';
import type { View } from '../view.ts';
import { DEFAULT_PROFILE, type Edit, merge, set, unset } from './edit.ts';

/** Converts one value between the document and the dialect. In both directions `undefined` means that it is absent. */
export interface Codec {
  /** From the document to the dialect. `undefined` leaves the field out of the answer. */
  format(value: unknown, view: View): unknown;
  /**
   * From the dialect to the document; `current` is the value that the document has now. Throws `invalidAt('', …)` for a
   * value that it cannot read, with the path relative to the field.
   */
  parse(sent: unknown, current: unknown, view: View): unknown;
}

export interface RowFacts {
  /** What null does: `reject` refuses it, `keep` ignores it, `unset` removes the value. */
  onNull?: 'reject' | 'keep' | 'unset';
  /** What an object does to a map: `set` replaces the map, `merge` is a merge patch (RFC 7396). */
  onMap?: 'set' | 'merge';
  /** `read`: formatted, and ignored in bodies. `refuse`: a body may repeat the value but not change it. */
  access?: 'write' | 'read' | 'refuse';
  /** Another field that the same body must have: always, or only when this field has the value `when`. */
  needs?: { field: string; when?: unknown };
  codec?: Codec;
}

export interface Row extends Required<Omit<RowFacts, 'needs' | 'codec'>> {
  /** The name in the dialect's body. */
  field: string;
  /** The place in the document, relative to the base of the table. */
  path: string;
  /** The path, split once: a table is read far more often than it is made. */
  segments: readonly string[];
  needs: RowFacts['needs'];
  codec: Codec;
}

/** The codec of a row that names none: the value itself, and null for an absent one. */
const plain: Codec = { format: (value) => value ?? null, parse: (sent) => sent };

/** Relates a field of the body to a path in the document. Facts that are left out have the defaults below. */
export function row(field: string, path: string, facts: RowFacts = {}): Row {
  const defaults = { onNull: 'reject', onMap: 'set', access: 'write', needs: undefined, codec: plain } as const;
  return { ...defaults, ...facts, field, path, segments: segmentsOf(path) };
}

export interface Table {
  rows: readonly Row[];
  /** The schema of each field that the dialect accepts, without null: the row decides what null does. */
  schemas: ReadonlyMap<string, Schema>;
  /** The path in the document that all rows are relative to; empty for the document itself. */
  base: string;
}

/** Joins rows with the contract of a body. A row whose field is not in the contract is formatted and never parsed. */
export function table(body: Schema, rows: readonly Row[], base = ''): Table {
  const properties = body.properties ?? {};
  return {
    rows,
    schemas: new Map(Object.entries(properties).map(([field, schema]) => [field, withoutNull(schema)])),
    base,
  };
}

/** The same rows on another part of the document, such as one profile. */
export const tableAt = (table: Table, base: string): Table => ({ ...table, base });

const join = (base: string, path: string): string => (base && path ? `${base}.${path}` : base || path);

const segmentsOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

/** The value at a path of the document; `undefined` when it is absent. */
export const valueAt = (view: View, path: string): unknown => valueBelow(view.agent.document, segmentsOf(path), view);

function valueBelow(start: unknown, segments: readonly string[], view: View): unknown {
  let node = start;
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

/** One field as the dialect answers it; `undefined` when the answer leaves it out. */
export function formatRow(row: Row, view: View, base = ''): unknown {
  return row.codec.format(valueBelow(valueAt(view, base), row.segments, view), view);
}

/** The fields of a table as the dialect answers them, in the order of the rows. */
export function format(table: Table, view: View): JsonObject {
  const fields: JsonObject = {};
  // Looked up once: every row of the table is relative to it.
  const base = valueAt(view, table.base);
  for (const row of table.rows) {
    const value = row.codec.format(valueBelow(base, row.segments, view), view);
    if (value !== undefined) fields[row.field] = value;
  }
  return fields;
}

/**
 * The edits that a body asks for. A value equal to the one that the dialect answers now is no edit, so that a dialect
 * cannot erase what it cannot express. A new agent has not been answered yet: every value sent for it is an edit.
 *
 * `prefix` is put before the paths of the issues. Throws one fault that lists the issues of all fields.
 */
export function parse(
  table: Table,
  body: JsonObject,
  view: View,
  prefix = '',
  isNew = view.agent.revision === 0,
): Edit[] {
  const issues: Issue[] = [];
  const edits: Edit[] = [];
  for (const row of table.rows) {
    if (row.access === 'read' || !Object.hasOwn(body, row.field)) continue;
    const sent = body[row.field];
    const isEcho = (!isNew || sent === null) && same(sent, formatRow(row, view, table.base));
    if (isEcho) continue;
    const found = issuesOfField(table, row, body, prefix);
    if (found.length > 0) {
      issues.push(...found);
      continue;
    }
    try {
      const edit = editOf(row, sent, view, join(table.base, row.path));
      if (edit) edits.push(edit);
    } catch (error) {
      issues.push(...issuesOfCodec(error, join(prefix, row.field)));
    }
  }
  if (issues.length > 0) throw invalid(issues);
  return edits;
}

const NO_ISSUES: readonly Issue[] = [];

/** What the facts of the row and the contract say against the value that was sent. */
function issuesOfField({ schemas }: Table, row: Row, body: JsonObject, prefix: string): readonly Issue[] {
  const sent = body[row.field];
  const path = join(prefix, row.field);
  if (row.access === 'refuse') return [{ path, message: 'cannot be changed', rule: 'fixed' }];
  if (sent === null) {
    return row.onNull === 'reject' ? [{ path, message: 'must not be null', rule: 'type' }] : NO_ISSUES;
  }
  const issues = issuesOf(schemas.get(row.field) ?? {}, sent, path);
  if (issues.length > 0) return issues;
  const { needs } = row;
  if (!needs || body[needs.field] !== undefined || (needs.when !== undefined && needs.when !== sent)) return NO_ISSUES;
  return [{ path: join(prefix, needs.field), message: `is required with ${row.field}`, rule: 'required' }];
}

/** The issues of a codec that could not read a value; other errors are thrown on. */
function issuesOfCodec(error: unknown, path: string): Issue[] {
  if (!(error instanceof Fault) || error.issues.length === 0) throw error;
  return error.issues.map((issue) => ({ ...issue, path: join(path, issue.path) }));
}

/** The edit of a value that has passed the checks; `undefined` for a null that the row ignores. */
function editOf(row: Row, sent: unknown, view: View, path: string): Edit | undefined {
  if (sent === null) return row.onNull === 'unset' ? unset(path) : undefined;
  const value = row.codec.parse(sent, valueAt(view, path), view);
  if (value === undefined) return unset(path);
  return row.onMap === 'merge' ? merge(path, value) : set(path, value);
}

/** Whether a body has any field that this table parses. */
export const mentionsAny = (table: Table, body: JsonObject): boolean =>
  table.rows.some((row) => row.access !== 'read' && body[row.field] !== undefined);

/** An issue with a path in the document, moved to the dialect's field that writes there. Other issues stay as they are. */
export function inDialectTerms(tables: readonly Table[], issue: Issue): Issue {
  for (const { rows, base } of tables) {
    for (const row of rows) {
      const pattern = join(base, row.path).replace(`profiles.${DEFAULT_PROFILE}`, 'profiles.*');
      const rest = restBelow(pattern, issue.path);
      if (rest !== undefined) return { ...issue, path: join(row.field, rest) };
    }
  }
  return issue;
}

/** The part of a path after the pattern, in which `*` is any segment; `undefined` when the path is not below it. */
function restBelow(pattern: string, path: string): string | undefined {
  const expected = pattern.split('.');
  const segments = path.split('.');
  if (segments.length < expected.length) return undefined;
  if (expected.some((segment, i) => segment !== '*' && segment !== segments[i])) return undefined;
  return segments.slice(expected.length).join('.');
}
