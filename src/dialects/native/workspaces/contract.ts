/** Schemas of workspaces. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { ListQuery } from '../paging.ts';
import { closed } from '../shared.ts';

export const WorkspaceInput = s.object({ name: text.nonBlank(255) }, closed);
export type WorkspaceInput = s.Static<typeof WorkspaceInput>;

export const Workspace = s.object({
  id: text.uuid(),
  number: s.integer(),
  name: s.string(),
  createdAt: text.dateTime(),
});

/** The query of a list of one workspace; the workspace of the caller by default. */
export const WorkspaceQuery = s.object({ ...ListQuery.properties, workspaceId: s.optional(text.uuid()) });
export type WorkspaceQuery = s.Static<typeof WorkspaceQuery>;
