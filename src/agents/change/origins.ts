/** Which edit spoke last of a place in a document. Pure. */

import { isObject } from '../../lib/values.ts';
import { overlaps } from './diff.ts';
import type { Edit } from './edit.ts';

/** The value at a place, `undefined` where there is none. */
export function valueIn(document: unknown, path: string): unknown {
  let node = document;
  for (const segment of path.split('.')) {
    if (!isObject(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment];
  }
  return node;
}

/** Whether an edit spoke of a place. What is set or unset covers all that is inside it; a merge covers what it names. */
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

/** The places that edits spoke of, each once. The time that a profile carries is nobody's word. */
export const spokenPaths = (edits: readonly Edit[]): string[] =>
  [...new Set(edits.map((edit) => edit.path))].filter((path) => !path.endsWith('.updatedAt'));
