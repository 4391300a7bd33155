/**
 * Joins what the journal has gathered onto the hash chain of each workspace. Those who write never wait for it: they
 * leave their rows open, and whichever node looks next seals them in one go. Several nodes may try; one of them wins.
 */

import type { Statement } from '../db/engine.ts';
import { createPoller, type SetTimer } from '../lib/poller.ts';
import { type ChainedEntry, chainHash } from './entry.ts';
import type { AuditStore } from './store.ts';

/** What else has to be written in the transaction that seals these entries, such as who is to be told of them. */
export type ExtraStatements = (workspaceId: string, entries: readonly ChainedEntry[]) => Promise<readonly Statement[]>;

const BUSY_MS = 250;
/** A little less than the second within which an entry is to be sealed. */
const IDLE_MS = 900;
/** Entries that one transaction seals: few enough that neither the event loop nor those who write notice. */
const BATCH = 200;
/** Workspaces that are asked for together, and that are sealed at the same time. */
const WORKSPACES = 200;
const AT_ONCE = 4;
/** Whoever loses so often in a row leaves the rest to the next round. */
const ATTEMPTS = 10;

export interface ChainWriter {
  /** Seals what waits in every workspace; answers how many entries that were. */
  chainDue(): Promise<number>;
  /** Seals what waits in one workspace. */
  seal(workspaceId: string): Promise<number>;
  /** From now on sealing happens by itself. */
  start(report: (error: unknown) => void): void;
  /** Ends that, after sealing what is left. */
  stop(): Promise<void>;
}

export interface ChainWriterOptions {
  auditLog: Pick<AuditStore, 'unsealedWorkspaces' | 'unsealed' | 'chain' | 'seal'>;
  extra?: ExtraStatements;
  setTimer?: SetTimer;
}

export function createChainWriter({
  auditLog,
  extra = async () => [],
  setTimer: later,
}: ChainWriterOptions): ChainWriter {
  const chainBatch = async (workspaceId: string): Promise<number> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // The end of the chain first: what another node seals after that makes the guard of the write fail.
      const end = await auditLog.chain(workspaceId);
      const open = await auditLog.unsealed(workspaceId, BATCH);
      if (open.length === 0) return 0;
      const entries = chained(end, open);
      const links = entries.map(({ id, seq, hash }) => ({ id, seq, hash }));
      if (await auditLog.seal(workspaceId, end, links, await extra(workspaceId, entries))) return entries.length;
    }
    return 0;
  };

  const seal = async (workspaceId: string): Promise<number> => {
    let total = 0;
    let sealed = BATCH;
    while (sealed === BATCH) {
      sealed = await chainBatch(workspaceId);
      total += sealed;
    }
    return total;
  };

  /** One batch of each workspace at a time, so that a long backlog of one keeps nobody else waiting. */
  const chainDue = async (): Promise<number> => {
    let total = 0;
    const failures: unknown[] = [];
    for (let more = true; more; ) {
      const due = await auditLog.unsealedWorkspaces(WORKSPACES);
      const sealed: number[] = [];
      for (let i = 0; i < due.length; i += AT_ONCE) {
        const outcomes = await Promise.allSettled(due.slice(i, i + AT_ONCE).map(chainBatch));
        for (const outcome of outcomes)
          if (outcome.status === 'fulfilled') sealed.push(outcome.value);
          else failures.push(outcome.reason);
      }
      const progress = sealed.reduce((sum, count) => sum + count, 0);
      total += progress;
      more = progress > 0 && (due.length === WORKSPACES || sealed.includes(BATCH));
    }
    // The trouble of one workspace keeps no other from being sealed; it is told of all the same.
    if (failures.length > 0) throw failures[0];
    return total;
  };

  const poller = createPoller({
    work: async () => (await chainDue()) > 0,
    busyMs: BUSY_MS,
    idleMs: IDLE_MS,
    ...(later && { setTimer: later }),
  });
  let tell: (error: unknown) => void = () => {};

  return {
    chainDue,
    seal,
    start(report) {
      tell = report;
      poller.start(report);
    },
    async stop() {
      if (!(await poller.stop())) return;
      // A store that cannot be reached any more is no reason not to stop; the next start seals the rest.
      await chainDue().catch(tell);
    },
  };
}

/** The entries with their places and seals, as they continue a chain. */
function chained(end: { seq: number; hash: string }, open: readonly ChainedEntry[]) {
  let { seq, hash } = end;
  return open.map((entry) => {
    seq += 1;
    hash = chainHash(hash, seq, entry);
    return { ...entry, seq, hash };
  });
}
