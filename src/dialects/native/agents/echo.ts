/** What was shown may be sent back whole: what we write ourselves may be repeated, and not changed. */
import { invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';

/** What is left of a patch for the caller to have meant. What moves by itself is held against nobody. */
export function withoutEchoes(
  body: JsonObject,
  patch: Schema,
  shown: object,
  moving: readonly string[] = [],
): JsonObject {
  const known = shown as JsonObject;
  const meant: JsonObject = {};
  for (const [key, value] of Object.entries(body)) {
    if (!Object.hasOwn(known, key) || Object.hasOwn(patch.properties ?? {}, key)) meant[key] = value;
    else if (!moving.includes(key) && !same(value, known[key])) throw invalidAt(key, 'cannot be changed', 'fixed');
  }
  return meant;
}

/** The same, once it has been found to be a patch. */
export function checkPatch<T>(body: JsonObject, patch: Schema, shown: object, moving?: readonly string[]): T {
  const meant = withoutEchoes(body, patch, shown, moving);
  const issues = issuesOf(patch, meant);
  if (issues.length > 0) throw invalid(issues);
  return meant as T;
}
