/**
 * Applies edits to an agent document. Pure; the parts that no edit changes are shared with the document before. Whether
 * the result is allowed is decided in `../rules.ts`.
 */

import { dictionary, isObject, type JsonObject, mergePatch, same } from '../../lib/values.ts';
import { type AgentDocument, defaultProfile } from '../agent.ts';
import { newProfile, type Profile } from '../profile.ts';
import { DEFAULT_PROFILE, type Edit, set } from './edit.ts';

/** The time of the change and a source of ids, handed in because this file reads no clock and draws no ids. */
export interface ChangeTime {
  at: string;
  newId: () => string;
}

export interface Applied {
  document: AgentDocument;
  /** The edits that changed something, with every `@default` resolved. Applying them again gives the same document. */
  edits: Edit[];
}

/** Applies edits in order, creates the profiles that they name, and adds the edits that follow from them. */
export function apply(before: AgentDocument, edits: readonly Edit[], time: ChangeTime): Applied {
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
      const profile = known ?? createProfile(edit, segments, document, time, step);
      if (!profile && segments.length > 2) continue;
      if (profile) segments[1] = profile.id;
    }
    step({ ...edit, path: segments.join('.') });
  }
  for (const edit of profileConsequences(before, document, effective, time)) step(edit);
  return { document, edits: effective };
}

/** The first edit inside a profile that does not exist creates the profile. Removing something creates nothing. */
function createProfile(
  edit: Edit,
  [, id = '', ...inner]: string[],
  { profiles }: AgentDocument,
  time: ChangeTime,
  step: (edit: Edit) => void,
): Profile | undefined {
  if (edit.op === 'unset' || inner.length === 0) return undefined;
  const isFirst = Object.keys(profiles).length === 0;
  const profile = newProfile(id === DEFAULT_PROFILE ? time.newId() : id, time.at, isFirst);
  step(set(`profiles.${profile.id}`, profile));
  return profile;
}

/** Applies one edit and nothing that follows from it. Answers the same object when the edit changes nothing. */
export function applyOne(document: AgentDocument, edit: Edit): AgentDocument {
  const segments = edit.path.split('.');
  const [group, ...inner] = segments;
  if (group !== 'profiles' || inner.length === 0) return change(document, segments, edit) as AgentDocument;
  const profiles = change(document.profiles, inner, edit, dictionary) as AgentDocument['profiles'];
  return profiles === document.profiles ? document : { ...document, profiles };
}

/** `copy` copies the outermost object; the objects inside it are spread. */
function change(node: unknown, segments: readonly string[], edit: Edit, copy = spread): unknown {
  const [key, ...rest] = segments;
  if (key === undefined) return edit.op === 'set' ? edit.value : node;
  const parent: JsonObject = isObject(node) ? node : {};
  const before = Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (rest.length > 0) {
    if (before === undefined && edit.op === 'unset') return node;
    const after = change(before, rest, edit);
    return after === before ? node : replaced(copy(parent), key, after);
  }
  if (edit.op === 'unset') {
    if (before === undefined) return node;
    const { [key]: _removed, ...others } = parent;
    return others;
  }
  const after = edit.op === 'merge' ? mergePatch(before, edit.value) : edit.value;
  return same(before, after) ? node : replaced(copy(parent), key, after);
}

const spread = (object: JsonObject): JsonObject => ({ ...object });

/** Puts a value into a copy. A new key is defined and not assigned, because assigning `__proto__` would set no key. */
function replaced(copy: JsonObject, key: string, value: unknown): JsonObject {
  if (Object.hasOwn(copy, key)) copy[key] = value;
  else Object.defineProperty(copy, key, { value, configurable: true, enumerable: true, writable: true });
  return copy;
}

/**
 * The edits that follow from edits on profiles: a new default replaces the old one, the first profile becomes the
 * default, and a changed profile gets the time of the change.
 */
function profileConsequences(
  before: AgentDocument,
  after: AgentDocument,
  edits: readonly Edit[],
  time: ChangeTime,
): Edit[] {
  if (before.profiles === after.profiles) return [];
  const consequences: Edit[] = [];
  const all = Object.values(after.profiles);
  const defaults = all.filter((profile) => profile.default);
  if (defaults.length > 1) {
    // A profile that an edit names as the default wins over one that became the default by being the first.
    const isNamed = ({ id }: Profile) => edits.some(({ path }) => path === `profiles.${id}.default`);
    const fresh = defaults.filter((profile) => !before.profiles[profile.id]?.default);
    const chosen = fresh.find(isNamed) ?? fresh[0] ?? defaults[0]!;
    for (const profile of defaults)
      if (profile !== chosen) consequences.push(set(`profiles.${profile.id}.default`, false));
  }
  const first = all[0];
  if (first && defaults.length === 0 && Object.keys(before.profiles).length === 0)
    consequences.push(set(`profiles.${first.id}.default`, true));
  const changed = new Set([...edits, ...consequences].map((edit) => edit.path.split('.')[1]));
  for (const profile of all) {
    const old = before.profiles[profile.id];
    if (old && old !== profile && changed.has(profile.id) && profile.updatedAt !== time.at)
      consequences.push(set(`profiles.${profile.id}.updatedAt`, time.at));
  }
  return consequences;
}
