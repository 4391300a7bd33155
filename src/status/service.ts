/** The status of this node, for operators. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Status } from './status.ts';

/** A background worker that an operator can look into. A snapshot holds counts and states, never secrets or numbers. */
export interface Worker {
  snapshot(): object;
}

export interface StatusService {
  /** Queues of the whole installation and workers of this node. Faults: `scope_missing` without an operator key. */
  current(caller: Pick<Caller, 'kind'>): Promise<Status>;
}

export function statusService({ store, now }: Context, workers: Readonly<Record<string, Worker>>): StatusService {
  const startedAt = now().toISOString();
  return {
    async current({ kind }) {
      if (kind !== 'operator')
        throw new Fault('scope_missing', { scope: 'status:read', message: 'Only operator keys read the status.' });
      const at = now().toISOString();
      return {
        startedAt,
        at,
        engine: store.engine.name,
        queues: await store.status.queues(at),
        workers: Object.fromEntries(Object.entries(workers).map(([name, worker]) => [name, worker.snapshot()])),
      };
    },
  };
}
