/** Corpora, their documents, and the chunks that are searched. How words are looked up is in `passages.ts`. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import type { Page } from '../db/sql.ts';
import { someOf, sqlFor } from '../db/sql.ts';
import type { DocumentsTable } from '../db/tables.ts';
import type { Chunk, Corpus, CorpusDocument, Unread } from './knowledge.ts';
import { passageStore } from './passage-store.ts';

export type KnowledgeStore = ReturnType<typeof knowledgeStore>;

/** What becomes of a document that has been uploaded: it waits with its source, or its chunks are there already. */
export type Uploaded = { source: Uint8Array; nextAt: string } | { chunks: readonly Chunk[] };

/** Rows that one insert carries: both engines count parameters. */
const ROWS = 500;

const SHOWN = [
  ...(['workspace_id', 'id', 'corpus_id', 'title', 'media_type', 'bytes', 'state', 'error', 'chunks'] as const),
  ...(['version', 'created_at', 'updated_at'] as const),
] as const;

export function knowledgeStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { skipLocked } = ENGINE_FACTS[engine.name];
  const done = (rows: ResultRow[][] | null): boolean => rows !== null;

  const ofCorpus = (workspaceId: string, id: string) =>
    db.selectFrom('documents').where('workspace_id', '=', workspaceId).where('corpus_id', '=', id);
  const oneDocument = (workspaceId: string, id: string) =>
    db.updateTable('documents').where('workspace_id', '=', workspaceId).where('id', '=', id);

  const clear = (workspaceId: string, id: string): Statement[] =>
    (['chunks', 'directions'] as const).map((table) =>
      db.deleteFrom(table).where('workspace_id', '=', workspaceId).where('document_id', '=', id).compile(),
    );

  /** What takes a document's chunks away and puts others in their place, for one transaction. */
  const swap = ({ workspaceId, corpusId, id }: CorpusDocument, chunks: readonly Chunk[]): Statement[] => {
    const rows = chunks.map(({ text, words }, position) => ({
      workspace_id: workspaceId,
      corpus_id: corpusId,
      document_id: id,
      position,
      text,
      words,
    }));
    const inserts: Statement[] = [];
    for (let i = 0; i < rows.length; i += ROWS)
      inserts.push(
        db
          .insertInto('chunks')
          .values(rows.slice(i, i + ROWS))
          .compile(),
      );
    return [...clear(workspaceId, id), ...inserts];
  };

  return {
    ...passageStore(engine),

    corpora: {
      async create(corpus: Corpus, entry: Entry): Promise<void> {
        const { workspaceId, id, createdAt } = corpus;
        const insert = db
          .insertInto('corpora')
          .values({ workspace_id: workspaceId, id, ...corpusColumns(corpus), created_at: createdAt });
        await engine.write({ statements: [insert.compile(), record(workspaceId, entry)] });
      },

      async get(workspaceId: string, id: string): Promise<Corpus | undefined> {
        const query = db.selectFrom('corpora').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
        const [row] = await engine.read(query.compile());
        return row && corpusOf(row);
      },

      async getMany(workspaceId: string, ids: readonly string[]): Promise<Corpus[]> {
        const query = db
          .selectFrom('corpora')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('id', 'in', someOf(ids));
        return (await engine.read(query.compile())).map(corpusOf);
      },

      /** Newest first. */
      async list(workspaceId: string, page: Page) {
        const all = db.selectFrom('corpora').where('workspace_id', '=', workspaceId);
        return paged(
          all.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(page.limit).offset(page.offset),
          all.select((eb) => eb.fn.countAll().as('total')),
          corpusOf,
        );
      },

      async update(corpus: Corpus, entry: Entry): Promise<boolean> {
        const update = db
          .updateTable('corpora')
          .set(corpusColumns(corpus))
          .where('workspace_id', '=', corpus.workspaceId)
          .where('id', '=', corpus.id);
        return done(
          await engine.write({ statements: [update.compile(), record(corpus.workspaceId, entry)], guards: 1 }),
        );
      },

      /** Its documents go with it. */
      async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
        const remove = db.deleteFrom('corpora').where('workspace_id', '=', workspaceId).where('id', '=', id);
        const its = ofCorpus(workspaceId, id).select('id');
        const rest = (['chunks', 'directions'] as const).map((table) =>
          db.deleteFrom(table).where('workspace_id', '=', workspaceId).where('document_id', 'in', its).compile(),
        );
        const documents = db
          .deleteFrom('documents')
          .where('workspace_id', '=', workspaceId)
          .where('corpus_id', '=', id);
        const statements = [remove.compile(), ...rest, documents.compile(), record(workspaceId, entry)];
        return done(await engine.write({ statements, guards: 1 }));
      },
    },

    documents: {
      async get(workspaceId: string, corpusId: string, id: string): Promise<CorpusDocument | undefined> {
        const [row] = await engine.read(ofCorpus(workspaceId, corpusId).select(SHOWN).where('id', '=', id).compile());
        return row && documentOf(row);
      },

      async byTitle(workspaceId: string, corpusId: string, title: string): Promise<CorpusDocument | undefined> {
        const query = ofCorpus(workspaceId, corpusId).select(SHOWN).where('title', '=', title);
        const [row] = await engine.read(query.compile());
        return row && documentOf(row);
      },

      /** Newest first. */
      async list(workspaceId: string, corpusId: string, page: Page) {
        const all = ofCorpus(workspaceId, corpusId);
        return paged(
          all.select(SHOWN).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(page.limit).offset(page.offset),
          all.select((eb) => eb.fn.countAll().as('total')),
          documentOf,
        );
      },

      /**
       * Keeps what was uploaded, in the place of version `before` if there was one. False where the corpus has gone or
       * the document is another one by now; AlreadyThere where somebody else has just used the title.
       */
      async put(document: CorpusDocument, uploaded: Uploaded, before: number | undefined, entry: Entry) {
        const { workspaceId, id, corpusId } = document;
        // Touched so that a corpus that is removed at the same moment takes the document with it, or is gone for it.
        const corpus = db
          .updateTable('corpora')
          .set((eb) => ({ updated_at: eb.ref('updated_at') }))
          .where('workspace_id', '=', workspaceId)
          .where('id', '=', corpusId);
        const ready = 'chunks' in uploaded;
        const columns = {
          ...documentColumns(document),
          attempts: 0,
          next_at: ready ? null : uploaded.nextAt,
          source: ready ? null : Buffer.from(uploaded.source).toString('base64'),
          ...(ready && { embedded_by: null }),
        };
        const head =
          before === undefined
            ? db.insertInto('documents').values({
                workspace_id: workspaceId,
                id,
                corpus_id: corpusId,
                embedded_by: null,
                ...columns,
                created_at: document.createdAt,
              })
            : oneDocument(workspaceId, id).set(columns).where('version', '=', before);
        const chunks = ready ? swap(document, uploaded.chunks) : [];
        const statements = [corpus.compile(), head.compile(), ...chunks, record(workspaceId, entry)];
        return done(await engine.write({ statements, guards: 2 }));
      },

      async remove(workspaceId: string, corpusId: string, id: string, entry: Entry): Promise<boolean> {
        const remove = db
          .deleteFrom('documents')
          .where('workspace_id', '=', workspaceId)
          .where('corpus_id', '=', corpusId)
          .where('id', '=', id);
        const statements = [remove.compile(), ...clear(workspaceId, id), record(workspaceId, entry)];
        return done(await engine.write({ statements, guards: 1 }));
      },

      /** Whether anything is to be read: a question, so that an idle house writes nothing. */
      async anyDue(at: string): Promise<boolean> {
        const query = db
          .selectFrom('documents')
          .select('id')
          .where('state', '=', 'processing')
          .where('next_at', '<=', at);
        return (await engine.read(query.limit(1).compile())).length > 0;
      },

      /** Takes on the next one to be read. Nobody else gets it before the lease ends. */
      async claim(at: string, leaseEnd: string): Promise<Unread | undefined> {
        const due = db
          .selectFrom('documents')
          .select(['workspace_id', 'id'])
          .where('state', '=', 'processing')
          .where('next_at', '<=', at)
          .orderBy('next_at')
          .limit(1)
          .modifyEnd(sql.raw(skipLocked));
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

      /** How the reading of this version ended; false where another one has been uploaded since, or it is gone. */
      async settle(document: CorpusDocument, chunks: readonly Chunk[] | undefined, entry: Entry): Promise<boolean> {
        const { workspaceId, id, version } = document;
        const update = oneDocument(workspaceId, id)
          .set({
            ...documentColumns(document),
            source: null,
            next_at: null,
            ...(chunks && { embedded_by: null }),
          })
          .where('version', '=', version)
          .where('state', '=', 'processing');
        const rest = chunks ? swap(document, chunks) : [];
        const statements = [update.compile(), ...rest, record(workspaceId, entry)];
        return done(await engine.write({ statements, guards: 1 }));
      },
    },
  };

  async function paged<T>(
    items: { compile(): Statement },
    count: { compile(): Statement },
    shape: (row: ResultRow) => T,
  ) {
    const [rows, [counted]] = await Promise.all([engine.read(items.compile()), engine.read(count.compile())]);
    return { items: rows.map(shape), total: Number(counted?.['total'] ?? 0) };
  }
}

const corpusColumns = ({ name, description, updatedAt }: Corpus) => ({ name, description, updated_at: updatedAt });

function corpusOf(row: ResultRow): Corpus {
  return {
    workspaceId: String(row['workspace_id']),
    id: String(row['id']),
    name: String(row['name']),
    description: row['description'] as string | null,
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
  };
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
