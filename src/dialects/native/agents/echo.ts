/** A whole answer can be sent back: read-only fields may be repeated, not changed. */
import { invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';

/** The part of a patch that changes something. Fields that the server updates by itself are ignored. */
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

/** The same, after the body was checked against the schema. */
export function checkPatch<T>(body: JsonObject, patch: Schema, shown: object, moving?: readonly string[]): T {
  const meant = withoutEchoes(body, patch, shown, moving);
  const issues = issuesOf(patch, meant);
  if (issues.length > 0) throw invalid(issues);
  return meant as T;
}
