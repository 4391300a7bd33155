/** Stores documents and their chunks. A document that is still to be read keeps its file in the row. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { type Page, sqlFor } from '../db/sql.ts';
import type { DocumentsTable } from '../db/tables.ts';
import type { Chunk, CorpusDocument, PendingDocument } from './knowledge.ts';

/** The content of an upload: the file, to be read from the time `nextAt`, or the chunks of a text. */
export type UploadContent = { source: Uint8Array; nextAt: string } | { chunks: readonly Chunk[] };

/** Rows in one insert; both engines limit the parameters of a statement. */
const INSERT_BATCH_SIZE = 500;

const COLUMNS = [
  ...(['workspace_id', 'id', 'corpus_id', 'title', 'media_type', 'bytes', 'state', 'error', 'chunks'] as const),
  ...(['version', 'created_at', 'updated_at'] as const),
] as const;

export const documentStore = (engine: Engine) => ({ ...documentReads(engine), ...documentWrites(engine) });

function documentReads(engine: Engine) {
  const db = sqlFor(engine);
  const inCorpus = (workspaceId: string, corpusId: string) =>
    db.selectFrom('documents').where('workspace_id', '=', workspaceId).where('corpus_id', '=', corpusId);

  return {
    async get(workspaceId: string, corpusId: string, id: string): Promise<CorpusDocument | undefined> {
      const query = inCorpus(workspaceId, corpusId).select(COLUMNS).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && documentOf(row);
    },

    async byTitle(workspaceId: string, corpusId: string, title: string): Promise<CorpusDocument | undefined> {
      const query = inCorpus(workspaceId, corpusId).select(COLUMNS).where('title', '=', title);
      const [row] = await engine.read(query.compile());
      return row && documentOf(row);
    },

    /** Newest first. */
    async list(workspaceId: string, corpusId: string, page: Page): Promise<{ items: CorpusDocument[]; total: number }> {
      const all = inCorpus(workspaceId, corpusId);
      const items = all.select(COLUMNS).orderBy('created_at', 'desc').orderBy('id', 'desc');
      const count = all.select((eb) => eb.fn.countAll().as('total'));
      const [rows, [counted]] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(count.compile()),
      ]);
      return { items: rows.map(documentOf), total: Number(counted?.['total'] ?? 0) };
    },

    /** Whether a document waits to be read. It is asked before a claim, so that an idle node writes nothing. */
    async anyDue(at: string): Promise<boolean> {
      const query = db
        .selectFrom('documents')
        .select('id')
        .where('state', '=', 'processing')
        .where('next_at', '<=', at);
      return (await engine.read(query.limit(1).compile())).length > 0;
    },
  };
}

