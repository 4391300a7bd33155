/** The library: reads documents into chunks, and searches chunks by words and by embeddings. */

import { questionWords } from '../lib/words.ts';
import type { Embedder, FoundChunk, Hit, Library } from './knowledge.ts';
import { cosine, fuseRanks, rankByWords } from './ranking.ts';
import { createReader } from './reading/reader.ts';

/** The reads of the passage store that a search needs. */
export interface PassageReads {
  byWords(
    workspaceId: string,
    corpusIds: readonly string[],
    words: readonly string[],
    limit: number,
  ): Promise<FoundChunk[]>;
  byPositions(workspaceId: string, places: readonly { documentId: string; position: number }[]): Promise<FoundChunk[]>;
  embeddings(
    workspaceId: string,
    corpusIds: readonly string[],
    model: string,
    limit: number,
  ): Promise<{ documentId: string; position: number; vector: Float32Array }[]>;
}

/** Where to search. */
export interface SearchScope {
  workspaceId: string;
  corpusIds: readonly string[];
  /** Passages of inline knowledge, which are not in the store. */
  inline?: readonly FoundChunk[];
}

export interface SearchableLibrary extends Library {
  find(scope: SearchScope, question: string, limit: number): Promise<Hit[]>;
}

/** The candidates of one search, before ranking. */
const POOL_SIZE = 60;
/** The embeddings that one search compares. */
const MAX_EMBEDDINGS = 20_000;
const MIN_SIMILARITY = 0.25;

export function createLibrary(store: PassageReads, embedder?: Embedder): SearchableLibrary {
  const find: SearchableLibrary['find'] = async (scope, question, limit) => {
    const [byWords, byMeaning] = await Promise.all([
      findByWords(store, scope, question),
      // The search by words still works while the embedding model fails.
      embedder ? findByMeaning(store, embedder, scope, question).catch(() => []) : [],
    ]);
    const rankings = byMeaning.length > 0 ? [byWords, byMeaning] : [byWords];
    return fuseRanks(rankings, keyOf)
      .slice(0, limit)
      .map(({ item: { documentId, title, position, text }, score }) => ({ documentId, title, position, text, score }));
  };

  return {
    read: createReader(),
    find,
    search: (workspaceId, corpusIds, question, limit) => find({ workspaceId, corpusIds }, question, limit),
    ...(embedder && { embedder }),
  };
}

async function findByWords(
  store: PassageReads,
  { workspaceId, corpusIds, inline = [] }: SearchScope,
  question: string,
): Promise<FoundChunk[]> {
  const words = questionWords(question);
  if (words.length === 0) return [];
  const stored = corpusIds.length === 0 ? [] : await store.byWords(workspaceId, corpusIds, words, POOL_SIZE);
  return rankByWords(words, [...stored, ...inline]).map(({ item }) => item);
}

async function findByMeaning(
  store: PassageReads,
  embedder: Embedder,
  { workspaceId, corpusIds }: SearchScope,
  question: string,
): Promise<FoundChunk[]> {
  if (corpusIds.length === 0 || question.trim() === '') return [];
  const [embeddings, [questionVector = []]] = await Promise.all([
    store.embeddings(workspaceId, corpusIds, embedder.model, MAX_EMBEDDINGS),
    embedder.embed([question]),
  ]);
  const nearest = embeddings
    .map(({ documentId, position, vector }) => ({ documentId, position, similarity: cosine(questionVector, vector) }))
    .filter(({ similarity }) => similarity >= MIN_SIMILARITY)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, POOL_SIZE);
  const chunks = await store.byPositions(workspaceId, nearest);
  const byKey = new Map(chunks.map((chunk) => [keyOf(chunk), chunk]));
  return nearest.flatMap((place) => byKey.get(keyOf(place)) ?? []);
}

const keyOf = ({ documentId, position }: { documentId: string; position: number }): string =>
  `${documentId} ${position}`;
