/** A client may send a whole answer back: read-only fields may be repeated, but not changed. */
import { invalidAt } from '../../faults.ts';
import type { Schema } from '../../lib/schema.ts';
import { type JsonObject, same } from '../../lib/values.ts';
import { parseBody } from './shared.ts';

/**
 * The fields of a body that its patch schema knows, and the unknown ones.
 * @param current the record as the API shows it
 * @param volatile read-only fields that the server updates by itself; they may differ
 */
export function withoutEchoes(
  body: JsonObject,
  patch: Schema,
  current: object,
  volatile: readonly string[] = [],
): JsonObject {
  const fields = current as JsonObject;
  const edits: JsonObject = {};
  for (const [key, value] of Object.entries(body)) {
    if (!Object.hasOwn(fields, key) || Object.hasOwn(patch.properties ?? {}, key)) edits[key] = value;
    else if (!volatile.includes(key) && !same(value, fields[key])) throw invalidAt(key, 'cannot be changed', 'fixed');
  }
  return edits;
}

/** The same fields, checked against the patch schema. */
export const checkPatch = <T>(body: JsonObject, patch: Schema<T>, current: object, volatile?: readonly string[]): T =>
  parseBody(patch, withoutEchoes(body, patch, current, volatile));
