/** Comparing, merging and measuring JSON values. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; the order of keys does not matter, the order of items does. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  if (keys.length !== Object.keys(b).filter((key) => b[key] !== undefined).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/**
 * An object whose keys are ids. V8 keeps an object that is created without a prototype as a hash table. For other objects
 * it learns a hidden class for each key, and too many of them push the useful ones out of its caches.
 */
export function dictionary<T>(entries: Readonly<Record<string, T>> = {}): Record<string, T> {
  const result: Record<string, T> = Object.setPrototypeOf(Object.create(null), Object.prototype);
  for (const key of Object.keys(entries)) result[key] = entries[key]!;
  return result;
}

/** RFC 7396: objects merge by key, null removes, anything else replaces. Returns `target` itself when nothing changes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return same(target, patch) ? target : patch;
  const base = isObject(target) ? target : {};
  let result = base;
  for (const [key, value] of Object.entries(patch)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    if (value === null) {
      if (before === undefined) continue;
      const { [key]: _removed, ...rest } = result;
      result = rest;
      continue;
    }
    const after = mergePatch(before, value);
    if (after !== before) result = { ...result, [key]: after };
  }
  return result === base && !isObject(target) ? { ...base } : result;
}

/** The merge patch that changes one object into another. A null in it removes a key. */
export function mergePatchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[key], after[key]];
    if (same(from, to)) continue;
    if (to === undefined) patch[key] = null;
    else patch[key] = isObject(from) && isObject(to) ? mergePatchBetween(from, to) : to;
  }
  return patch;
}

/** The levels of objects and arrays in a value; a scalar has none. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item));
  return deepest + 1;
}

/** The keys of all objects in a value, on all levels. */
export function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, item) => sum + keysOf(item), own);
}

/** The length of the JSON text, in UTF-8 bytes. */
export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '', 'utf8');
