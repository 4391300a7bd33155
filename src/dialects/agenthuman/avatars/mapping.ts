/** Maps AgentHuman's avatars. */

import type { Avatar } from '../../../avatars/avatar.ts';
import { Fault, invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import { withoutNull } from '../../../lib/schema.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import * as contract from './contract.ts';

/** AgentHuman writes booleans as true and false, and reads them as 1 and 0. Only its owner sees a favourite. */
export const formatAvatar = (avatar: Avatar, userId: number, isOwner: boolean): contract.Avatar => ({
  id: avatar.number,
  user_id: userId,
  name: avatar.name,
  url: avatar.url,
  voice_id: avatar.voiceId,
  is_favorite: isOwner && avatar.favorite ? 1 : 0,
  is_public: avatar.public ? 1 : 0,
  created_at: avatar.createdAt,
  updated_at: avatar.updatedAt,
});

type AvatarFields = Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>;
type NewAvatar = Partial<AvatarFields> & Pick<AvatarFields, 'name' | 'url'>;

const FIELDS = {
  name: 'name',
  url: 'url',
  voice_id: 'voiceId',
  is_favorite: 'favorite',
  is_public: 'public',
} as const;
type Field = keyof typeof FIELDS;

const fieldsIn = (body: JsonObject): Field[] =>
  (Object.keys(FIELDS) as Field[]).filter((field) => body[field] !== undefined);

/** A value equal to the one that an answer shows is not a change. */
export function parseAvatar(body: JsonObject, avatar: Avatar): Partial<AvatarFields> {
  const fields = fieldsIn(body);
  if (fields.length === 0) throw new Fault('nothing_to_update');
  const current: JsonObject = formatAvatar(avatar, 0, true);
  return parseFields(
    fields.filter((field) => !same(body[field], current[field])),
    body,
  );
}

export function parseNewAvatar(body: JsonObject): NewAvatar {
  const isIncomplete = ['name', 'url'].some((field) => body[field] == null || body[field] === '');
  if (isIncomplete) throw new Fault('invalid_value', { message: 'name and url required' });
  return parseFields(fieldsIn(body), body) as NewAvatar;
}

function parseFields(fields: readonly Field[], body: JsonObject): Partial<AvatarFields> {
  const issues = fields.flatMap((field) => issuesOfField(field, body[field]));
  if (issues.length > 0) throw invalid(issues);
  return Object.fromEntries(fields.map((field) => [FIELDS[field], body[field]]));
}

/** Only `voice_id` may be null. */
const issuesOfField = (field: Field, value: unknown) =>
  value === null && field === 'voice_id'
    ? []
    : issuesOf(withoutNull(contract.UpdateAvatar.properties[field]), value, field);
