/** The table: AgentHuman's words and ours. */

import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, mentionsAny, parse, row, table } from '../../../agents/change/rows.ts';
import { faceUrl, type ReferenceIds, spokenVoice, type View } from '../../../agents/view.ts';
import type { Avatar } from '../../../avatars/avatar.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { issuesOf } from '../../../lib/check.ts';
import { withoutNull } from '../../../lib/schema.ts';
import { isObject, type JsonObject, same } from '../../../lib/values.ts';
import * as contract from './contract.ts';

const avatarOf = (ref: unknown, { references }: View): Avatar | undefined =>
  isObject(ref) && typeof ref['id'] === 'string' ? references.avatars.get(ref['id']) : undefined;

/** A face that is only an address, or an avatar that was taken back by its owner, has no number: it shows as null. */
const avatarNumber: Codec = {
  to: (ref, view) => avatarOf(ref, view)?.number ?? null,
  from: (sent, _current, { references }) => {
    const avatar = references.avatarsByNumber.get(Number(sent));
    if (!avatar) throw invalidAt('', 'is not an avatar of yours or a public one', 'reference');
    return { id: avatar.id };
  },
};
const shownOnly = (to: Codec['to']): { access: 'read'; codec: Codec } => ({
  access: 'read',
  codec: { to, from: (sent) => sent },
});
const orEnglish: Codec = { to: (locale) => locale ?? 'en', from: (sent) => sent };
/** There is no word for a paused agent. It cannot be used, like an archived one, and repeating that changes nothing. */
const status: Codec = {
  to: (value) => (value === 'active' ? 'active' : 'archived'),
  from: (sent) => sent,
};

const VOICE = 'profiles.@default.voice.id';

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name'),
  row('avatar_id', 'avatar', { onNull: 'unset', codec: avatarNumber }),
  row(
    'avatar_name',
    'avatar',
    shownOnly((ref, view) => avatarOf(ref, view)?.name ?? null),
  ),
  row(
    'avatar_url',
    'avatar',
    shownOnly((_ref, view) => faceUrl(view) ?? null),
  ),
  row(
    'voice_id',
    VOICE,
    shownOnly((id, view) => spokenVoice(view, id as string | undefined) ?? null),
  ),
  row('language', 'profiles.@default.locale', { codec: orEnglish }),
  row('custom_greeting', 'profiles.@default.greeting.text', { onNull: 'unset' }),
  row('context', 'context', { onNull: 'unset' }),
  row('properties', 'properties'),
  row('memories', 'memory.facts'),
  row('knowledge_base', 'knowledge.inline'),
  row('status', 'status', { codec: status }),
]);

/** What a new agent speaks before its caller says anything. */
export const DEFAULTS: Edit[] = [set('profiles.@default.locale', 'en')];

/** What a body says; no body at all says as little as an empty one. */
export const words = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

/** The avatar that a body names, to be looked up by its number. */
export function wants(body: JsonObject): ReferenceIds {
  const number = body['avatar_id'];
  return isNumberOf(number) ? { avatarNumbers: [number] } : {};
}

const isNumberOf = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

/** The number in a path; `undefined` for anything that cannot be one. */
export function numberIn(text: string): number | undefined {
  const number = /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  return isNumberOf(number) ? number : undefined;
}

export function parseAgent(body: JsonObject, view: View): Edit[] {
  if (!mentionsAny(agentTable, body)) throw new Fault('nothing_to_update');
  const edits = parse(agentTable, emptied(body), view);
  // The voice comes from the avatar, so choosing one takes back any voice that the agent was given in another tongue.
  const chosen = edits.some((edit) => edit.op === 'set' && edit.path === 'avatar');
  return chosen ? [...edits, unset(VOICE)] : edits;
}

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  if (body['name'] == null) throw invalidAt('name', 'is required', 'required');
  return parseAgent(body, view);
}

/** For the free-form objects, null means the empty one. */
const emptied = (body: JsonObject): JsonObject => ({
  ...body,
  ...Object.fromEntries(contract.OBJECTS.flatMap((field) => (body[field] === null ? [[field, {}]] : []))),
});

const times = ({ agent: { createdAt, updatedAt } }: View) => ({ created_at: createdAt, updated_at: updatedAt });

/** The face that is shown and the voice that is spoken, for sessions to keep. */
export function agentFace(view: View): JsonObject {
  const { avatar_id, avatar_name, avatar_url, voice_id } = format(agentTable, view);
  return { avatar_id, avatar_name, avatar_url, voice_id };
}

/** `usage`: what its sessions come to. */
export function formatAgent(view: View, userId: number, usage: JsonObject): JsonObject {
  const { number } = view.agent;
  return {
    id: number,
    agent_id: number,
    user_id: userId,
    ...format(agentTable, view),
    role_id: null,
    ...times(view),
    ...usage,
  };
}

/** An item of the list, which leaves out the free-form objects. */
export function formatListed(view: View, usage: JsonObject): JsonObject {
  const { properties: _p, memories: _m, knowledge_base: _k, ...words } = format(agentTable, view);
  return { agent_id: view.agent.number, ...words, ...times(view), ...usage };
}

/** Booleans are written as true and false, and read as 1 and 0. `mine`: whether the reader marked the favourites. */
export const formatAvatar = (avatar: Avatar, userId: number, mine: boolean): JsonObject => ({
  id: avatar.number,
  user_id: userId,
  name: avatar.name,
  url: avatar.url,
  voice_id: avatar.voiceId,
  is_favorite: mine && avatar.favorite ? 1 : 0,
  is_public: avatar.public ? 1 : 0,
  created_at: avatar.createdAt,
  updated_at: avatar.updatedAt,
});

type AvatarChanges = Partial<Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>>;
const AVATAR_FIELDS = {
  name: 'name',
  url: 'url',
  voice_id: 'voiceId',
  is_favorite: 'favorite',
  is_public: 'public',
} as const;

/** What a body changes of an avatar; a value equal to the one that is shown says nothing. */
export function parseAvatar(body: JsonObject, avatar: Avatar): AvatarChanges {
  const said = Object.entries(AVATAR_FIELDS).filter(([field]) => body[field] !== undefined);
  if (said.length === 0) throw new Fault('nothing_to_update');
  const now = formatAvatar(avatar, 0, true);
  return changesOf(
    said.filter(([field]) => !same(body[field], now[field])),
    body,
  );
}

export function parseNewAvatar(body: JsonObject): AvatarChanges & { name: string; url: string } {
  const missing = ['name', 'url'].some((field) => body[field] == null || body[field] === '');
  if (missing) throw new Fault('invalid_value', { message: 'name and url required' });
  const said = Object.entries(AVATAR_FIELDS).filter(([field]) => body[field] !== undefined);
  return changesOf(said, body) as AvatarChanges & { name: string; url: string };
}

function changesOf(said: [field: string, property: string][], body: JsonObject): AvatarChanges {
  const issues: Issue[] = [];
  for (const [field] of said) {
    const schema = contract.UpdateAvatar.properties[field as keyof typeof AVATAR_FIELDS];
    const wrong = body[field] === null && field === 'voice_id' ? [] : issuesOf(withoutNull(schema), body[field], field);
    issues.push(...wrong);
  }
  if (issues.length > 0) throw invalid(issues);
  return Object.fromEntries(said.map(([field, property]) => [property, body[field]]));
}
