/** Schemas of agents: the document and its identity. */
import { AgentDocument } from '../../../agents/agent.ts';
import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { PhoneNumberInput } from '../../../phone-numbers/phone-number.ts';
import { ToolSpec } from '../../../tools/tool.ts';
import { DIALECTS, KEY_DIALECTS, KEY_KINDS } from '../../../workspaces/workspace.ts';

const closed = { additionalProperties: false };

export const Identity = s.object({
  id: s.computed(text.uuid()),
  workspaceId: s.computed(text.uuid()),
  ownerId: s.computed(s.nullable(s.string())),
  number: s.computed(s.integer()),
  revision: s.computed(s.integer()),
  createdAt: s.computed(text.dateTime()),
  updatedAt: s.computed(text.dateTime()),
});

export const Agent = s.object({ ...Identity.properties, ...AgentDocument.properties });
/** The fields of a patch: all are optional, null clears optional ones, and read-only ones are left out. */
function patchOf(schema: s.Schema): s.Schema {
  const fact = schema['x-fact'];
  const { required: _required, ...rest } = schema;
  if (fact === 'keyed')
    return {
      ...rest,
      propertyNames: { pattern: '^(@default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' },
      additionalProperties: patchOf(schema['additionalProperties'] as s.Schema),
    };
  if (fact === 'map' || fact === 'clearable' || fact === 'inherits') return s.nullable(schema);
  if (fact !== undefined || !schema.properties) return schema;
  const parsed = Object.entries(schema.properties).filter(([, inner]) => inner['x-fact'] !== 'computed');
  const properties = Object.fromEntries(parsed.map(([key, inner]) => [key, s.optional(patchOf(inner))]));
  return s.nullable({ ...rest, properties });
}
const patchFields = Object.fromEntries(
  Object.entries(AgentDocument.properties).map(([key, field]) => [key, s.optional(patchOf(field))]),
);

const pointers = (description: string) => s.array(s.string(), { description });
/** The effect of a write. `liveConversations` keep the revision that they started with. */
export const Receipt = s.object({
  revision: s.integer(),
  changed: pointers('Pointers to what moved.'),
  unchanged: pointers('Pointers to what was spoken of and did not move.'),
  ignored: pointers('Pointers to fields that were ignored.'),
  liveConversations: s.integer(),
});
export const WrittenAgent = s.object({ ...Agent.properties, receipt: Receipt });

/** RFC 7396: omitted fields keep their value, null clears, objects merge, lists are replaced. */
export const AgentPatch = s.object(patchFields, {
  description: 'A merge patch (RFC 7396). In `profiles`, `@default` means the default profile.',
});
/** RFC 6902. The other fields of an operation depend on `op`. */
const JsonPatch = s.array(
  s.object({
    op: s.oneOf(['add', 'remove', 'replace', 'move', 'copy', 'test']),
    path: s.string({ description: 'A JSON Pointer; in `/profiles`, `@default` means the default profile.' }),
    from: s.optional(s.string()),
    value: s.optional(s.unknown()),
  }),
  { description: 'A JSON Patch (RFC 6902): all of it is done, or nothing.' },
);
export const PATCH_KINDS: Record<string, s.Schema> = {
  'application/merge-patch+json': AgentPatch,
  'application/json-patch+json': JsonPatch,
};
export const AgentDraft = s.object(
  { ...patchFields, name: AgentDocument.properties.name },
  { description: 'Everything but the name has a default.' },
);

export const listOf = (item: s.Schema) => s.object({ data: s.array(item), nextCursor: s.nullable(s.string()) });
export const ListQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 200, description: 'The most items to answer; 50 by default.' })),
  cursor: s.optional(s.string({ description: 'The `nextCursor` of the page before.' })),
});
export const AgentListQuery = s.object({
  ...ListQuery.properties,
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
  status: s.optional(s.oneOf(['active', 'paused', 'archived'])),
  language: s.optional(s.string({ description: 'Language of the default profile, such as `en`.' })),
});
export const SearchQuery = s.object({ ...ListQuery.properties, search: s.optional(s.string()) });

const action = (pattern: string, like: string, options: Record<string, unknown> = {}) =>
  s.string({ pattern, 'x-pattern-is': `like ${like}`, ...options });
