/** Facts about a person: each has a name, and what is learnt anew takes the place of what was known. Pure. */
import type { Issue } from '../../faults.ts';
import { bytesOf, type JsonObject, same } from '../../lib/values.ts';

export type MemoryFacts = JsonObject;

/** One part never grows past these; what has not been confirmed for longest is forgotten first. */
export const MEMORY_LIMITS = { facts: 200, bytes: 32_768, key: 200, value: 4096 };

/** What a person may not ask to be remembered: it would be accepted and never told. */
export function factIssues(said: JsonObject, path: string): Issue[] {
  const { key, value: bytes } = MEMORY_LIMITS;
  return Object.entries(said).flatMap(([name, value]): Issue[] => {
    const at = `${path}.${name}`;
    if (name.trim() === '') return [{ path: at, message: 'must have a name', rule: 'minLength' }];
    if (name.trim().length > key)
      return [{ path, message: `must have names of at most ${key} characters`, rule: 'maxLength' }];
    if (value !== undefined && bytesOf(value) > bytes)
      return [{ path: at, message: `must be at most ${bytes} bytes of JSON`, rule: 'maxLength' }];
    return [];
  });
}

/** Named facts replace, null forgets, what is not named stays. The latest word stands last; what is no fact is not heard. */
export function mergeFacts(known: MemoryFacts, said: JsonObject): MemoryFacts {
  const merged = new Map(Object.entries(known));
  for (const [name, value] of Object.entries(said)) {
    const key = name.trim();
    if (key === '' || key.length > MEMORY_LIMITS.key) continue;
    if (value === null || value === undefined) {
      merged.delete(key);
      continue;
    }
    // One word too long is not worth all that was known before.
    if (bytesOf(value) > MEMORY_LIMITS.value) continue;
    // What is only said again is no change, and keeps its place.
    if (same(merged.get(key), value)) continue;
    merged.delete(key);
    merged.set(key, value);
  }
  return within([...merged]);
}

function within(facts: [string, unknown][]): MemoryFacts {
  let kept = facts.slice(-MEMORY_LIMITS.facts);
  const sizes = kept.map(([key, value]) => bytesOf(key) + bytesOf(value) + 2);
  let size = sizes.reduce((sum, one) => sum + one, 2);
  let dropped = 0;
  while (size > MEMORY_LIMITS.bytes && dropped < kept.length) {
    size -= sizes[dropped]!;
    dropped += 1;
  }
  kept = kept.slice(dropped);
  return Object.fromEntries(kept);
}
