/** The workspace that a request names. */
import type { Caller } from '../../../workspaces/caller.ts';

/** A request that names no workspace means the workspace of its caller. */
export const inOwnWorkspace = <T extends { workspaceId?: string | undefined }>(
  { workspaceId }: Caller,
  fields: T,
): T & { workspaceId: string } => ({ ...fields, workspaceId: fields.workspaceId ?? workspaceId });
