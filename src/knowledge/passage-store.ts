/**
 * Looking chunks up: by their words, each engine by its own index, and by their directions. What comes back is a pool
 * that is likely to hold the best; which of it is best is judged elsewhere, alike for both engines.
 */

import type { Engine, EngineName, ResultRow, Statement } from '../db/engine.ts';
import { sqlFor } from '../db/sql.ts';
import { type FoundChunk, packed, unpacked } from './knowledge.ts';

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

/** Rows that one insert carries: both engines count parameters. */
const ROWS = 500;

const COLUMNS = 'c.document_id, c.position, c.text, c.words, d.title';
const DOCUMENT = 'join documents d on d.workspace_id = c.workspace_id and d.id = c.document_id';

/**
 * How one engine looks words up in corpora. Words are letters and digits alone, and ids are UUIDs. The index of words is
 * asked for the corpus too, and nothing else is: a planner that is offered more conditions may begin with one of those
 * and read every chunk. The workspace is judged on what was found.
 */
interface Lookup {
  /** `word`, and in how many chunks it is: `n`. */
  counts(corpusIds: readonly string[], words: readonly string[]): Statement;
  /** Chunks that have one of the words, those whose words weigh most first. */
  pool(workspaceId: string, corpusIds: readonly string[], weighed: readonly Weighed[], limit: number): Statement;
}
interface Weighed {
  word: string;
  weight: number;
}

const matching = (corpusIds: readonly string[], word: string): string => {
  const corpora = corpusIds.map((id) => `"${id.replaceAll('-', '')}"`);
  return `corpus:(${corpora.join(' OR ')}) AND words:"${word}"`;
};
const inCorpora = (corpusIds: readonly string[]): string => corpusIds.map((id) => `'corpus:${id}'`).join(' | ');

const LOOKUPS: Record<EngineName, Lookup> = {
  // The index could rank by itself, but counts every word of every corpus for that. `cross join` keeps the order of
  // tables: otherwise all chunks of the workspace may be read to find the few.
  sqlite: {
    counts: (corpusIds, words) => ({
      sql: words
        .map(() => 'select ? as word, count(*) as n from chunk_words where chunk_words match ?')
        .join(' union all '),
      parameters: words.flatMap((word) => [word, matching(corpusIds, word)]),
    }),
    pool: (workspaceId, corpusIds, weighed, limit) => {
      const met = weighed.map(() => 'select rowid as number, ? as weight from chunk_words where chunk_words match ?');
      return {
        sql: `select ${COLUMNS} from (
            select number, sum(weight) as weight from (${met.join(' union all ')})
            group by number order by weight desc, number limit ?) pool
          cross join chunks c on c.number = pool.number cross ${DOCUMENT}
          where c.workspace_id = ? order by pool.weight desc, c.number`,
        parameters: [...weighed.flatMap(({ word, weight }) => [weight, matching(corpusIds, word)]), limit, workspaceId],
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
    pool: (workspaceId, corpusIds, weighed, limit) => ({
      sql: `with asked as (select * from unnest($1::text[], $2::float8[]) as asked (word, weight)),
          pool as (
            select c.number, sum(asked.weight) as weight from asked join chunks c
              on c.terms @@ (quote_literal(asked.word) || ' & (' || $3 || ')')::tsquery
            group by c.number order by 2 desc, 1 limit $5)
        select ${COLUMNS} from pool join chunks c on c.number = pool.number ${DOCUMENT}
        where c.workspace_id = $4 order by pool.weight desc, c.number`,
      parameters: [
        weighed.map(({ word }) => word),
        weighed.map(({ weight }) => weight),
        inCorpora(corpusIds),
        workspaceId,
        limit,
      ],
    }),
  },
};

/** Chunks that one search looks at, a chunk counting once for each word. */
const BUDGET = 20_000;

/** The rarest words first, as many as the budget allows and at least one: what is in every chunk tells none apart. */
function worthAsking(counts: readonly { word: string; n: number }[]): Weighed[] {
  const known = counts.filter(({ n }) => n > 0).toSorted((a, b) => a.n - b.n);
  const all = known.reduce((sum, { n }) => sum + n, 0);
  let spent = 0;
  return known
    .filter(({ n }, i) => {
      spent += n;
      return i === 0 || spent <= BUDGET;
    })
    .map(({ word, n }) => ({ word, weight: Math.log(1 + all / n) }));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function passageStore(engine: Engine) {
  const db = sqlFor(engine);

  return {
    async byWords(workspaceId: string, corpusIds: readonly string[], words: readonly string[], limit: number) {
      // Agents may name corpora of other houses; those are nowhere here.
      const ours = corpusIds.filter((id) => UUID.test(id));
      if (ours.length === 0 || words.length === 0) return [];
      const lookup = LOOKUPS[engine.name];
      const counts = await engine.read(lookup.counts(ours, words));
      const weighed = worthAsking(counts.map(({ word, n }) => ({ word: String(word), n: Number(n) })));
      if (weighed.length === 0) return [];
      return (await engine.read(lookup.pool(workspaceId, ours, weighed, limit))).map(chunkOf);
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
      const clear = db
        .deleteFrom('directions')
        .where('workspace_id', '=', workspaceId)
        .where('document_id', '=', documentId);
      const rows = chunks.map(({ position }, i) => ({
        workspace_id: workspaceId,
        document_id: documentId,
        position,
        vector: packed(vectors[i]!),
      }));
      const inserts: Statement[] = [];
      for (let i = 0; i < rows.length; i += ROWS)
        inserts.push(
          db
            .insertInto('directions')
            .values(rows.slice(i, i + ROWS))
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
