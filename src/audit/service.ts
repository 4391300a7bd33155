/** What the journal tells those who may read it. */

import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { ChainedEntry } from './entry.ts';
import type { AuditFilter } from './store.ts';

export type AuditService = ReturnType<typeof auditService>;

/** The journal's times are compared as text: every moment is put the way they are written. */
function moment(path: string, text: string): string {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  const message = 'must be a moment that clocks know';
  throw new Fault('invalid_query', { issues: [{ path, message, rule: 'format' }], message: `${path} ${message}` });
}

export function auditService({ store }: Context) {
  return {
    /** Newest first, from behind an entry on. */
    async list(caller: Caller, filter: AuditFilter, limit: number, after?: string): Promise<ChainedEntry[]> {
      const { since, until, target, ...rest } = filter;
      const plain = {
        ...(target && { target: target.toLowerCase() }),
        ...(since && { since: moment('since', since) }),
        ...(until && { until: moment('until', until) }),
      };
      return store.auditLog.list(caller.workspaceId, { ...rest, ...plain }, limit, after);
    },
  };
}
