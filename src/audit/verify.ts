/** Verifies a hash chain by computing every hash again: this finds entries that were changed, removed, added or moved. */
import { type ChainedEntry, chainHash } from './entry.ts';
import type { AuditReader } from './reader-store.ts';

export interface Verdict {
  /** The number of intact entries, counted from the first. */
  entries: number;
  /** The hash of the last intact entry. */
  hash: string;
  /** What is wrong at the first broken place; null when the chain is intact. */
  broken: string | null;
}

/** Entries that one query reads. */
const PAGE_SIZE = 1000;
/** Below every place that the column can hold, so that entries added before the first one are found. */
const BEFORE_ALL = -(2 ** 31);

/** Verifies the chain of a workspace, also while it grows. `onPage` gets the number of entries verified so far. */
export async function verifyChain(
  auditLog: AuditReader,
  workspaceId: string,
  onPage: (entries: number) => void = () => {},
): Promise<Verdict> {
  let last = { seq: 0, hash: '' };
  const verdict = (broken: string | null): Verdict => ({ entries: last.seq, hash: last.hash, broken });
  for (let from = BEFORE_ALL; ; from = last.seq) {
    // The end is read before the page: the entry that it names was written with it, so that the page must have it.
    const end = await auditLog.chainEnd(workspaceId);
    const page = await auditLog.chained(workspaceId, from, PAGE_SIZE);
    for (const entry of page) {
      const problem = problemOf(last, entry);
      if (problem) return verdict(problem);
      last = { seq: entry.seq!, hash: entry.hash! };
    }
    onPage(last.seq);
    if (page.length === PAGE_SIZE) continue;
    if (last.seq < end.seq) return verdict(`${places(last.seq + 1, end.seq)} missing at the end`);
    if (last.seq === end.seq) return verdict(last.hash === end.hash ? null : END_DIFFERS);
    // The page has entries after the end: either the chain has grown since, or they were added without moving the end.
    if ((await auditLog.chainEnd(workspaceId)).seq >= last.seq) continue;
    return verdict(`entry ${last.seq} is after the end of the chain, which is entry ${end.seq}`);
  }
}

const END_DIFFERS = 'the hash stored as the end of the chain differs from the hash of the last entry';

function problemOf(last: { seq: number; hash: string }, entry: ChainedEntry): string | undefined {
  const { seq, hash, action, target, at } = entry;
  const next = last.seq + 1;
  if (seq! < next) return `entry ${seq} (${action} ${target}, ${at}) was added`;
  if (seq! > next) return `${places(next, seq! - 1)} missing`;
  if (chainHash(last.hash, next, entry) === hash) return undefined;
  return `entry ${next} (${action} ${target}, ${at}) does not match its hash: it was changed, moved or added, or an entry before it was removed`;
}

const places = (first: number, last: number): string =>
  first === last ? `entry ${first} is` : `entries ${first} to ${last} are`;
