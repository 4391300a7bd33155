/** Which layer decides. Pure: the same layers, the same answer. */
import { isObject, type JsonObject } from '../lib/values.ts';
import { LEVELS, type Level, SETTING_KEYS, SETTINGS, type SettingKey } from './definitions.ts';

/** What one level said, and nothing of what it came to. */
export interface Layer {
  level: Level;
  /** The document of that level, in which settings stand at their paths. */
  document: JsonObject;
}

export interface LayerValue {
  value: unknown;
  from: Level;
}

export interface Resolved extends LayerValue {
  /** What weaker levels said, the strongest of them first; the system's default is the last. */
  shadowed: LayerValue[];
}

/** What each level said, as layers: those above the agent say `callSettings` alone. Who said nothing is left out. */
export function layersOf(said: {
  workspace?: unknown;
  agent?: unknown;
  campaign?: JsonObject | null | undefined;
  override?: JsonObject | null | undefined;
}): Layer[] {
  const inSettings = (callSettings: JsonObject): JsonObject => ({ callSettings });
  return [
    ...(said.workspace ? [{ level: 'workspace' as const, document: said.workspace as JsonObject }] : []),
    ...(said.agent ? [{ level: 'agent' as const, document: said.agent as JsonObject }] : []),
    ...(said.campaign ? [{ level: 'campaign' as const, document: inSettings(said.campaign) }] : []),
    ...(said.override ? [{ level: 'override' as const, document: inSettings(said.override) }] : []),
  ];
}

/** Every setting with the level that decided it. Lists and texts are taken whole; a null says nothing. */
export function resolve(layers: readonly Layer[]): Record<SettingKey, Resolved> {
  const ordered = layers.toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const resolved = {} as Record<SettingKey, Resolved>;
  for (const key of SETTING_KEYS) resolved[key] = decide(key, ordered);
  return resolved;
}

function decide(key: SettingKey, ordered: readonly Layer[]): Resolved {
  const { default: fallback, levels } = SETTINGS[key];
  const path = PATHS[key];
  const spoken: LayerValue[] = [];
  for (const { level, document } of ordered) {
    if (!levels.includes(level)) continue;
    const value = at(document, path);
    if (value !== undefined && value !== null) spoken.push({ value, from: level });
  }
  spoken.push({ value: fallback, from: 'system' });
  const [first, ...shadowed] = spoken;
  return { ...first!, shadowed };
}

const PATHS = Object.fromEntries(SETTING_KEYS.map((key) => [key, key.split('.')])) as Record<SettingKey, string[]>;

/** What a document says at a place, `undefined` where it says nothing. */
export function at(document: JsonObject, path: readonly string[]): unknown {
  let node: unknown = document;
  for (const segment of path) {
    if (!isObject(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment];
  }
  return node;
}
