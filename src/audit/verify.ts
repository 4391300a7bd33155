/** Walks a chain and recomputes every seal, so that nothing can have been changed, taken out, put in or moved unseen. */
import { type ChainedEntry, chainHash } from './entry.ts';
import type { AuditReader } from './reader-store.ts';

export interface Verdict {
  /** Entries from the first on that are as they were sealed. */
  entries: number;
  /** The seal of the last of them. */
  hash: string;
  /** What is wrong with the chain at the first place where it does not hold; null when it is intact. */
  broken: string | null;
}

/** Entries that are read at a time. */
const PAGE = 1000;
/** Before any place that the tables can hold, so that nothing hides in front of the first one. */
const BEFORE_ALL = -(2 ** 31);

/** `onPage` is told how many entries have been looked at. The chain may grow meanwhile. */
export async function verifyChain(
  auditLog: Pick<AuditReader, 'chain' | 'sealed'>,
  workspaceId: string,
  onPage: (entries: number) => void = () => {},
): Promise<Verdict> {
  let last = { seq: 0, hash: '' };
  const verdict = (broken: string | null): Verdict => ({ entries: last.seq, hash: last.hash, broken });
  for (let from = BEFORE_ALL; ; from = last.seq) {
    // Read before the page: whatever this end stands for was written together with it, and must be there.
    const end = await auditLog.chain(workspaceId);
    const page = await auditLog.sealed(workspaceId, from, PAGE);
    for (const entry of page) {
      const wrong = wrongWith(last, entry);
      if (wrong) return verdict(wrong);
      last = { seq: entry.seq!, hash: entry.hash! };
    }
    onPage(last.seq);
    if (page.length === PAGE) continue;
    if (last.seq < end.seq) return verdict(`${places(last.seq + 1, end.seq)} missing at the end`);
    if (last.seq === end.seq) return verdict(last.hash === end.hash ? null : NOT_ITS_END);
    // Longer than it was: either it has grown since, or somebody put entries behind its end.
    if ((await auditLog.chain(workspaceId)).seq >= last.seq) continue;
    return verdict(`entry ${last.seq} is behind the end of the chain, which is entry ${end.seq}`);
  }
}

const NOT_ITS_END = 'the seal that is kept as the end of the chain is not the one of its last entry';

function wrongWith(last: { seq: number; hash: string }, entry: ChainedEntry): string | undefined {
  const { seq, hash, action, target, at } = entry;
  const next = last.seq + 1;
  if (seq! < next) return `entry ${seq} (${action} ${target}, ${at}) was put in`;
  if (seq! > next) return `${places(next, seq! - 1)} missing`;
  if (chainHash(last.hash, next, entry) === hash) return undefined;
  return `entry ${next} (${action} ${target}, ${at}) does not bear its own seal: it was changed, moved or put in, or one before it was taken out`;
}

const places = (first: number, last: number): string =>
  first === last ? `entry ${first} is` : `entries ${first} to ${last} are`;
