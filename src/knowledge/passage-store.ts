/**
 * Finds chunks by their words, with the full-text index of each engine, and by their embeddings. The result is a pool of
 * candidates; `ranking.ts` orders it, in the same way for both engines.
 */

import type { Engine, EngineName, ResultRow, Statement } from '../db/engine.ts';
import { sqlFor } from '../db/sql.ts';
import { type FoundChunk, packVector, unpackVector } from './knowledge.ts';

/** A chunk without an embedding of the current model. */
export interface UnembeddedChunk {
  workspaceId: string;
  documentId: string;
  version: number;
  position: number;
  text: string;
}

/** The vector of one chunk. */
export interface ChunkEmbedding {
  documentId: string;
  position: number;
  vector: Float32Array;
}

/** Rows in one insert; both engines limit the parameters of a statement. */
const INSERT_BATCH_SIZE = 500;

const COLUMNS = 'c.document_id, c.position, c.text, c.words, d.title';
const DOCUMENT = 'join documents d on d.workspace_id = c.workspace_id and d.id = c.document_id';

/**
 * How one engine looks up words. Words hold only letters and digits, and ids are UUIDs, so neither needs escaping. The
 * full-text index is given the corpus and no other condition: with more conditions the planner may start from another
 * index and read every chunk. The workspace is checked on the result.
 */
interface Lookup {
  /** For each `word`, the number `n` of chunks that have it. */
  counts(corpusIds: readonly string[], words: readonly string[]): Statement;
  /** Chunks with at least one of the words, by the sum of the weights. */
  pool(workspaceId: string, corpusIds: readonly string[], weighted: readonly WeightedWord[], limit: number): Statement;
}
interface WeightedWord {
  word: string;
  weight: number;
}

const matching = (corpusIds: readonly string[], word: string): string => {
  const corpora = corpusIds.map((id) => `"${id.replaceAll('-', '')}"`);
  return `corpus:(${corpora.join(' OR ')}) AND words:"${word}"`;
};
const inCorpora = (corpusIds: readonly string[]): string => corpusIds.map((id) => `'corpus:${id}'`).join(' | ');

const LOOKUPS: Record<EngineName, Lookup> = {
  // FTS5's own rank counts words over all corpora. `cross join` fixes the join order; otherwise SQLite may read every
  // chunk of the workspace.
  sqlite: {
    counts: (corpusIds, words) => ({
      sql: words
        .map(() => 'select ? as word, count(*) as n from chunk_words where chunk_words match ?')
        .join(' union all '),
      parameters: words.flatMap((word) => [word, matching(corpusIds, word)]),
    }),
    pool: (workspaceId, corpusIds, weighted, limit) => {
      const matches = weighted.map(
        () => 'select rowid as number, ? as weight from chunk_words where chunk_words match ?',
      );
      return {
        sql: `select ${COLUMNS} from (
            select number, sum(weight) as weight from (${matches.join(' union all ')})
            group by number order by weight desc, number limit ?) pool
          cross join chunks c on c.number = pool.number cross ${DOCUMENT}
          where c.workspace_id = ? order by pool.weight desc, c.number`,
        parameters: [
          ...weighted.flatMap(({ word, weight }) => [weight, matching(corpusIds, word)]),
          limit,
          workspaceId,
        ],
      };
    },
  },
  postgres: {
    counts: (corpusIds, words) => ({
      sql: `select word, (select count(*) from chunks c
          where c.terms @@ (quote_literal(word) || ' & (' || $2 || ')')::tsquery)::int as n
        from unnest($1::text[]) as word`,
      parameters: [words, inCorpora(corpusIds)],
    }),
    pool: (workspaceId, corpusIds, weighted, limit) => ({
      sql: `with searched as (select * from unnest($1::text[], $2::float8[]) as searched (word, weight)),
          pool as (
            select c.number, sum(searched.weight) as weight from searched join chunks c
              on c.terms @@ (quote_literal(searched.word) || ' & (' || $3 || ')')::tsquery
            group by c.number order by 2 desc, 1 limit $5)
        select ${COLUMNS} from pool join chunks c on c.number = pool.number ${DOCUMENT}
        where c.workspace_id = $4 order by pool.weight desc, c.number`,
      parameters: [
        weighted.map(({ word }) => word),
        weighted.map(({ weight }) => weight),
        inCorpora(corpusIds),
        workspaceId,
        limit,
      ],
    }),
  },
};

