/** Resolves settings from their layers. Pure. */
import { isObject, type JsonObject } from '../lib/values.ts';
import { LEVELS, type Level, SETTING_KEYS, SETTINGS, type SettingKey } from './definitions.ts';

/** The values that are set at one level. */
export interface Layer {
  level: Level;
  /** The document of the level, with the settings at their paths. */
  document: JsonObject;
}

export interface LayerValue {
  value: unknown;
  from: Level;
}

export interface Resolved extends LayerValue {
  /** Values of weaker levels, strongest first; the system's default is the last. */
  shadowed: LayerValue[];
}

/** Builds the layers. Campaign and override are given as `callSettings` alone; empty levels are left out. */
export function layersOf(documents: {
  workspace?: unknown;
  agent?: unknown;
  campaign?: JsonObject | null | undefined;
  override?: JsonObject | null | undefined;
}): Layer[] {
  const inSettings = (callSettings: JsonObject): JsonObject => ({ callSettings });
  return [
    ...(documents.workspace ? [{ level: 'workspace' as const, document: documents.workspace as JsonObject }] : []),
    ...(documents.agent ? [{ level: 'agent' as const, document: documents.agent as JsonObject }] : []),
    ...(documents.campaign ? [{ level: 'campaign' as const, document: inSettings(documents.campaign) }] : []),
    ...(documents.override ? [{ level: 'override' as const, document: inSettings(documents.override) }] : []),
  ];
}

/** Every setting with the level that set it. A list replaces weaker lists; null counts as not set. */
export function resolve(layers: readonly Layer[]): Record<SettingKey, Resolved> {
  const ordered = layers.toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const resolved = {} as Record<SettingKey, Resolved>;
  for (const key of SETTING_KEYS) resolved[key] = decide(key, ordered);
  return resolved;
}

function decide(key: SettingKey, ordered: readonly Layer[]): Resolved {
  const { default: fallback, levels } = SETTINGS[key];
  const path = PATHS[key];
  const values: LayerValue[] = [];
  for (const { level, document } of ordered) {
    if (!levels.includes(level)) continue;
    const value = valueAt(document, path);
    if (value !== undefined && value !== null) values.push({ value, from: level });
  }
  values.push({ value: fallback, from: 'system' });
  const [first, ...shadowed] = values;
  return { ...first!, shadowed };
}

const PATHS = Object.fromEntries(SETTING_KEYS.map((key) => [key, key.split('.')])) as Record<SettingKey, string[]>;

/** The value at a path of a document; undefined where there is none. */
export function valueAt(document: JsonObject, path: readonly string[]): unknown {
  let node: unknown = document;
  for (const segment of path) {
    if (!isObject(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment];
  }
  return node;
}
