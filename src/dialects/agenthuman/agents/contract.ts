/** AgentHuman's agents, in the order of its documents. Seed: "Update Agent"; the rest: docs.agenthuman.com. */
import * as s from '../../../lib/schema.ts';
import { displayName, nullish, success } from '../shared.ts';

export const UpdateAgent = s.object({
  name: s.optional(displayName()),
  avatar_id: nullish(s.integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  language: s.optional(
    s.string({
      pattern: '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\\d{3}))?(-[A-Za-z0-9]{4,8})*$',
      'x-pattern-is': 'a language code like en or en-US',
    }),
  ),
  custom_greeting: nullish(s.string({ maxLength: 10_000 })),
  context: nullish(s.string({ maxLength: 100_000 })),
  properties: nullish(s.json()),
  memories: nullish(s.json()),
  knowledge_base: nullish(s.json()),
  status: s.optional(s.oneOf(['active', 'archived'])),
});
/** Free-form objects. An update replaces the whole object, and null empties it. */
export const OBJECTS = ['properties', 'memories', 'knowledge_base'] as const;

export const CreateAgent = s.object({ ...UpdateAgent.properties, name: displayName() });

export const AgentDeleted = s.object({ success, message: s.string() });

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
/** Not in the documents, which have no pages. */
export const AgentQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0, maximum: 1_000_000_000 })),
});
export const AgentList = s.object({ success, agents: s.array(ListedAgent) });
