/** Stores corpora. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { inList, type Page, sqlFor } from '../db/sql.ts';
import type { Corpus } from './knowledge.ts';

export function corpusStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const inWorkspace = (workspaceId: string) =>
    db.selectFrom('corpora').selectAll().where('workspace_id', '=', workspaceId);

  return {
    async create(corpus: Corpus, entry: Entry): Promise<void> {
      const { workspaceId, id, createdAt } = corpus;
      const insert = db
        .insertInto('corpora')
        .values({ workspace_id: workspaceId, id, ...corpusColumns(corpus), created_at: createdAt });
      await engine.write({ statements: [insert.compile(), record(workspaceId, entry)] });
    },

    async get(workspaceId: string, id: string): Promise<Corpus | undefined> {
      const [row] = await engine.read(inWorkspace(workspaceId).where('id', '=', id).compile());
      return row && corpusOf(row);
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<Corpus[]> {
      const query = inWorkspace(workspaceId).where('id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(corpusOf);
    },

    /** Newest first. */
    async list(workspaceId: string, page: Page): Promise<{ items: Corpus[]; total: number }> {
      const all = db.selectFrom('corpora').where('workspace_id', '=', workspaceId);
      const items = all.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const count = all.select((eb) => eb.fn.countAll().as('total'));
      const [rows, [counted]] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(count.compile()),
      ]);
      return { items: rows.map(corpusOf), total: Number(counted?.['total'] ?? 0) };
    },

    /** False where the corpus no longer exists. */
    async update(corpus: Corpus, entry: Entry): Promise<boolean> {
      const update = db
        .updateTable('corpora')
        .set(corpusColumns(corpus))
        .where('workspace_id', '=', corpus.workspaceId)
        .where('id', '=', corpus.id);
      const statements = [update.compile(), record(corpus.workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Removes the corpus with its documents; false where it no longer exists. */
    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('corpora').where('workspace_id', '=', workspaceId).where('id', '=', id);
      const documentIds = db
        .selectFrom('documents')
        .where('workspace_id', '=', workspaceId)
        .where('corpus_id', '=', id)
        .select('id');
      const chunks = (['chunks', 'directions'] as const).map((table) =>
        db.deleteFrom(table).where('workspace_id', '=', workspaceId).where('document_id', 'in', documentIds).compile(),
      );
      const documents = db.deleteFrom('documents').where('workspace_id', '=', workspaceId).where('corpus_id', '=', id);
      const statements = [remove.compile(), ...chunks, documents.compile(), record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
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
