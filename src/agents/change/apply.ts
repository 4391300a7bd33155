/**
 * Edits on a document: pure, and sharing whatever did not move. Whether the result is allowed is the model's business
 * (`model/rules.ts`); this only does what was said.
 */

import { dictionary, isObject, type JsonObject, mergePatch, same } from '../../lib/values.ts';
import { type AgentDocument, defaultProfile } from '../agent.ts';
import { newProfile, type Profile } from '../profile.ts';
import { DEFAULT_PROFILE, type Edit, set } from './edit.ts';

/** What the pure part may not make up by itself. */
export interface ChangeTime {
  at: string;
  newId: () => string;
}

export interface Applied {
  document: AgentDocument;
  /** The edits that moved something, with every `@default` resolved: replaying them gives the same document. */
  edits: Edit[];
}

export function apply(before: AgentDocument, edits: readonly Edit[], moment: ChangeTime): Applied {
  let document = before;
  const effective: Edit[] = [];
  const step = (edit: Edit) => {
    const next = applyOne(document, edit);
    if (next === document) return;
    document = next;
    effective.push(edit);
  };
  for (const edit of edits) {
    const segments = edit.path.split('.');
    if (segments[0] === 'profiles' && segments.length > 1) {
      const [, id] = segments;
      const known = id === DEFAULT_PROFILE ? defaultProfile(document) : document.profiles[id!];
      const profile = known ?? createProfile(edit, segments, document, moment, step);
      if (!profile && segments.length > 2) continue;
      if (profile) segments[1] = profile.id;
    }
    step({ ...edit, path: segments.join('.') });
  }
  for (const edit of settleProfiles(before, document, effective, moment)) step(edit);
  return { document, edits: effective };
}

/** The first word about a profile that is not there makes it. */
function createProfile(
  edit: Edit,
  [, id = '', ...inner]: string[],
  { profiles }: AgentDocument,
  moment: ChangeTime,
  step: (edit: Edit) => void,
): Profile | undefined {
  if (edit.op === 'unset' || inner.length === 0) return undefined;
  const isFirst = Object.keys(profiles).length === 0;
  const profile = newProfile(id === DEFAULT_PROFILE ? moment.newId() : id, moment.at, isFirst);
  step(set(`profiles.${profile.id}`, profile));
  return profile;
}

/** One edit and nothing that follows from it. */
export function applyOne(document: AgentDocument, edit: Edit): AgentDocument {
  const segments = edit.path.split('.');
  const [group, ...inner] = segments;
  if (group !== 'profiles' || inner.length === 0) return change(document, segments, edit) as AgentDocument;
  const profiles = change(document.profiles, inner, edit, dictionary) as AgentDocument['profiles'];
  return profiles === document.profiles ? document : { ...document, profiles };
}

/** `copy` is how the outermost of the objects that move is copied. */
function change(node: unknown, segments: readonly string[], edit: Edit, copy = spread): unknown {
  const [key, ...rest] = segments;
  if (key === undefined) return edit.op === 'set' ? edit.value : node;
  const here: JsonObject = isObject(node) ? node : {};
  const before = Object.hasOwn(here, key) ? here[key] : undefined;
  if (rest.length > 0) {
    if (before === undefined && edit.op === 'unset') return node;
    const after = change(before, rest, edit);
    return after === before ? node : replaced(copy(here), key, after);
  }
  if (edit.op === 'unset') {
    if (before === undefined) return node;
    const { [key]: _removed, ...others } = here;
    return others;
  }
  const after = edit.op === 'merge' ? mergePatch(before, edit.value) : edit.value;
  return same(before, after) ? node : replaced(copy(here), key, after);
}

const spread = (here: JsonObject): JsonObject => ({ ...here });

/** A copy with one other value. A new key is defined and not assigned, for there are words that an object knows already. */
function replaced(copy: JsonObject, key: string, value: unknown): JsonObject {
  if (Object.hasOwn(copy, key)) copy[key] = value;
  else Object.defineProperty(copy, key, { value, configurable: true, enumerable: true, writable: true });
  return copy;
}

/**
 * What follows from edits on profiles: a new default ends the old one, the first profile is the default, and a
 * profile that moved carries the time.
 */
function settleProfiles(
  before: AgentDocument,
  after: AgentDocument,
  edits: readonly Edit[],
  moment: ChangeTime,
): Edit[] {
  if (before.profiles === after.profiles) return [];
  const consequences: Edit[] = [];
  const all = Object.values(after.profiles);
  const defaults = all.filter((profile) => profile.default);
  if (defaults.length > 1) {
    // Who was named counts for more than who was merely the first.
    const isNamed = ({ id }: Profile) => edits.some(({ path }) => path === `profiles.${id}.default`);
    const fresh = defaults.filter((profile) => !before.profiles[profile.id]?.default);
    const chosen = fresh.find(isNamed) ?? fresh[0] ?? defaults[0]!;
    for (const profile of defaults)
      if (profile !== chosen) consequences.push(set(`profiles.${profile.id}.default`, false));
  }
  const first = all[0];
  if (first && defaults.length === 0 && Object.keys(before.profiles).length === 0)
    consequences.push(set(`profiles.${first.id}.default`, true));
  const moved = new Set([...edits, ...consequences].map((edit) => edit.path.split('.')[1]));
  for (const profile of all) {
    const old = before.profiles[profile.id];
    if (old && old !== profile && moved.has(profile.id) && profile.updatedAt !== moment.at)
      consequences.push(set(`profiles.${profile.id}.updatedAt`, moment.at));
  }
  return consequences;
}
