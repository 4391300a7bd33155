/** Guarded writes of heads. Those that arrive while others are in flight share one statement, and so one commit. */
import type { ResultRow, Revise, Statement } from '../engine.ts';
import { isStatementError } from './errors.ts';

/** The limits of one statement: its writes, and the total length of their documents. */
const MAX_BATCH_SIZE = 128;
const MAX_BATCH_CHARACTERS = 8_000_000;
/** Statements in flight. */
const MAX_PARALLEL_BATCHES = 4;

interface Waiting {
  change: Revise;
  resolve: (won: boolean) => void;
  reject: (error: Error) => void;
}

const keyOf = ({ workspaceId, id }: Revise): string => `${workspaceId} ${id}`;

/** Answers a function that writes heads in batches with `run`. */
export function reviser(run: (statement: Statement) => Promise<ResultRow[]>) {
  let queue: Waiting[] = [];
  let inFlight = 0;
  let scheduled = false;

  const send = async (batch: Waiting[]): Promise<void> => {
    try {
      const rows = await run(reviseAll(batch.map(({ change }) => change)));
      const won = new Set(rows.map((row) => `${row['workspace_id']} ${row['id']}`));
      for (const { change, resolve } of batch) resolve(won.has(keyOf(change)));
      dismissLate(batch);
    } catch (error) {
      // One bad write must not fail the others: each is sent alone, under the same guard.
      if (batch.length > 1 && isStatementError(error)) for (const waiting of batch) await send([waiting]);
      else for (const { reject } of batch) reject(error as Error);
    }
  };

  /** After a write has won or lost, its revision is not the head any more: queued writes from it or older have lost. */
  const dismissLate = (batch: Waiting[]): void => {
    if (queue.length === 0) return;
    const settled = new Map(batch.map(({ change }) => [keyOf(change), change.from]));
    const isLate = ({ change }: Waiting) => change.from <= (settled.get(keyOf(change)) ?? -1);
    const late = queue.filter(isLate);
    if (late.length === 0) return;
    queue = queue.filter((waiting) => !isLate(waiting));
    for (const { resolve } of late) resolve(false);
  };

  const takeBatch = (): Waiting[] => {
    const taken = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    let characters = 0;
    for (const waiting of queue) {
      const { change } = waiting;
      const key = keyOf(change);
      // One write for each agent, because the guard lets only one of them win.
      const fits = batch.length === 0 || characters + change.columns.document.length <= MAX_BATCH_CHARACTERS;
      if (batch.length === MAX_BATCH_SIZE || taken.has(key) || !fits) {
        later.push(waiting);
        continue;
      }
      taken.add(key);
      batch.push(waiting);
      characters += change.columns.document.length;
    }
    queue = later;
    return batch;
  };

  const flush = (): void => {
    scheduled = false;
    while (inFlight < MAX_PARALLEL_BATCHES && queue.length > 0) {
      inFlight += 1;
      send(takeBatch()).then(() => {
        inFlight -= 1;
        flush();
      });
    }
  };

  return (change: Revise): Promise<boolean> =>
    new Promise((resolve, reject) => {
      queue.push({ change, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      // All writes of this turn of the event loop go into one batch.
      setImmediate(flush);
    });
}

/** One statement for any number of writes. It locks rows in order, so that two of these statements cannot deadlock. */
export function reviseAll(changes: Revise[]): Statement {
  const column = (pick: (change: Revise) => unknown) => changes.map(pick);
  return {
    sql: `with input as (
      select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
        $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
      as i(workspace_id, id, from_revision, name, folded_name, status, visibility, language, voice_platform,
        interview_type, interview_focus, document, updated_at, deleted_at, at, by, via, edits, journal_id, action,
        detail)
    ), locked as materialized (
      select a.workspace_id, a.id from agents a join input i using (workspace_id, id)
      where a.revision = i.from_revision and a.deleted_at is null order by a.workspace_id, a.id for update of a
    ), head as (
      update agents a set revision = i.from_revision + 1, name = i.name, folded_name = i.folded_name,
        status = i.status, visibility = i.visibility, language = i.language, voice_platform = i.voice_platform,
        interview_type = i.interview_type, interview_focus = i.interview_focus, document = i.document,
        updated_at = i.updated_at, deleted_at = i.deleted_at
      from input i join locked l using (workspace_id, id)
      where a.workspace_id = i.workspace_id and a.id = i.id and a.revision = i.from_revision and a.deleted_at is null
      returning a.workspace_id, a.id
    ), log as (
      insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
      select i.workspace_id, i.id, i.from_revision + 1, i.at, i.by, i.via, i.edits, i.document
      from input i join head using (workspace_id, id)
    ), journal as (
      insert into journal (workspace_id, id, at, by, via, action, target, revision, detail)
      select i.workspace_id, i.journal_id, i.at, i.by, i.via, i.action, i.id, i.from_revision + 1, i.detail
      from input i join head using (workspace_id, id)
    ) select workspace_id, id from head`,
    parameters: [
      column((c) => c.workspaceId),
      column((c) => c.id),
      column((c) => c.from),
      column((c) => c.columns.name),
      column((c) => c.columns.folded_name),
      column((c) => c.columns.status),
      column((c) => c.columns.visibility),
      column((c) => c.columns.language),
      column((c) => c.columns.voice_platform),
      column((c) => c.columns.interview_type),
      column((c) => c.columns.interview_focus),
      column((c) => c.columns.document),
      column((c) => c.columns.updated_at),
      column((c) => c.columns.deleted_at),
      column((c) => c.revision.at),
      column((c) => c.revision.by),
      column((c) => c.revision.via),
      column((c) => c.revision.edits),
      column((c) => c.auditLog.id),
      column((c) => c.auditLog.action),
      column((c) => c.auditLog.detail),
    ],
  };
}
