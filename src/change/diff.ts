/** What differs between two documents: as places, for people and preconditions, and as a JSON Patch, for programs. */
import { createPatch, type Operation } from 'rfc6902';
import { AgentDocument } from '../model/agent.ts';
import { type Edit, set, unset } from '../model/edit.ts';
import { Profile } from '../model/profile.ts';
import type { Schema } from '../model/schema.ts';
import { isObject, same } from '../model/values.ts';

/** The places at which two documents differ: groups are walked into, and drawers one key deep; a list is one value. */
export function changedPaths(before: unknown, after: unknown): string[] {
  return walk(AgentDocument, before, after, '');
}

function walk(schema: Schema | undefined, before: unknown, after: unknown, at: string): string[] {
  if (before === after || same(before, after)) return [];
  if (!isObject(before) || !isObject(after) || !schema) return [at];
  const fact = schema['x-fact'];
  const isGroup = schema.properties !== undefined && (fact === undefined || at === '');
  if (!isGroup && fact !== 'keyed' && fact !== 'map') return [at];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const inner = fact === 'keyed' ? Profile : schema.properties?.[key];
    return walk(inner, before[key], after[key], at ? `${at}.${key}` : key);
  });
}

/** Whether one of two places is the other, or inside it. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

export const jsonPatch = (before: AgentDocument, after: AgentDocument): Operation[] => createPatch(before, after);

/** The edits that lead from one document to another. */
export function editsBetween(before: AgentDocument, after: AgentDocument): Edit[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof AgentDocument>;
  return [...keys].flatMap((key): Edit[] => {
    if (same(before[key], after[key])) return [];
    return [after[key] === undefined ? unset(key) : set(key, after[key])];
  });
}
