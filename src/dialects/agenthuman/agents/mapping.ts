/** Maps AgentHuman's agents. Language, greeting and voice belong to the default profile. */

import { type Edit, set, unset } from '../../../agents/change/edit.ts';
import { type Codec, format, mentionsAny, parse, row, table } from '../../../agents/change/rows.ts';
import { avatarUrl, type ReferenceIds, type View, voiceInEffect } from '../../../agents/view.ts';
import type { Avatar } from '../../../avatars/avatar.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { isRecordNumber } from '../shared.ts';
import * as contract from './contract.ts';

const avatarOf = (reference: unknown, { references }: View): Avatar | undefined =>
  isObject(reference) && typeof reference['id'] === 'string' ? references.avatars.get(reference['id']) : undefined;

/** Null for a picture without an avatar, and for an avatar of another workspace that is no longer public. */
const avatarNumber: Codec = {
  format: (reference, view) => avatarOf(reference, view)?.number ?? null,
  parse: (sent, _current, { references }) => {
    const avatar = references.avatarsByNumber.get(Number(sent));
    if (!avatar) throw invalidAt('', 'is not an avatar of yours or a public one', 'reference');
    return { id: avatar.id };
  },
};
const readOnly = (to: Codec['format']): { access: 'read'; codec: Codec } => ({
  access: 'read',
  codec: { format: to, parse: (sent) => sent },
});
const orEnglish: Codec = { format: (locale) => locale ?? 'en', parse: (sent) => sent };
/** AgentHuman has no paused status. A paused agent accepts no sessions either, so it is shown as archived. */
const status: Codec = {
  format: (value) => (value === 'active' ? 'active' : 'archived'),
  parse: (sent) => sent,
};

const VOICE = 'profiles.@default.voice.id';

export const agentTable = table(contract.UpdateAgent, [
  row('name', 'name'),
  row('avatar_id', 'avatar', { onNull: 'unset', codec: avatarNumber }),
  row(
    'avatar_name',
    'avatar',
    readOnly((reference, view) => avatarOf(reference, view)?.name ?? null),
  ),
  row(
    'avatar_url',
    'avatar',
    readOnly((_reference, view) => avatarUrl(view) ?? null),
  ),
  row(
    'voice_id',
    VOICE,
    readOnly((id, view) => voiceInEffect(view, id as string | undefined) ?? null),
  ),
  row('language', 'profiles.@default.locale', { codec: orEnglish }),
  row('custom_greeting', 'profiles.@default.greeting.text', { onNull: 'unset' }),
  row('context', 'context', { onNull: 'unset' }),
  row('properties', 'properties'),
  row('memories', 'memory.facts'),
  row('knowledge_base', 'knowledge.inline'),
  row('status', 'status', { codec: status }),
]);

/** The values of a new agent before its body is applied. */
export const DEFAULTS: Edit[] = [set('profiles.@default.locale', 'en')];

/** The avatar to read with the agent: a body names it by its number. */
export function referencesOf({ avatar_id: number }: JsonObject): ReferenceIds {
  return isRecordNumber(number) ? { avatarNumbers: [number] } : {};
}

/** A new avatar brings its voice, so the agent loses a voice that another dialect gave it. */
export function parseAgent(body: JsonObject, view: View): Edit[] {
  if (!mentionsAny(agentTable, body)) throw new Fault('nothing_to_update');
  const edits = parse(agentTable, emptyObjects(body), view);
  const hasNewAvatar = edits.some((edit) => edit.op === 'set' && edit.path === 'avatar');
  return hasNewAvatar ? [...edits, unset(VOICE)] : edits;
}

export function parseNewAgent(body: JsonObject, view: View): Edit[] {
  if (body['name'] == null) throw invalidAt('name', 'is required', 'required');
  return parseAgent(body, view);
}

/** Null empties a free-form object. */
const emptyObjects = (body: JsonObject): JsonObject => ({
  ...body,
  ...Object.fromEntries(contract.OBJECTS.flatMap((field) => (body[field] === null ? [[field, {}]] : []))),
});

const times = ({ agent: { createdAt, updatedAt } }: View) => ({ created_at: createdAt, updated_at: updatedAt });

/** The avatar and the voice that a session stores when it starts. */
export function formatFace(view: View): JsonObject {
  const { avatar_id, avatar_name, avatar_url, voice_id } = format(agentTable, view);
  return { avatar_id, avatar_name, avatar_url, voice_id };
}

/** `usage` counts the agent's sessions. */
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

/** An item of the list, without the free-form objects. */
export function formatListed(view: View, usage: JsonObject): JsonObject {
  const { properties: _p, memories: _m, knowledge_base: _k, ...fields } = format(agentTable, view);
  return { agent_id: view.agent.number, ...fields, ...times(view), ...usage };
}
