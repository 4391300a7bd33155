/**
 * Looking chunks up: by their words, each engine by its own index, and by their directions. What comes back is a pool
 * that is likely to hold the best; which of it is best is judged elsewhere, alike for both engines.
 */
import { type FoundChunk, packed, unpacked } from '../model/knowledge.ts';
import type { Engine, EngineName, ResultRow, Statement } from './engine.ts';
import { sqlFor } from './sql.ts';

/** A chunk that wants a direction. */
export interface Undirected {
  workspaceId: string;
  documentId: string;
  version: number;
  position: number;
  text: string;
}

export interface Directed {
  documentId: string;
  position: number;
  vector: Float32Array;
}

const COLUMNS = 'c.document_id, c.position, c.text, c.words, d.title';
const DOCUMENT = 'join documents d on d.workspace_id = c.workspace_id and d.id = c.document_id';

/** Chunks of these corpora that have one of these words, the likeliest first. Words are letters and digits alone. */
type ByWords = (
  workspaceId: string,
  corpusIds: readonly string[],
  words: readonly string[],
  limit: number,
) => Statement;

const BY_WORDS: Record<EngineName, ByWords> = {
  sqlite: (workspaceId, corpusIds, words, limit) => {
    const anyOf = (values: readonly string[]) => values.map((value) => `"${value}"`).join(' OR ');
    const corpora = corpusIds.map((id) => id.toLowerCase().replaceAll('-', ''));
    return {
      sql: `select ${COLUMNS} from (
          select rowid as number, rank from chunk_words
          where chunk_words match ? and rank match 'bm25(0.0, 1.0)' order by rank limit ?) w
        join chunks c on c.number = w.number ${DOCUMENT}
        where c.workspace_id = ? order by w.rank, c.number`,
      parameters: [`corpus:(${anyOf(corpora)}) AND words:(${anyOf(words)})`, limit, workspaceId],
    };
  },
  // The database knows no rarity of words, so it is counted: a word that few chunks have weighs more.
  postgres: (workspaceId, corpusIds, words, limit) => ({
    sql: `with asked as (select unnest($1::text[]) as word),
        met as materialized (
          select c.number, asked.word from asked join chunks c
            on c.terms @@ (quote_literal(asked.word) || ' & (' || $2 || ')')::tsquery
          where c.workspace_id = $3 and c.corpus_id = any($4::text[])),
        rarity as (select word, ln(1 + (select count(distinct number) from met)::float8 / count(*)) as weight
          from met group by word),
        pool as (select number, sum(weight) as weight from met join rarity using (word)
          group by number order by 2 desc, 1 limit $5)
      select ${COLUMNS} from pool join chunks c on c.number = pool.number ${DOCUMENT}
      where c.workspace_id = $3 order by pool.weight desc, c.number`,
    parameters: [words, corpusIds.map((id) => `'corpus:${id}'`).join(' | '), workspaceId, corpusIds, limit],
  }),
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function passageStore(engine: Engine) {
  const db = sqlFor(engine);

  return {
    async byWords(workspaceId: string, corpusIds: readonly string[], words: readonly string[], limit: number) {
      // Agents may name corpora of other houses; those are nowhere here.
      const ours = corpusIds.filter((id) => UUID.test(id));
      if (ours.length === 0 || words.length === 0) return [];
      return (await engine.read(BY_WORDS[engine.name](workspaceId, ours, words, limit))).map(chunkOf);
    },

    async byPlaces(workspaceId: string, places: readonly { documentId: string; position: number }[]) {
      if (places.length === 0) return [];
      const query = db
        .selectFrom('chunks as c')
        .innerJoin('documents as d', (join) =>
          join.onRef('d.workspace_id', '=', 'c.workspace_id').onRef('d.id', '=', 'c.document_id'),
        )
        .select(['c.document_id', 'c.position', 'c.text', 'c.words', 'd.title'])
        .where('c.workspace_id', '=', workspaceId)
        .where((eb) =>
          eb.or(
            places.map(({ documentId, position }) =>
              eb.and([eb('c.document_id', '=', documentId), eb('c.position', '=', position)]),
            ),
          ),
        );
      return (await engine.read(query.compile())).map(chunkOf);
    },

    /** The directions that this model gave to the chunks of these corpora. */
    async directions(workspaceId: string, corpusIds: readonly string[], model: string, limit: number) {
      if (corpusIds.length === 0) return [];
      const query = db
        .selectFrom('chunks as c')
        .innerJoin('documents as d', (join) =>
          join.onRef('d.workspace_id', '=', 'c.workspace_id').onRef('d.id', '=', 'c.document_id'),
        )
        .select(['c.document_id', 'c.position', 'c.vector'])
        .where('c.workspace_id', '=', workspaceId)
        .where('c.corpus_id', 'in', corpusIds)
        .where('d.embedded_by', '=', model)
        .where('c.vector', 'is not', null)
        .limit(limit);
      return (await engine.read(query.compile())).map(
        (row): Directed => ({
          documentId: String(row['document_id']),
          position: Number(row['position']),
          vector: unpacked(String(row['vector'])),
        }),
      );
    },

    /** Chunks of one document that this model has given no direction, of any workspace. */
    async undirected(model: string): Promise<Undirected[]> {
      const next = db
        .selectFrom('documents')
        .select(['workspace_id', 'id', 'version'])
        .where('state', '=', 'ready')
        .where('chunks', '>', 0)
        .where((eb) => eb.or([eb('embedded_by', 'is', null), eb('embedded_by', '!=', model)]))
        .limit(1);
      const [document] = await engine.read(next.compile());
      if (!document) return [];
      const query = db
        .selectFrom('chunks')
        .select(['position', 'text'])
        .where('workspace_id', '=', String(document['workspace_id']))
        .where('document_id', '=', String(document['id']))
        .orderBy('position');
      return (await engine.read(query.compile())).map((row) => ({
        workspaceId: String(document['workspace_id']),
        documentId: String(document['id']),
        version: Number(document['version']),
        position: Number(row['position']),
        text: String(row['text']),
      }));
    },

    /** Keeps the directions of a whole document; false where it has changed since. */
    async direct(chunks: readonly Undirected[], vectors: readonly (readonly number[])[], model: string) {
      const [{ workspaceId, documentId, version }] = chunks as [Undirected, ...Undirected[]];
      const document = db
        .updateTable('documents')
        .set({ embedded_by: model })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', documentId)
        .where('version', '=', version)
        .where('state', '=', 'ready');
      const rows = chunks.map(({ position }, i) =>
        db
          .updateTable('chunks')
          .set({ vector: packed(vectors[i]!) })
          .where('workspace_id', '=', workspaceId)
          .where('document_id', '=', documentId)
          .where('position', '=', position)
          .compile(),
      );
      return (await engine.write({ statements: [document.compile(), ...rows], guards: 1 })) !== null;
    },
  };
}

const chunkOf = (row: ResultRow): FoundChunk => ({
  documentId: String(row['document_id']),
  title: String(row['title']),
  position: Number(row['position']),
  text: String(row['text']),
  words: String(row['words']),
});