/** The most index entries that one search reads. */
const MAX_ENTRIES = 20_000;

/** The rarest words within the limit, at least one: a word of every chunk does not help to tell chunks apart. */
function selectiveWords(counts: readonly { word: string; n: number }[]): WeightedWord[] {
  const known = counts.filter(({ n }) => n > 0).toSorted((a, b) => a.n - b.n);
  const all = known.reduce((sum, { n }) => sum + n, 0);
  let read = 0;
  return known
    .filter(({ n }, i) => {
      read += n;
      return i === 0 || read <= MAX_ENTRIES;
    })
    .map(({ word, n }) => ({ word, weight: Math.log(1 + all / n) }));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function passageStore(engine: Engine) {
  const db = sqlFor(engine);

  return {
    async byWords(workspaceId: string, corpusIds: readonly string[], words: readonly string[], limit: number) {
      // Agents may name corpora of other systems, whose ids are no UUIDs.
      const known = corpusIds.filter((id) => UUID.test(id));
      if (known.length === 0 || words.length === 0) return [];
      const lookup = LOOKUPS[engine.name];
      const counts = await engine.read(lookup.counts(known, words));
      const weighted = selectiveWords(counts.map(({ word, n }) => ({ word: String(word), n: Number(n) })));
      if (weighted.length === 0) return [];
      return (await engine.read(lookup.pool(workspaceId, known, weighted, limit))).map(chunkOf);
    },

    async byPositions(workspaceId: string, places: readonly { documentId: string; position: number }[]) {
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

    /** The vectors that this model gave the chunks of these corpora. */
    async embeddings(workspaceId: string, corpusIds: readonly string[], model: string, limit: number) {
      if (corpusIds.length === 0) return [];
      const query = db
        .selectFrom('documents as d')
        .innerJoin('directions as v', (join) =>
          join.onRef('v.workspace_id', '=', 'd.workspace_id').onRef('v.document_id', '=', 'd.id'),
        )
        .select(['v.document_id', 'v.position', 'v.vector'])
        .where('d.workspace_id', '=', workspaceId)
        .where('d.corpus_id', 'in', corpusIds)
        .where('d.embedded_by', '=', model)
        .limit(limit);
      return (await engine.read(query.compile())).map(
        (row): ChunkEmbedding => ({
          documentId: String(row['document_id']),
          position: Number(row['position']),
          vector: unpackVector(String(row['vector'])),
        }),
      );
    },

    /** The chunks of one document, of any workspace, that this model has not embedded; empty where there is none. */
    async chunksToEmbed(model: string): Promise<UnembeddedChunk[]> {
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

    /** Stores the vectors of all chunks of a document. False where the document has changed since. */
    async saveEmbeddings(chunks: readonly UnembeddedChunk[], vectors: readonly (readonly number[])[], model: string) {
      const [{ workspaceId, documentId, version }] = chunks as [UnembeddedChunk, ...UnembeddedChunk[]];
      const document = db
        .updateTable('documents')
        .set({ embedded_by: model })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', documentId)
        .where('version', '=', version)
        .where('state', '=', 'ready');
      const clear = db
        .deleteFrom('directions')
        .where('workspace_id', '=', workspaceId)
        .where('document_id', '=', documentId);
      const rows = chunks.map(({ position }, i) => ({
        workspace_id: workspaceId,
        document_id: documentId,
        position,
        vector: packVector(vectors[i]!),
      }));
      const inserts: Statement[] = [];
      for (let i = 0; i < rows.length; i += INSERT_BATCH_SIZE)
        inserts.push(
          db
            .insertInto('directions')
            .values(rows.slice(i, i + INSERT_BATCH_SIZE))
            .compile(),
        );
      const statements = [document.compile(), clear.compile(), ...inserts];
      return (await engine.write({ statements, guards: 1 })) !== null;
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
