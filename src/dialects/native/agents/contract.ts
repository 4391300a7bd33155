/** Schemas of agents: the document of the agent and its identity. */
import { AgentDocument } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { Label } from '../labels/contract.ts';
import { ListQuery } from '../paging.ts';
import { revisionNumber } from '../shared.ts';

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

/** The schema of a field in a patch: subfields are optional, null clears optional ones, and read-only ones are left out. */
function patchOf(schema: s.Schema): s.Schema {
  const fact = schema['x-fact'];
  const { required: _required, ...rest } = schema;
  if (fact === 'dictionary')
    return {
      ...rest,
      propertyNames: { pattern: '^(@default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' },
      additionalProperties: patchOf(schema['additionalProperties'] as s.Schema),
    };
  if (fact === 'map' || fact === 'clearable' || fact === 'inherits') return s.nullable(schema);
  if (fact !== undefined || !schema.properties) return schema;
  const writable = Object.entries(schema.properties).filter(([, inner]) => inner['x-fact'] !== 'computed');
  const properties = Object.fromEntries(writable.map(([key, inner]) => [key, s.optional(patchOf(inner))]));
  return s.nullable({ ...rest, properties });
}
const patchFields = Object.fromEntries(
  Object.entries(AgentDocument.properties).map(([key, field]) => [key, s.optional(patchOf(field))]),
);

const pointers = (description: string) => s.array(s.string(), { description });

/** The effect of a write. `liveConversations` keep the revision that they started with. */
export const Receipt = s.object({
  revision: s.integer(),
  changed: pointers('Pointers to the values that changed.'),
  unchanged: pointers('Pointers to the values that were sent and did not change.'),
  ignored: pointers('Pointers to the fields that were ignored.'),
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
  { description: 'A JSON Patch (RFC 6902). The server applies all of its operations or none.' },
);
export const PATCH_KINDS: Record<string, s.Schema> = {
  'application/merge-patch+json': AgentPatch,
  'application/json-patch+json': JsonPatch,
};
export const AgentDraft = s.object(
  { ...patchFields, name: AgentDocument.properties.name },
  { description: 'Every field except the name has a default.' },
);

export const AgentListQuery = s.object({
  ...ListQuery.properties,
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
  status: s.optional(s.oneOf(['active', 'paused', 'archived'])),
  language: s.optional(s.string({ description: 'Language of the default profile, such as `en`.' })),
});
export type AgentListQuery = s.Static<typeof AgentListQuery>;

export const AgentQuery = s.object({
  label: s.optional(s.string({ description: 'Answers the revision with this label, and the label.' })),
  revision: s.optional(revisionNumber('Answers this revision instead of the latest.')),
});
export type AgentQuery = s.Static<typeof AgentQuery>;
export const SelectedAgent = s.object({ ...Agent.properties, label: s.optional(Label) });
