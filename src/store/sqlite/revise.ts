/** The version-guarded write on SQLite, for the writer's thread: the head, its columns, its log, the journal. */
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Revise } from '../engine.ts';

const HEAD = `update agents set revision = ?, document = ?, updated_at = ?
  where workspace_id = ? and id = ? and revision = ? and deleted_at is null`;

/**
 * Most updates leave these columns as they were, and SQLite writes the pages of an index again as soon as one of its
 * columns is named in an update: said apart, they cost a look instead of a third of what goes to the disk.
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
const HEAD_COLUMNS = `update agents set (${COLUMNS.join(', ')}) = (${slots})
  where workspace_id = ?1 and id = ?2 and (${COLUMNS.join(', ')}) is not (${slots})`;

const LOG = `insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;

const JOURNAL = `insert into journal (workspace_id, id, at, by, via, action, target, revision, detail)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Answers whether the head was still the one that was read; if not, nothing was written. */
export function revise(prepare: (sql: string) => StatementSync, change: Revise): boolean {
  const { workspaceId, id, from, columns, revision: r, journal: j } = change;
  const run = (sql: string, ...parameters: SQLInputValue[]) => prepare(sql).run(...parameters);
  const { changes } = run(HEAD, from + 1, columns.document, columns.updated_at, workspaceId, id, from);
  if (Number(changes) === 0) return false;
  run(HEAD_COLUMNS, workspaceId, id, ...COLUMNS.map((column) => columns[column]));
  run(LOG, workspaceId, id, from + 1, r.at, r.by, r.via, r.edits, columns.document);
  run(JOURNAL, workspaceId, j.id, r.at, r.by, r.via, j.action, id, from + 1, j.detail);
  return true;
}
