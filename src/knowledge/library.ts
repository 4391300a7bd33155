/** The library: reads documents, cuts them, and finds what matters to a question by words and by directions. */

import { questionWords } from '../lib/words.ts';
import type { Embedder, FoundChunk, Hit, Library } from './knowledge.ts';
import { cosine, fused, ranked } from './ranking.ts';
import { createReader } from './reading/reader.ts';

/** Where chunks are kept, as much of it as searching needs. */
export interface Shelves {
  byWords(
    workspaceId: string,
    corpusIds: readonly string[],
    words: readonly string[],
    limit: number,
  ): Promise<FoundChunk[]>;
  byPlaces(workspaceId: string, places: readonly { documentId: string; position: number }[]): Promise<FoundChunk[]>;
  directions(
    workspaceId: string,
    corpusIds: readonly string[],
    model: string,
    limit: number,
  ): Promise<{ documentId: string; position: number; vector: Float32Array }[]>;
}

export interface Where {
  workspaceId: string;
  corpusIds: readonly string[];
  /** Passages that are kept nowhere, such as those that stand in an agent. */
  besides?: readonly FoundChunk[];
}

/** A library that can also be searched together with passages that are in nobody's store. */
export interface OpenLibrary extends Library {
  find(where: Where, question: string, limit: number): Promise<Hit[]>;
}

/** Candidates that the store is asked for. */
const POOL = 60;
/** Directions that one search looks at. */
const MAX_DIRECTIONS = 20_000;
const LEAST_LIKENESS = 0.25;

export function createLibrary(shelves: Shelves, embedder?: Embedder): OpenLibrary {
  const byWords = async ({ workspaceId, corpusIds, besides = [] }: Where, question: string): Promise<FoundChunk[]> => {
    const asked = questionWords(question);
    if (asked.length === 0) return [];
    const kept = corpusIds.length === 0 ? [] : await shelves.byWords(workspaceId, corpusIds, asked, POOL);
    return ranked(asked, [...kept, ...besides]).map(({ item }) => item);
  };

  const byDirection = async ({ workspaceId, corpusIds }: Where, question: string): Promise<FoundChunk[]> => {
    if (!embedder || corpusIds.length === 0 || question.trim() === '') return [];
    const { model } = embedder;
    const [known, [asked = []]] = await Promise.all([
      shelves.directions(workspaceId, corpusIds, model, MAX_DIRECTIONS),
      embedder.embed([question]),
    ]);
    const near = known
      .map(({ documentId, position, vector }) => ({ documentId, position, likeness: cosine(asked, vector) }))
      .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, POOL);
    const chunks = await shelves.byPlaces(workspaceId, near);
    const at = new Map(chunks.map((chunk) => [placeOf(chunk), chunk]));
    return near.flatMap((place) => at.get(placeOf(place)) ?? []);
  };

  const find: OpenLibrary['find'] = async (where, question, limit) => {
    const [words, directions] = await Promise.all([
      byWords(where, question),
      // Whoever gives directions may be out of reach; words are still there.
      byDirection(where, question).catch(() => []),
    ]);
    const orders = directions.length > 0 ? [words, directions] : [words];
    return fused(orders, placeOf)
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

const placeOf = ({ documentId, position }: { documentId: string; position: number }): string =>
  `${documentId} ${position}`;