export const AuditQuery = s.object({
  ...ListQuery.properties,
  action: s.optional(
    action('^[a-z_]+\\.([a-z_]+|\\*)$', 'agent.updated or agent.*', {
      description: 'What was done, `agent.updated`; or whatever was done to a kind of thing, `agent.*`.',
    }),
  ),
  target: s.optional(text.uuid()),
  by: s.optional(
    s.string({
      pattern: '^[^\\s\\x00-\\x1f]+$',
      'x-pattern-is': 'an author: key:<id>, user:<id> or system',
      description: 'The author: `key:<id>`, `user:<id>` or `system`.',
    }),
  ),
  via: s.optional(s.oneOf(DIALECTS)),
  since: s.optional(s.string({ format: 'date-time', description: 'Not before this moment.' })),
  until: s.optional(s.string({ format: 'date-time', description: 'Before this moment.' })),
});
export const AuditEntry = s.object({
  id: text.uuid(),
  at: text.dateTime(),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `system`.' }),
  via: s.oneOf(DIALECTS),
  action: action('^[a-z_]+\\.[a-z_]+$', 'agent.updated'),
  target: s.string({ description: 'The id of what it was done to.' }),
  revision: s.nullable(s.integer({ description: 'The revision it made, where the thing has revisions.' })),
  detail: s.object({}, { additionalProperties: true }),
  seq: s.nullable(s.integer({ description: 'Its place in the chain of the workspace; null until it is sealed.' })),
  hash: s.nullable(s.string({ description: 'Its seal, which covers it, its place and the seal before it.' })),
});

export const WorkspaceInput = s.object({ name: text.nonBlank(255) }, closed);
export const Workspace = s.object({
  id: text.uuid(),
  number: s.integer(),
  name: s.string(),
  createdAt: text.dateTime(),
});

export const KeyInput = s.object(
  {
    workspaceId: s.optional(text.uuid()),
    dialect: s.oneOf(KEY_DIALECTS),
    name: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    kind: s.optional(s.oneOf(KEY_KINDS)),
    scopes: s.optional(
      s.nullable(
        s.array(s.string({ pattern: '^[a-z_-]+:[a-z_*-]+$', 'x-pattern-is': 'like agents:write' }), { maxItems: 100 }),
      ),
    ),
    workspaceIds: s.optional(s.array(text.uuid(), { maxItems: 1000 })),
    expiresAt: s.optional(s.nullable(text.dateTime())),
  },
  closed,
);
export const Key = s.object({
  id: text.uuid(),
  workspaceId: text.uuid(),
  name: s.nullable(s.string()),
  dialect: s.oneOf(KEY_DIALECTS),
  kind: s.oneOf(KEY_KINDS),
  prefix: s.string(),
  scopes: s.nullable(s.array(s.string())),
  workspaceIds: s.array(text.uuid()),
  createdAt: text.dateTime(),
  expiresAt: s.nullable(text.dateTime()),
  revokedAt: s.nullable(text.dateTime()),
});
export const NewKey = s.object({
  ...Key.properties,
  key: s.string({ description: 'The key itself. It is shown this once.' }),
});
export const WorkspaceQuery = s.object({ ...ListQuery.properties, workspaceId: s.optional(text.uuid()) });

export const UserInput = s.object(
  {
    workspaceId: s.optional(text.uuid()),
    email: s.string({ format: 'email', maxLength: 254 }),
    password: s.string({ minLength: 10, maxLength: 1000 }),
    name: s.optional(s.nullable(s.string({ maxLength: 255 }))),
  },
  closed,
);
export const User = s.object({
  id: text.uuid(),
  workspaceId: text.uuid(),
  number: s.integer(),
  email: s.string(),
  name: s.nullable(s.string()),
  createdAt: text.dateTime(),
});
export const LoginInput = s.object(
  { email: s.string({ maxLength: 254 }), password: s.string({ maxLength: 1000 }) },
  closed,
);
export const Session = s.object({ token: s.string(), expiresAt: text.dateTime(), user: User });

const stamps = { id: text.uuid(), createdAt: text.dateTime(), updatedAt: text.dateTime() };

export { ContactInput, PhoneNumberInput };
export const PhoneNumber = s.object({ ...stamps, ...PhoneNumberInput.properties });
export const PhoneNumberPatch = s.object(
  {
    label: PhoneNumberInput.properties.label,
    agentId: PhoneNumberInput.properties.agentId,
    profileId: PhoneNumberInput.properties.profileId,
    outboundAgentId: PhoneNumberInput.properties.outboundAgentId,
    dailyCap: PhoneNumberInput.properties.dailyCap,
  },
  closed,
);
export const ToolInput = ToolSpec;
export const ToolPatch = s.partial(ToolSpec, closed);
export const Tool = s.object({ ...stamps, ...ToolSpec.properties });
export const Contact = s.object({ ...stamps, ...ContactInput.properties });
export const Voice = s.object({
  id: s.string(),
  name: s.string(),
  provider: s.string(),
  language: s.string(),
  gender: s.oneOf(['male', 'female', 'neutral']),
});
export const Model = s.object({
  id: s.string(),
  uuid: text.uuid(),
  name: s.string(),
  provider: s.string(),
  kind: s.oneOf(['chat', 'stt', 'tts', 'sts']),
  contextWindow: s.optional(s.integer()),
  usable: s.boolean(),
});
