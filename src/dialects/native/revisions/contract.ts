/** Schemas of an agent's revisions, their comparison, and rollbacks. */
import { AgentDocument } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { author, closed, revisionNumber } from '../shared.ts';

const Edit = s.object({
  op: s.oneOf(['set', 'unset', 'merge']),
  path: s.string(),
  value: s.optional(s.unknown()),
});

export const Revision = s.object({
  number: s.integer(),
  at: text.dateTime(),
  by: author(),
  via: s.string({ description: 'The API that made the change.' }),
  changed: s.array(s.string(), { description: 'Paths of the fields that changed.' }),
  edits: s.array(Edit, { description: 'Applied to the revision before, they give this one.' }),
  labels: s.array(s.string(), { description: 'Names of the labels that are on it.' }),
});
export const RevisionWithDocument = s.object({ ...Revision.properties, document: AgentDocument });

export const DiffQuery = s.object({
  from: revisionNumber('The revision to start with.'),
  to: s.optional(revisionNumber('The revision to end with; the latest by default.')),
});
export type DiffQuery = s.Static<typeof DiffQuery>;
export const Diff = s.object({
  from: s.integer(),
  to: s.integer(),
  changes: s.array(
    s.object({
      path: s.string(),
      pointer: s.string(),
      before: s.unknown({ description: 'null where the field was absent.' }),
      after: s.unknown({ description: 'null where the field is absent.' }),
    }),
  ),
  patch: s.array(s.json(), { description: 'The same as a JSON Patch (RFC 6902).' }),
});

export const Rollback = s.object({ to: revisionNumber('The revision whose document the agent gets back.') }, closed);
