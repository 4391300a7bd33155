/** Explains each setting: which layer set it, by whom and when, and which values it overrides. Pure. */
import { type JsonObject, same } from '../lib/values.ts';
import { LEVELS, type Level, SETTING_KEYS, type SettingKey } from './definitions.ts';
import { type Layer, type LayerValue, type Resolved, resolve, valueAt } from './resolve.ts';

/** Who last set a value in a layer, and when. */
export interface Source {
  /** Absent where the layer has no revisions. */
  revision?: number;
  by: string;
  at: string;
}

export type SourcedValue = LayerValue & Partial<Source>;
export type ExplainedValue = SourcedValue & { shadowed: SourcedValue[] };
/** A setting, or a group of parts from several layers: then `from` is the strongest layer. */
export type ExplainedSetting = ExplainedValue & { parts?: Record<string, ExplainedValue> };

/** Undefined where the layer has no history, or its history does not reach back far enough. */
export type SourceOf = (level: Level, key: SettingKey) => Source | undefined;

export function explain(layers: readonly Layer[], sourceOf: SourceOf): Record<string, ExplainedSetting> {
  const resolved = resolve(layers);
  const explained: Record<string, ExplainedSetting> = {};
  for (const key of SETTING_KEYS) {
    const [name, part] = splitKey(key);
    const value = withSources(resolved[key], key, sourceOf);
    if (part === undefined) explained[name] = value;
    else explained[name] = groupOf({ ...explained[name]?.parts, [part]: value });
  }
  return explained;
}

/** `callSettings.window.start` is a part of `callSettings.window`. */
function splitKey(key: SettingKey): [name: string, part: string | undefined] {
  const [group, setting, part] = key.split('.');
  return [`${group}.${setting}`, part];
}

function withSources({ shadowed, ...first }: Resolved, key: SettingKey, sourceOf: SourceOf): ExplainedValue {
  const withSource = (value: LayerValue): SourcedValue => ({ ...value, ...sourceOf(value.from, key) });
  return { ...withSource(first), shadowed: shadowed.map(withSource) };
}

function groupOf(parts: Record<string, ExplainedValue>): ExplainedSetting {
  const all = Object.entries(parts);
  const levels = LEVELS.filter((level) => all.some(([, part]) => part.from === level));
  const from = levels.at(-1)!;
  const shadowed = LEVELS.toReversed().flatMap((level) => {
    const values = all.flatMap(([name, part]) =>
      part.shadowed.filter((value) => value.from === level).map((value) => [name, value] as const),
    );
    return values.length > 0 ? [merged(level, values)] : [];
  });
  const strongest = all.filter(([, part]) => part.from === from);
  const value = Object.fromEntries(all.map(([name, part]) => [name, part.value]));
  return { ...merged(from, strongest), value, parts, shadowed };
}

/** The values of several parts in one layer, with the newest of their sources. */
function merged(from: Level, values: readonly (readonly [string, SourcedValue])[]): SourcedValue {
  const [newest] = values
    .map(([, value]) => value)
    .filter((value) => value.at !== undefined)
    .toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0) || b.at!.localeCompare(a.at!));
  const { value: _value, from: _from, ...source } = newest ?? {};
  return { value: Object.fromEntries(values.map(([name, { value }]) => [name, value])), from, ...source };
}

/** One revision of a layer. */
export interface LayerRevision {
  number: number;
  by: string;
  at: string;
  document: JsonObject;
}

/** The revision that set the current value of a setting; `history` is complete and newest first. */
export function lastChange(history: readonly LayerRevision[], key: SettingKey): Source | undefined {
  const valueIn = ({ document }: LayerRevision) => valueAt(document, key.split('.'));
  const [newest] = history;
  if (!newest) return undefined;
  const value = valueIn(newest);
  const older = history.findIndex((revision) => !same(valueIn(revision), value));
  const first = history.at(older < 0 ? -1 : older - 1)!;
  return { revision: first.number, by: first.by, at: first.at };
}
