/** Why each setting is what it is: who said it, when, and whom they overruled. Pure. */
import { type JsonObject, same } from '../lib/values.ts';
import { LEVELS, type Level, SETTING_KEYS, type SettingKey } from './definitions.ts';
import { at, type Layer, type Resolved, resolve, type LayerValue } from './resolve.ts';

/** Who last said something at a level, and when. */
export interface Source {
  /** Absent where the level keeps none. */
  revision?: number;
  by: string;
  at: string;
}

export type SourcedValue = LayerValue & Partial<Source>;
export type ExplainedValue = SourcedValue & { shadowed: SourcedValue[] };
/** A setting whose parts may come from different levels: `from` is the strongest of them. */
export type ExplainedSetting = ExplainedValue & { parts?: Record<string, ExplainedValue> };

/** Absent where a level has no revisions, or its history does not reach back so far. */
export type SourceOf = (level: Level, key: SettingKey) => Source | undefined;

export function explain(layers: readonly Layer[], sourceOf: SourceOf): Record<string, ExplainedSetting> {
  const resolved = resolve(layers);
  const explained: Record<string, ExplainedSetting> = {};
  for (const key of SETTING_KEYS) {
    const [whole, part] = placeOf(key);
    const one = named(resolved[key], key, sourceOf);
    if (part === undefined) explained[whole] = one;
    else explained[whole] = joined({ ...explained[whole]?.parts, [part]: one });
  }
  return explained;
}

/** `callSettings.window.start` is a part of `callSettings.window`. */
function placeOf(key: SettingKey): [whole: string, part: string | undefined] {
  const [group, setting, part] = key.split('.');
  return [`${group}.${setting}`, part];
}

function named({ shadowed, ...first }: Resolved, key: SettingKey, sourceOf: SourceOf): ExplainedValue {
  const voice = (spoken: LayerValue): SourcedValue => ({ ...spoken, ...sourceOf(spoken.from, key) });
  return { ...voice(first), shadowed: shadowed.map(voice) };
}

function joined(parts: Record<string, ExplainedValue>): ExplainedSetting {
  const all = Object.entries(parts);
  const levels = LEVELS.filter((level) => all.some(([, part]) => part.from === level));
  const from = levels.at(-1)!;
  const shadowed = LEVELS.toReversed().flatMap((level) => {
    const said = all.flatMap(([name, part]) =>
      part.shadowed.filter((voice) => voice.from === level).map((voice) => [name, voice] as const),
    );
    return said.length > 0 ? [together(level, said)] : [];
  });
  const strongest = all.filter(([, part]) => part.from === from);
  const value = Object.fromEntries(all.map(([name, part]) => [name, part.value]));
  return { ...together(from, strongest), value, parts, shadowed };
}

/** What one level said of several parts; the newest of its sources stands for them. */
function together(from: Level, voices: readonly (readonly [string, SourcedValue])[]): SourcedValue {
  const [newest] = voices
    .map(([, voice]) => voice)
    .filter((voice) => voice.at !== undefined)
    .toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0) || b.at!.localeCompare(a.at!));
  const { value: _value, from: _from, ...source } = newest ?? {};
  return { value: Object.fromEntries(voices.map(([name, voice]) => [name, voice.value])), from, ...source };
}

/** One of a layer's documents, with what is known about it. */
export interface LayerRevision {
  number: number;
  by: string;
  at: string;
  document: JsonObject;
}

/** Of a layer's whole history, newest first: the revision that gave a setting the value that it has now. */
export function lastChange(history: readonly LayerRevision[], key: SettingKey): Source | undefined {
  const said = ({ document }: LayerRevision) => at(document, key.split('.'));
  const [newest] = history;
  if (!newest) return undefined;
  const value = said(newest);
  const older = history.findIndex((revision) => !same(said(revision), value));
  const first = history.at(older < 0 ? -1 : older - 1)!;
  return { revision: first.number, by: first.by, at: first.at };
}
