/** What differs between two documents: as places, for people and preconditions, and as a JSON Patch, for programs. */
import { createPatch, type Operation } from 'rfc6902';
import type { Schema } from '../../lib/schema.ts';
import { isObject, same } from '../../lib/values.ts';
import { AgentDocument } from '../agent.ts';
import { Profile } from '../profile.ts';
import { type Edit, set, unset } from './edit.ts';

export interface Difference {
  segments: string[];
  /** `undefined` where there was nothing, or is nothing any more. */
  before: unknown;
  after: unknown;
}

/** Where two documents differ: groups are walked into, and drawers one key deep; a list is one value. */
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
  const whole = [{ segments, before, after }];
  if (!isObject(before) || !isObject(after) || !schema) return whole;
  const fact = schema['x-fact'];
  const isGroup = schema.properties !== undefined && (fact === undefined || segments.length === 0);
  if (!isGroup && fact !== 'keyed' && !(fact === 'map' && openFreeFormMaps)) return whole;
  // In the model's order, so that the same change always reads the same.
  const all = [...Object.keys(schema.properties ?? {}), ...Object.keys(before), ...Object.keys(after)];
  return [...new Set(all)].flatMap((key) => {
    const inner = fact === 'keyed' ? Profile : schema.properties?.[key];
    return walk(inner, before[key], after[key], [...segments, key], openFreeFormMaps);
  });
}

/** Whether one of two places is the other, or inside it. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

export const jsonPatch = (before: AgentDocument, after: AgentDocument): Operation[] => createPatch(before, after);

/** The edits that lead from one document to another. A drawer is set whole: its keys are anybody's, dots and all. */
export function editsBetween(before: AgentDocument, after: AgentDocument): Edit[] {
  return walk(AgentDocument, before, after, [], false).map((difference) => {
    const path = difference.segments.join('.');
    return difference.after === undefined ? unset(path) : set(path, difference.after);
  });
}
