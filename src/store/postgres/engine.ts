/** PostgreSQL through `pg`, for when one machine is not enough. */
import { DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import {
  AlreadyThere,
  ENGINE_FACTS,
  type Engine,
  type ResultRow,
  type Revise,
  type Statement,
  StoreUnavailable,
  type WriteJob,
} from '../engine.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../migrations/index.ts';

/** Updates that may share one statement, and statements that may be under way. */
const BATCH_SIZE = 128;
const BATCHES_AT_ONCE = 4;
const MIGRATION_LOCK = 4_747_001;

export interface PostgresOptions {
  url: string;
  now: () => Date;
  connections?: number;
}

interface Waiting {
  change: Revise;
  resolve: (won: boolean) => void;
  reject: (error: Error) => void;
}

export async function openPostgres({ url, now, connections = 10 }: PostgresOptions): Promise<Engine> {
  // Counters are bigint columns; they stay far below 2^53.
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  } as pg.CustomTypesConfig;
  const pool = new pg.Pool({ connectionString: url, max: connections, types });
  // A connection that dies while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  await migrate(pool, now);

  const run = async ({ sql, parameters }: Statement): Promise<pg.QueryResult<ResultRow>> => {
    try {
      return await pool.query<ResultRow>(sql, parameters as unknown[]);
    } catch (error) {
      throw translated(error);
    }
  };

  const queue: Waiting[] = [];
  let flying = 0;
  const flush = async (): Promise<void> => {
    if (flying >= BATCHES_AT_ONCE || queue.length === 0) return;
    const batch = takeBatch(queue);
    flying += 1;
    try {
      const { rows } = await run(reviseAll(batch.map(({ change }) => change)));
      const won = new Set(rows.map((row) => `${row['workspace_id']} ${row['id']}`));
      for (const { change, resolve } of batch) resolve(won.has(`${change.workspaceId} ${change.id}`));
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
    flying -= 1;
    void flush();
  };

  return {
    name: 'postgres',
    kysely: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    read: async (statement) => (await run(statement)).rows,
    async write({ statements, guarded }: WriteJob) {
      const [only] = statements;
      if (statements.length === 1 && only) {
        const { rows, rowCount } = await run(only);
        return guarded && rowCount === 0 ? null : [rows];
      }
      return transaction(pool, statements, guarded ?? false);
    },
    revise: (change) =>
      new Promise((resolve, reject) => {
        queue.push({ change, resolve, reject });
        setImmediate(flush);
      }),
    close: () => pool.end(),
  };
}

/** The first of the queue, at most one for each agent: the guard lets only one of them win anyway. */
function takeBatch(queue: Waiting[]): Waiting[] {
  const taken = new Set<string>();
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  while (queue.length > 0 && batch.length < BATCH_SIZE) {
    const next = queue.shift()!;
    if (taken.has(next.change.id)) later.push(next);
    else {
      taken.add(next.change.id);
      batch.push(next);
    }
  }
  queue.unshift(...later);
  return batch;
}

/** Any number of version-guarded updates as one statement, so as one commit. Rows are locked in one order. */
function reviseAll(changes: Revise[]): Statement {
  const ordered = changes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const column = (pick: (change: Revise) => unknown) => ordered.map(pick);
  return {
    sql: `with input as (
      select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
      as i(workspace_id, id, from_revision, name, status, visibility, language, voice_platform, interview_type,
        interview_focus, document, updated_at, deleted_at, at, by, via, edits)
    ), locked as (
      select a.workspace_id, a.id from agents a join input i using (workspace_id, id)
      where a.revision = i.from_revision and a.deleted_at is null order by a.id for update of a
    ), head as (
      update agents a set revision = i.from_revision + 1, name = i.name, status = i.status, visibility = i.visibility,
        language = i.language, voice_platform = i.voice_platform, interview_type = i.interview_type,
        interview_focus = i.interview_focus, document = i.document, updated_at = i.updated_at, deleted_at = i.deleted_at
      from input i join locked l using (workspace_id, id)
      where a.workspace_id = i.workspace_id and a.id = i.id and a.revision = i.from_revision and a.deleted_at is null
      returning a.workspace_id, a.id
    ), log as (
      insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
      select i.workspace_id, i.id, i.from_revision + 1, i.at, i.by, i.via, i.edits, i.document
      from input i join head using (workspace_id, id)
    ) select workspace_id, id from head`,
    parameters: [
      column((c) => c.workspaceId),
      column((c) => c.id),
      column((c) => c.from),
      column((c) => c.columns.name),
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
    ],
  };
}

async function transaction(pool: pg.Pool, statements: readonly Statement[], guarded: boolean) {
  const client = await pool.connect().catch((error) => {
    throw translated(error);
  });
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const rows: ResultRow[][] = [];
    for (const [i, { sql, parameters }] of statements.entries()) {
      const result = await client.query<ResultRow>(sql, parameters as unknown[]);
      if (i === 0 && guarded && result.rowCount === 0) {
        await client.query('rollback');
        return null;
      }
      rows.push(result.rows);
    }
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw translated(error);
  } finally {
    client.release(broken);
  }
}

async function migrate(pool: pg.Pool, now: () => Date): Promise<void> {
  const client = await pool.connect();
  try {
    // Several nodes may start at once: one of them migrates, the others wait and find it done.
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const { rows } = await client.query<{ number: number }>('select number from migrations');
    const done = new Set(rows.map((row) => row.number));
    for (const migration of MIGRATIONS) {
      if (done.has(migration.number)) continue;
      await client.query('begin');
      for (const sql of migration.statements(ENGINE_FACTS.postgres)) await client.query(sql);
      await client.query('insert into migrations (number, name, at) values ($1, $2, $3)', [
        migration.number,
        migration.name,
        now().toISOString(),
      ]);
      await client.query('commit');
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {});
    client.release();
  }
}

function translated(error: unknown): Error {
  const { code, message } = error as { code?: string; message: string };
  if (code === '23505') return new AlreadyThere(message);
  return new StoreUnavailable(message, { cause: error });
}
