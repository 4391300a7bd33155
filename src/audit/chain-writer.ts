/**
 * Appends new audit entries to the hash chain of each workspace. Writes never wait for the chain: they leave their
 * entries unchained, and any node appends them in batches. When two nodes try, the guarded write lets one of them win.
 */

import type { Statement } from '../db/engine.ts';
import { createPoller, type Poller, type SetTimer } from '../lib/poller.ts';
import { type ChainedEntry, chainHash } from './entry.ts';
import type { AuditStore } from './store.ts';

/** Statements that must be written in the transaction that chains these entries, such as webhook deliveries. */
export type ExtraStatements = (workspaceId: string, entries: readonly ChainedEntry[]) => Promise<readonly Statement[]>;

const BUSY_MS = 250;
/** A little less than the second within which an entry must be chained. */
const IDLE_MS = 900;
/** Entries of one transaction: few enough that neither the event loop nor other writes are held up. */
const BATCH_SIZE = 200;
/** Workspaces that one query finds, and those of them that are chained in parallel. */
const WORKSPACES_BATCH_SIZE = 200;
const MAX_PARALLEL = 4;
/** Attempts of one batch against other nodes. After that the entries wait for the next round. */
const MAX_ATTEMPTS = 10;

export interface ChainWriter {
  /** Chains the new entries of every workspace; answers the number of entries. Throws the first error at the end. */
  chainDue(): Promise<number>;
  /** Chains the new entries of one workspace; answers the number of entries. */
  chainWorkspace(workspaceId: string): Promise<number>;
  /** Starts chaining in the background. `report` gets the first of several errors in a row. */
  start(report: (error: unknown) => void): void;
  /** Stops the background work, after one last round. */
  stop(): Promise<void>;
  /** The state of the writer, for operators. */
  snapshot(): ChainWriterSnapshot;
}

export interface ChainWriterSnapshot {
  running: boolean;
  /** Workspaces that the round in progress has found and not chained yet. */
  workspacesPending: number;
  /** Entries that this node has chained since it started. */
  entriesChained: number;
  /** The error of the last round; null when it succeeded. */
  lastError: string | null;
}

export interface ChainWriterOptions {
  auditLog: AuditStore;
  extra?: ExtraStatements;
  setTimer?: SetTimer;
}

export const createChainWriter = (options: ChainWriterOptions): ChainWriter => new BatchChainWriter(options);

class BatchChainWriter implements ChainWriter {
  readonly #auditLog: ChainWriterOptions['auditLog'];
  readonly #extra: ExtraStatements;
  readonly #poller: Poller;
  #report: (error: unknown) => void = () => {};
  #running = false;
  #workspacesPending = 0;
  #entriesChained = 0;
  #lastError: string | null = null;

  constructor({ auditLog, extra = async () => [], setTimer }: ChainWriterOptions) {
    this.#auditLog = auditLog;
    this.#extra = extra;
    this.#poller = createPoller({
      work: async () => (await this.chainDue()) > 0,
      busyMs: BUSY_MS,
      idleMs: IDLE_MS,
      ...(setTimer && { setTimer }),
    });
  }

  async chainDue(): Promise<number> {
    try {
      const total = await this.#chainAll();
      this.#lastError = null;
      return total;
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  async chainWorkspace(workspaceId: string): Promise<number> {
    let total = 0;
    let count = BATCH_SIZE;
    while (count === BATCH_SIZE) {
      count = await this.#chainBatch(workspaceId);
      total += count;
    }
    return total;
  }

  start(report: (error: unknown) => void): void {
    this.#report = report;
    this.#running = true;
    this.#poller.start(report);
  }

  async stop(): Promise<void> {
    const wasRunning = await this.#poller.stop();
    this.#running = false;
    // An unreachable database does not keep the node from stopping; the next start chains the rest.
    if (wasRunning) await this.chainDue().catch(this.#report);
  }

  snapshot(): ChainWriterSnapshot {
    return {
      running: this.#running,
      workspacesPending: this.#workspacesPending,
      entriesChained: this.#entriesChained,
      lastError: this.#lastError,
    };
  }

  async #chainAll(): Promise<number> {
    const failures: unknown[] = [];
    let total = 0;
    let more = true;
    while (more) {
      const due = await this.#auditLog.workspacesToChain(WORKSPACES_BATCH_SIZE);
      const counts = await this.#chainOneBatchOfEach(due, failures);
      const progress = counts.reduce((sum, count) => sum + count, 0);
      total += progress;
      more = progress > 0 && (due.length === WORKSPACES_BATCH_SIZE || counts.includes(BATCH_SIZE));
    }
    // A failing workspace does not keep the others from being chained; its error is thrown after them.
    if (failures.length > 0) throw failures[0];
    return total;
  }

  /** One batch of each workspace, so that a long backlog of one workspace does not hold up the others. */
  async #chainOneBatchOfEach(workspaceIds: readonly string[], failures: unknown[]): Promise<number[]> {
    const counts: number[] = [];
    this.#workspacesPending += workspaceIds.length;
    for (let i = 0; i < workspaceIds.length; i += MAX_PARALLEL) {
      const group = workspaceIds.slice(i, i + MAX_PARALLEL);
      const outcomes = await Promise.allSettled(group.map((workspaceId) => this.#chainBatch(workspaceId)));
      for (const outcome of outcomes)
        if (outcome.status === 'fulfilled') counts.push(outcome.value);
        else failures.push(outcome.reason);
      this.#workspacesPending -= group.length;
    }
    return counts;
  }

  async #chainBatch(workspaceId: string): Promise<number> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      // The end of the chain is read first: if another node appends after that, the guard of the write fails.
      const end = await this.#auditLog.chainEnd(workspaceId);
      const unchained = await this.#auditLog.unchained(workspaceId, BATCH_SIZE);
      if (unchained.length === 0) return 0;
      const entries = linked(end, unchained);
      const links = entries.map(({ id, seq, hash }) => ({ id, seq, hash }));
      if (await this.#auditLog.appendToChain(workspaceId, end, links, await this.#extra(workspaceId, entries))) {
        this.#entriesChained += entries.length;
        return entries.length;
      }
    }
    return 0;
  }
}

/** The entries with the places and hashes that continue a chain. */
function linked(end: { seq: number; hash: string }, entries: readonly ChainedEntry[]) {
  let { seq, hash } = end;
  return entries.map((entry) => {
    seq += 1;
    hash = chainHash(hash, seq, entry);
    return { ...entry, seq, hash };
  });
}