function documentWrites(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const updateOf = ({ workspaceId, id }: CorpusDocument) =>
    db.updateTable('documents').where('workspace_id', '=', workspaceId).where('id', '=', id);

  return {
    /**
     * Writes an upload. `before` is the version that it replaces, undefined for a new document. False where the corpus
     * no longer exists or the document has another version; throws AlreadyThere where a new title has just been taken.
     */
    async put(
      document: CorpusDocument,
      content: UploadContent,
      before: number | undefined,
      entry: Entry,
    ): Promise<boolean> {
      const { workspaceId, id, corpusId, createdAt } = document;
      // An update that changes nothing locks the corpus: it fails if the corpus is being removed.
      const lockCorpus = db
        .updateTable('corpora')
        .set((eb) => ({ updated_at: eb.ref('updated_at') }))
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', corpusId);
      const columns = { ...documentColumns(document), ...contentColumns(content) };
      const key = { workspace_id: workspaceId, id, corpus_id: corpusId, created_at: createdAt };
      const head =
        before === undefined
          ? db.insertInto('documents').values({ ...key, embedded_by: null, ...columns })
          : updateOf(document).set(columns).where('version', '=', before);
      const chunks = 'chunks' in content ? replaceChunks(engine, document, content.chunks) : [];
      const statements = [lockCorpus.compile(), head.compile(), ...chunks, record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 2 })) !== null;
    },

    /** False where the document no longer exists. */
    async remove(workspaceId: string, corpusId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db
        .deleteFrom('documents')
        .where('workspace_id', '=', workspaceId)
        .where('corpus_id', '=', corpusId)
        .where('id', '=', id);
      const statements = [remove.compile(), ...removeChunks(engine, workspaceId, id), record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Claims the document that has been due longest. No other node can claim it before the lease ends. */
    async claim(at: string, leaseEnd: string): Promise<PendingDocument | undefined> {
      const due = db
        .selectFrom('documents')
        .select(['workspace_id', 'id'])
        .where('state', '=', 'processing')
        .where('next_at', '<=', at)
        .orderBy('next_at')
        .limit(1)
        .modifyEnd(sql.raw(ENGINE_FACTS[engine.name].skipLocked));
      const claim = db
        .with('due', () => due)
        .updateTable('documents')
        .set((eb) => ({ next_at: leaseEnd, attempts: eb('attempts', '+', 1) }))
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from due)`)
        .returningAll();
      const [row] = ((await engine.write({ statements: [claim.compile()] })) ?? []).flat();
      if (!row) return undefined;
      const { source, attempts } = row as unknown as DocumentsTable;
      return { ...documentOf(row), source: Buffer.from(source ?? '', 'base64'), attempts: Number(attempts) };
    },

    /** Writes the result of reading this version. False where another version was uploaded, or it was removed. */
    async settle(document: CorpusDocument, chunks: readonly Chunk[] | undefined, entry: Entry): Promise<boolean> {
      const { workspaceId, version } = document;
      const update = updateOf(document)
        .set({ ...documentColumns(document), source: null, next_at: null, ...(chunks && { embedded_by: null }) })
        .where('version', '=', version)
        .where('state', '=', 'processing');
      const replaced = chunks ? replaceChunks(engine, document, chunks) : [];
      const statements = [update.compile(), ...replaced, record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}

const contentColumns = (content: UploadContent) => {
  if ('chunks' in content) return { attempts: 0, next_at: null, source: null, embedded_by: null };
  return { attempts: 0, next_at: content.nextAt, source: Buffer.from(content.source).toString('base64') };
};

/** Statements that remove the chunks of a document, and their embeddings. */
const removeChunks = (engine: Engine, workspaceId: string, id: string): Statement[] =>
  (['chunks', 'directions'] as const).map((table) =>
    sqlFor(engine).deleteFrom(table).where('workspace_id', '=', workspaceId).where('document_id', '=', id).compile(),
  );

/** Statements that replace the chunks of a document, for one transaction. */
function replaceChunks(
  engine: Engine,
  { workspaceId, corpusId, id }: CorpusDocument,
  chunks: readonly Chunk[],
): Statement[] {
  const db = sqlFor(engine);
  const rows = chunks.map(({ text, words }, position) => ({
    workspace_id: workspaceId,
    corpus_id: corpusId,
    document_id: id,
    position,
    text,
    words,
  }));
  const statements = removeChunks(engine, workspaceId, id);
  for (let i = 0; i < rows.length; i += INSERT_BATCH_SIZE) {
    const insert = db.insertInto('chunks').values(rows.slice(i, i + INSERT_BATCH_SIZE));
    statements.push(insert.compile());
  }
  return statements;
}

const documentColumns = (document: CorpusDocument) => ({
  title: document.title,
  media_type: document.mediaType,
  bytes: document.bytes,
  state: document.state,
  error: document.error,
  chunks: document.chunks,
  version: document.version,
  updated_at: document.updatedAt,
});

function documentOf(found: ResultRow): CorpusDocument {
  const row = found as unknown as DocumentsTable;
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    corpusId: row.corpus_id,
    title: row.title,
    mediaType: row.media_type,
    bytes: Number(row.bytes),
    state: row.state as CorpusDocument['state'],
    error: row.error,
    chunks: Number(row.chunks),
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
