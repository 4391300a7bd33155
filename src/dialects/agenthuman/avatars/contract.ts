/** AgentHuman's avatars. */
import * as s from '../../../lib/schema.ts';
import { displayName, nullish } from '../shared.ts';

export const UpdateAvatar = s.object({
  name: s.optional(displayName()),
  url: s.optional(
    s.string({
      maxLength: 2083,
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://\\S+$',
      'x-pattern-is': 'an http or https address',
    }),
  ),
  voice_id: nullish(s.string({ minLength: 1, maxLength: 255, description: 'Null removes the voice.' })),
  is_favorite: s.optional(s.boolean()),
  is_public: s.optional(
    s.boolean({ description: 'Not in the documents. Lets every workspace read the avatar and choose it for agents.' }),
  ),
});
export const CreateAvatar = s.object({
  ...UpdateAvatar.properties,
  name: displayName(),
  url: UpdateAvatar.properties.url as s.Schema<string>,
});
export const AvatarCreated = s.object({ id: s.integer(), message: s.string() });
const flag = () => s.integer({ enum: [0, 1] });
export const Avatar = s.object({
  id: s.integer(),
  user_id: s.integer(),
  name: s.string(),
  url: s.string(),
  voice_id: s.nullable(s.string()),
  is_favorite: flag(),
  is_public: flag(),
  created_at: s.string(),
  updated_at: s.string(),
});
export type Avatar = s.Static<typeof Avatar>;
export const AvatarList = s.array(Avatar);
