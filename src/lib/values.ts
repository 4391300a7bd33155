/** Small truths about JSON values, used wherever two of them meet. */

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
 * An object for keys that are ids. Born without a prototype, it is one that the engine keeps as a table: of any other it
 * learns the shape, one for every id that it ever meets, and forgets shapes over it that it needs.
 */
export function dictionary<T>(entries: Readonly<Record<string, T>> = {}): Record<string, T> {
  const fresh: Record<string, T> = Object.setPrototypeOf(Object.create(null), Object.prototype);
  for (const key of Object.keys(entries)) fresh[key] = entries[key]!;
  return fresh;
}

/** RFC 7396: objects merge by key, null removes, anything else replaces. Returns `target` itself when nothing moves. */
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

/** The merge patch that leads from one object to another. Inside it a null takes a key away. */
export function mergePatchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (same(was, is)) continue;
    if (is === undefined) patch[key] = null;
    else patch[key] = isObject(was) && isObject(is) ? mergePatchBetween(was, is) : is;
  }
  return patch;
}

/** How many levels of objects and arrays a value has; a scalar has none. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item));
  return deepest + 1;
}

/** How many keys a value's objects have, all levels together. */
export function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, item) => sum + keysOf(item), own);
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '', 'utf8');
