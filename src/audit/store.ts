/** The rows of the audit log: one for every accepted write, inserted in the transaction of that write. */

import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { prepared, type Sql, sqlFor } from '../db/sql.ts';
import type { JournalTable } from '../db/tables.ts';
import type { ChainedEntry, Entry } from './entry.ts';

export type AuditStore = ReturnType<typeof auditStore>;

/** The statement that inserts an entry, for the write that the entry is about. */
export type Recorder = (workspaceId: string, entry: Entry) => Statement;

export function recorder(engine: Engine): Recorder {
  const db = sqlFor(engine);
  const insert = prepared<[string, string, string, string, string, string, string, number | null, string]>((slot) =>
    db.insertInto('journal').values({
      workspace_id: slot(0),
      id: slot(1),
      at: slot(2),
      by: slot(3),
      via: slot(4),
      action: slot(5),
      target: slot(6),
      revision: slot(7),
      detail: slot(8),
    } as never),
  );
  return (workspaceId, { id, at, by, via, action, target, revision, detail }) =>
    insert(workspaceId, id, at, by, via, action, target, revision, JSON.stringify(detail));
}

export interface AuditFilter {
  action?: string;
  target?: string;
  by?: string;
  via?: string;
  since?: string;
  until?: string;
}

interface Link {
  id: string;
  seq: number;
  hash: string;
}

/** Rows that one statement chains: on a remote database, each statement is a round trip. */
const LINKS_BATCH_SIZE = 50;
const valuesOf = (links: readonly Link[]) => links.flatMap(({ id, seq, hash }) => [id, seq, hash]);

/** Chains `count` rows of a workspace. The arguments are the workspace, then the id, place and hash of each row. */
function chainRows(db: Sql, count: number) {
  return prepared<[string, ...(string | number)[]]>((slot) => {
    const row = (_: unknown, i: number) =>
      sql`(${slot(0)}, ${slot(3 * i + 1)}, cast(${slot(3 * i + 2)} as integer), ${slot(3 * i + 3)})`;
    const rows = sql.join(Array.from({ length: count }, row));
    // Each row names the workspace: with the workspace in one condition, a planner may read all rows of the workspace.
    const query = sql`with link (workspace_id, id, seq, hash) as (values ${rows})
      update journal set seq = link.seq, hash = link.hash from link
      where journal.workspace_id = link.workspace_id and journal.id = link.id`;
    return { compile: () => query.compile(db) };
  });
}

