/** What differs between two agent documents: as paths for people and preconditions, and as a JSON Patch for programs. */
import { createPatch, type Operation } from 'rfc6902';
import type { Schema } from '../../lib/schema.ts';
import { isObject, same } from '../../lib/values.ts';
import { AgentDocument } from '../agent.ts';
import { Profile } from '../profile.ts';
import { type Edit, set, unset } from './edit.ts';

export interface Difference {
  segments: string[];
  /** `undefined` where the document before had no value; `after` is `undefined` where the value was removed. */
  before: unknown;
  after: unknown;
}

/** Where two documents differ, field by field. A free-form map is compared key by key; a list is one value. */
export const differences = (before: unknown, after: unknown): Difference[] =>
  walk(AgentDocument, before, after, [], true);

export const changedPaths = (before: unknown, after: unknown): string[] =>
  differences(before, after).map(({ segments }) => segments.join('.'));

function walk(
  schema: Schema | undefined,
  before: unknown,
  after: unknown,
  segments: string[],
  openFreeFormMaps: boolean,
): Difference[] {
  if (before === after || same(before, after)) return [];
  const oneValue = [{ segments, before, after }];
  if (!isObject(before) || !isObject(after) || !schema) return oneValue;
  const fact = schema['x-fact'];
  const isGroup = schema.properties !== undefined && (fact === undefined || segments.length === 0);
  if (!isGroup && fact !== 'dictionary' && !(fact === 'map' && openFreeFormMaps)) return oneValue;
  // In the order of the schema, so that the same change is always listed in the same order.
  const all = [...Object.keys(schema.properties ?? {}), ...Object.keys(before), ...Object.keys(after)];
  return [...new Set(all)].flatMap((key) => {
    const inner = fact === 'dictionary' ? Profile : schema.properties?.[key];
    return walk(inner, before[key], after[key], [...segments, key], openFreeFormMaps);
  });
}

/** Whether two paths are the same, or one is inside the other. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

export const jsonPatch = (before: AgentDocument, after: AgentDocument): Operation[] => createPatch(before, after);

/** The edits that turn one document into another. A free-form map is set as one value, because its keys may hold dots. */
export function editsBetween(before: AgentDocument, after: AgentDocument): Edit[] {
  return walk(AgentDocument, before, after, [], false).map((difference) => {
    const path = difference.segments.join('.');
    return difference.after === undefined ? unset(path) : set(path, difference.after);
  });
}
