/** Schemas of the audit log. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { DIALECTS } from '../../../workspaces/workspace.ts';
import { ListQuery } from '../contract.ts';

const action = (pattern: string, like: string, options: Record<string, unknown> = {}) =>
  s.string({ pattern, 'x-pattern-is': `like ${like}`, ...options });
export const AuditQuery = s.object({
  ...ListQuery.properties,
  action: s.optional(
    action('^[a-z_]+\\.([a-z_]+|\\*)$', 'agent.updated or agent.*', {
      description: 'An action, `agent.updated`, or all actions on a kind of record, `agent.*`.',
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
  target: s.string({ description: 'The id of the record.' }),
  revision: s.nullable(s.integer({ description: 'The revision that the action made, where the record has revisions.' })),
  detail: s.object({}, { additionalProperties: true }),
  seq: s.nullable(s.integer({ description: 'Its place in the hash chain of the workspace; null until it is chained, within a second.' })),
  hash: s.nullable(s.string({ description: 'SHA-256 over the entry, its place and the hash before it.' })),
});
