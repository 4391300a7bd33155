/** AgentHuman's shapes, in the order its documents print them. Seed: "Update Agent"; the rest: docs.agenthuman.com. */
import * as s from '../../../lib/schema.ts';

const nullable = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
const success = s.boolean({ const: true });
const id = () => s.integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const name = () => s.string({ maxLength: 255, pattern: '\\S', 'x-pattern-is': 'text that is not blank' });

export const UpdateAgent = s.object({
  name: s.optional(name()),
  avatar_id: nullable(id()),
  language: s.optional(
    s.string({
      pattern: '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\\d{3}))?(-[A-Za-z0-9]{4,8})*$',
      'x-pattern-is': 'a language code like en or en-US',
    }),
  ),
  custom_greeting: nullable(s.string({ maxLength: 10_000 })),
  context: nullable(s.string({ maxLength: 100_000 })),
  properties: nullable(s.json()),
  memories: nullable(s.json()),
  knowledge_base: nullable(s.json()),
  status: s.optional(s.oneOf(['active', 'archived'])),
});
/** Free-form objects: each is replaced whole, and null empties it. */
export const OBJECTS = ['properties', 'memories', 'knowledge_base'] as const;

export const CreateAgent = s.object({ ...UpdateAgent.properties, name: name() });

export const Success = s.object({ success });
export const SuccessMessage = s.object({ success, message: s.string() });

const listed = {
  name: s.string(),
  avatar_id: s.nullable(s.integer()),
  avatar_name: s.nullable(s.string()),
  avatar_url: s.nullable(s.string()),
  voice_id: s.nullable(s.string()),
  language: s.string(),
  custom_greeting: s.nullable(s.string()),
  context: s.nullable(s.string()),
  status: s.oneOf(['active', 'archived']),
  created_at: s.string(),
  updated_at: s.string(),
  last_used_at: s.nullable(s.string()),
  total_sessions: s.integer(),
  avg_duration: s.number({ description: 'Seconds.' }),
};
export const ListedAgent = s.object({ agent_id: s.integer(), ...listed });
export const Agent = s.object({
  id: s.integer(),
  agent_id: s.integer(),
  user_id: s.integer(),
  ...listed,
  role_id: s.nullable(s.integer()),
  properties: s.json(),
  memories: s.json(),
  knowledge_base: s.json(),
});
export const AgentAnswer = s.object({ success, agent: Agent });
export const AgentCreated = s.object({ success, agent: Agent, message: s.string() });
/** The documents know no pages; these are for callers with more agents than they want at once. */
export const ListQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0, maximum: 1_000_000_000 })),
});
export const AgentList = s.object({ success, agents: s.array(ListedAgent) });

export const UpdateAvatar = s.object({
  name: s.optional(name()),
  url: s.optional(
    s.string({
      maxLength: 2083,
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://\\S+$',
      'x-pattern-is': 'an http or https address',
    }),
  ),
  voice_id: nullable(s.string({ minLength: 1, maxLength: 255, description: 'Null removes the voice.' })),
  is_favorite: s.optional(s.boolean()),
  is_public: s.optional(s.boolean({ description: 'Not in the documents: lets everybody see and wear the avatar.' })),
});
export const CreateAvatar = s.object({
  ...UpdateAvatar.properties,
  name: name(),
  url: UpdateAvatar.properties.url as s.Schema<string>,
});
export const AvatarCreated = s.object({ id: s.integer(), message: s.string() });
const flag = () => s.integer({ enum: [0, 1] });
export const Avatars = s.array(
  s.object({
    id: s.integer(),
    user_id: s.integer(),
    name: s.string(),
    url: s.string(),
    voice_id: s.nullable(s.string()),
    is_favorite: flag(),
    is_public: flag(),
    created_at: s.string(),
    updated_at: s.string(),
  }),
);

export const Voices = s.array(s.object({ voice_id: s.string(), name: s.string(), language: s.string() }));
