/** Schemas of API keys. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { KEY_DIALECTS, KEY_KINDS } from '../../../workspaces/workspace.ts';
import { closed } from '../shared.ts';

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
export type KeyInput = s.Static<typeof KeyInput>;

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
  key: s.string({ description: 'The key itself. Only this answer contains it.' }),
});
