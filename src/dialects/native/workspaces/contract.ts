/** Schemas of workspaces, keys, users and sessions. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { KEY_DIALECTS, KEY_KINDS } from '../../../workspaces/workspace.ts';
import { ListQuery } from '../contract.ts';

const closed = { additionalProperties: false };

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