export function auditStore(engine: Engine) {
  const db = sqlFor(engine);
  const chainMany = chainRows(db, LINKS_BATCH_SIZE);
  const chainOne = chainRows(db, 1);
  const workspacesToChain = prepared<[number]>((slot) =>
    db.selectFrom('journal').select('workspace_id').distinct().where('seq', 'is', null).limit(slot<number>(0)),
  );
  const unchained = prepared<[string, number]>((slot) =>
    db
      .selectFrom('journal')
      .selectAll()
      .where('workspace_id', '=', slot<string>(0))
      .where('seq', 'is', null)
      .orderBy('at')
      .orderBy('target')
      .orderBy('revision')
      .orderBy('id')
      .limit(slot<number>(1)),
  );
  const chainOf = prepared<[string]>((slot) =>
    db.selectFrom('chains').select(['seq', 'hash']).where('workspace_id', '=', slot<string>(0)),
  );

  return {
    /** Newest first. This is the order of the ids, which begin with the time and, unlike the times, have an index. */
    async list(workspaceId: string, filter: AuditFilter, limit: number, after?: string): Promise<ChainedEntry[]> {
      let query = db.selectFrom('journal').selectAll().where('workspace_id', '=', workspaceId);
      if (filter.action?.endsWith('.*')) query = query.where('action', 'like', `${filter.action.slice(0, -1)}%`);
      else if (filter.action) query = query.where('action', '=', filter.action);
      if (filter.target) query = query.where('target', '=', filter.target);
      if (filter.by) query = query.where('by', '=', filter.by);
      if (filter.via) query = query.where('via', '=', filter.via);
      if (filter.since) query = query.where('at', '>=', filter.since);
      if (filter.until) query = query.where('at', '<', filter.until);
      if (after) query = query.where('id', '<', after);
      return (await engine.read(query.orderBy('id', 'desc').limit(limit).compile())).map(entryOf);
    },

    /** The ids of all workspaces that have entries or a chain. */
    async workspaces(): Promise<string[]> {
      const query = db
        .selectFrom('journal')
        .select('workspace_id')
        .union(db.selectFrom('chains').select('workspace_id'))
        .orderBy('workspace_id');
      return (await engine.read(query.compile())).map((row) => String(row['workspace_id']));
    },

    /** The number of entries of a workspace that are not chained yet. */
    async countUnchained(workspaceId: string): Promise<number> {
      const query = db
        .selectFrom('journal')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('workspace_id', '=', workspaceId)
        .where('seq', 'is', null);
      const [row] = await engine.read(query.compile());
      return Number(row?.['count']);
    },

    /** The ids of workspaces with entries that are not chained yet. */
    async workspacesToChain(limit: number): Promise<string[]> {
      return (await engine.read(workspacesToChain(limit))).map((row) => String(row['workspace_id']));
    },

    /** Entries that are not chained yet, oldest first. */
    async unchained(workspaceId: string, limit: number): Promise<ChainedEntry[]> {
      return (await engine.read(unchained(workspaceId, limit))).map(entryOf);
    },

    /** The place and hash of the last chained entry; place 0 and an empty hash when there is none. */
    async chainEnd(workspaceId: string): Promise<{ seq: number; hash: string }> {
      const [row] = await engine.read(chainOf(workspaceId));
      return row ? { seq: Number(row['seq']), hash: String(row['hash']) } : { seq: 0, hash: '' };
    },

    /** Chained entries after a place, in order. */
    async chained(workspaceId: string, afterSeq: number, limit: number): Promise<ChainedEntry[]> {
      const query = db
        .selectFrom('journal')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit);
      return (await engine.read(query.compile())).map(entryOf);
    },

    /**
     * Appends entries to the chain, with the extra statements in the same transaction. Answers false, and writes
     * nothing, when another node has appended after `from`.
     */
    async appendToChain(
      workspaceId: string,
      from: { seq: number },
      links: readonly Link[],
      extra: readonly Statement[] = [],
    ): Promise<boolean> {
      const last = links.at(-1)!;
      const end = { seq: last.seq, hash: last.hash };
      const moveEnd =
        from.seq === 0
          ? db
              .insertInto('chains')
              .values({ workspace_id: workspaceId, ...end })
              .onConflict((oc) => oc.doNothing())
          : db.updateTable('chains').set(end).where('workspace_id', '=', workspaceId).where('seq', '=', from.seq);
      const inBatches = links.length - (links.length % LINKS_BATCH_SIZE);
      const statements: Statement[] = [moveEnd.compile()];
      for (let i = 0; i < inBatches; i += LINKS_BATCH_SIZE)
        statements.push(chainMany(workspaceId, ...valuesOf(links.slice(i, i + LINKS_BATCH_SIZE))));
      for (const link of links.slice(inBatches)) statements.push(chainOne(workspaceId, ...valuesOf([link])));
      statements.push(...extra);
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}

function entryOf(row: ResultRow): ChainedEntry {
  const { workspace_id, id, at, by, via, action, target, revision, detail, seq, hash } = row as unknown as JournalTable;
  return {
    workspaceId: workspace_id,
    id,
    at,
    by,
    via,
    action,
    target,
    revision: revision === null ? null : Number(revision),
    detail: detailOf(detail),
    seq: seq === null ? null : Number(seq),
    hash,
  };
}

/** Text that the server did not write is answered as it is. The verification of the chain finds the change. */
function detailOf(text: string): Entry['detail'] {
  try {
    const detail = JSON.parse(text) as Entry['detail'];
    if (JSON.stringify(detail) === text) return detail;
  } catch {
    // The text is not JSON.
  }
  return { unreadable: text };
}
