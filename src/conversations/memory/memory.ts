/** Facts about a contact, by name. Pure. */
import type { Issue } from '../../faults.ts';
import { bytesOf, type JsonObject, same } from '../../lib/values.ts';

export type MemoryFacts = JsonObject;

/** Limits of one part; sizes in bytes of JSON. Beyond them the facts that changed longest ago are dropped. */
export const MEMORY_LIMITS = { facts: 200, bytes: 32_768, key: 200, value: 4096 };

/** Facts that `mergeFacts` would ignore, as issues for the client that sent them. */
export function factIssues(facts: JsonObject, path: string): Issue[] {
  const { key, value: bytes } = MEMORY_LIMITS;
  return Object.entries(facts).flatMap(([name, value]): Issue[] => {
    const at = `${path}.${name}`;
    if (name.trim() === '') return [{ path: at, message: 'must have a name', rule: 'minLength' }];
    if (name.trim().length > key)
      return [{ path, message: `must have names of at most ${key} characters`, rule: 'maxLength' }];
    if (value !== undefined && bytesOf(value) > bytes)
      return [{ path: at, message: `must be at most ${bytes} bytes of JSON`, rule: 'maxLength' }];
    return [];
  });
}

/**
 * Merges new facts: a fact replaces the one with its name, null removes it, other facts stay. Changed facts move to the
 * end. Facts without a usable name or above the size limit are ignored.
 */
export function mergeFacts(known: MemoryFacts, learned: JsonObject): MemoryFacts {
  const merged = new Map(Object.entries(known));
  for (const [name, value] of Object.entries(learned)) {
    const key = name.trim();
    if (key === '' || key.length > MEMORY_LIMITS.key) continue;
    if (value === null || value === undefined) {
      merged.delete(key);
      continue;
    }
    if (bytesOf(value) > MEMORY_LIMITS.value) continue;
    // A repeated fact keeps its place: it has not changed.
    if (same(merged.get(key), value)) continue;
    merged.delete(key);
    merged.set(key, value);
  }
  return withinLimits([...merged]);
}

/** Drops facts from the start until the limits hold. */
function withinLimits(facts: [string, unknown][]): MemoryFacts {
  const latest = facts.slice(-MEMORY_LIMITS.facts);
  const sizes = latest.map(([key, value]) => bytesOf(key) + bytesOf(value) + 2);
  let size = sizes.reduce((sum, one) => sum + one, 2);
  let dropped = 0;
  while (size > MEMORY_LIMITS.bytes && dropped < latest.length) {
    size -= sizes[dropped]!;
    dropped += 1;
  }
  return Object.fromEntries(latest.slice(dropped));
}
