/** Audit entries in the native API. */
import type { ChainedEntry } from '../../../audit/entry.ts';
import { isUuid } from '../../../lib/text.ts';
import { decodeCursor, invalidCursor } from '../paging.ts';
import type { AuditQuery } from './contract.ts';

/** The page, its filter, and the id of the last entry of the page before. */
export function parseQuery({ limit, cursor, ...filter }: AuditQuery) {
  const after = cursor ? decodeCursor(cursor) : undefined;
  if (after !== undefined && !isUuid(after)) throw invalidCursor();
  return { limit, filter, after };
}

export function formatEntry({ workspaceId: _workspace, ...entry }: ChainedEntry) {
  return entry;
}
