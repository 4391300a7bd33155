/** The version-guarded write on SQLite, for the writer's thread: the head, its columns, its log, the journal. */
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Revise } from '../engine.ts';

const HEAD = `update agents set revision = ?, document = ?, updated_at = ?
  where workspace_id = ? and id = ? and revision = ? and deleted_at is null`;

/**
 * Most updates leave these columns as they were, and SQLite writes the pages of an index again as soon as one of its
 * columns is named in an update: said apart, they cost nothing instead of a third of what goes to the disk.
 */
const COLUMNS = [
  'name',
  'folded_name',
  'status',
  'visibility',
  'language',
  'voice_platform',
  'interview_type',
  'interview_focus',
  'deleted_at',
] as const;
const slots = COLUMNS.map((_column, i) => `?${i + 3}`).join(', ');
const HEAD_COLUMNS = `update agents set (${COLUMNS.join(', ')}) = (${slots}) where workspace_id = ?1 and id = ?2`;

const LOG = `insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;

const AUDIT_LOG = `insert into journal (workspace_id, id, at, by, via, action, target, revision, detail)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * A change on its way to the writer's thread, as a bare list of what the statements take: the names of an object's
 * fields would be copied and looked up again on the other side, each time. The columns come last, if they moved at all.
 */
export type Packed = readonly SQLInputValue[];

export function packed({ workspaceId, id, from, moved, columns, revision: r, auditLog: j }: Revise): Packed {
  const { document, updated_at } = columns;
  const values = [workspaceId, id, from, document, updated_at, r.at, r.by, r.via, r.edits, j.id, j.action, j.detail];
  return moved ? [...values, ...COLUMNS.map((column) => columns[column])] : values;
}

/** Answers whether the head was still the one that was read; if not, nothing was written. */
export function revise(prepare: (sql: string) => StatementSync, change: Packed): boolean {
  const [workspaceId, id, from, document, updatedAt, at, by, via, edits, entryId, action, detail, ...columns] =
    change as [string, string, number, ...string[]];
  const next = from + 1;
  const run = (sql: string, ...parameters: SQLInputValue[]) => prepare(sql).run(...parameters);
  const { changes } = run(HEAD, next, document!, updatedAt!, workspaceId, id, from);
  if (Number(changes) === 0) return false;
  if (columns.length > 0) run(HEAD_COLUMNS, workspaceId, id, ...columns);
  run(LOG, workspaceId, id, next, at!, by!, via!, edits!, document!);
  run(AUDIT_LOG, workspaceId, entryId!, at!, by!, via!, action!, id, next, detail!);
  return true;
}
