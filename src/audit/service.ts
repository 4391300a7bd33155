/** Lists the audit log of a workspace. */

import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { ChainedEntry } from './entry.ts';
import type { AuditFilter } from './store.ts';

export interface AuditService {
  /** Entries of the caller's workspace, newest first. `after` is the id of the last entry of the page before. */
  list(caller: Caller, filter: AuditFilter, limit: number, after?: string): Promise<ChainedEntry[]>;
}

/** A time of the filter in the form that the audit log stores, because the log compares times as text. */
function parseTime(path: string, text: string): string {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  const message = 'must be a date and time like 2030-01-31T09:00:00Z';
  throw new Fault('invalid_query', { issues: [{ path, message, rule: 'format' }], message: `${path} ${message}` });
}

export function auditService({ store }: Context): AuditService {
  return {
    async list(caller, filter, limit, after) {
      const { since, until, target, ...rest } = filter;
      const normalized = {
        ...(target && { target: target.toLowerCase() }),
        ...(since && { since: parseTime('since', since) }),
        ...(until && { until: parseTime('until', until) }),
      };
      return store.auditLog.list(caller.workspaceId, { ...rest, ...normalized }, limit, after);
    },
  };
}
