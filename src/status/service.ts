/** The status of this node, for operators. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Snapshot, Status } from './status.ts';

export interface StatusService {
  /** Queues of the whole installation and workers of this node. Faults: `scope_missing` without an operator key. */
  current(caller: Pick<Caller, 'kind'>): Promise<Status>;
}

export interface StatusParts {
  version: string;
  /** Something that works in the background and can be looked into, by its name. */
  workers: Readonly<Record<string, { snapshot(): Snapshot }>>;
}

export function statusService({ store, now }: Context, { version, workers }: StatusParts): StatusService {
  const startedAt = now().toISOString();
  return {
    async current({ kind }) {
      if (kind !== 'operator')
        throw new Fault('scope_missing', { scope: 'status:read', message: 'Only operator keys read the status.' });
      const at = now().toISOString();
      return {
        version,
        startedAt,
        at,
        engine: store.engine.name,
        queues: await store.status.queues(at),
        workers: Object.fromEntries(Object.entries(workers).map(([name, worker]) => [name, worker.snapshot()])),
      };
    },
  };
}
