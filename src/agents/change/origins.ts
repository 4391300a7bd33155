/** Which edit last wrote a path of a document. Pure. */

import { isObject } from '../../lib/values.ts';
import { overlaps } from './diff.ts';
import type { Edit } from './edit.ts';

/** The value at a path; `undefined` when it is absent. */
export function valueIn(document: unknown, path: string): unknown {
  let node = document;
  for (const segment of path.split('.')) {
    if (!isObject(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment];
  }
  return node;
}

/** Whether an edit writes a path. Setting or unsetting a value writes everything inside it; a merge, only its keys. */
export function touches(edit: Edit, path: string): boolean {
  if (!overlaps(edit.path, path)) return false;
  if (edit.op !== 'merge' || edit.path.length >= path.length) return true;
  let patch: unknown = edit.value;
  for (const segment of path.slice(edit.path.length + 1).split('.')) {
    if (!isObject(patch)) return true;
    if (!Object.hasOwn(patch, segment)) return false;
    patch = patch[segment];
  }
  return true;
}

/** The paths that edits name, each once. A profile's `updatedAt` is left out: the server sets it, no caller does. */
export const editedPaths = (edits: readonly Edit[]): string[] =>
  [...new Set(edits.map((edit) => edit.path))].filter((path) => !path.endsWith('.updatedAt'));
