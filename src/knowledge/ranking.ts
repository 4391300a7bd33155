/** Ranks passages: BM25 over words, cosine similarity over embeddings, and reciprocal rank fusion of the two. Pure. */

/** The parameters k1 and b of BM25, at their usual values. */
const K1 = 1.2;
const B = 0.75;
/** The constant of reciprocal rank fusion, at its usual value. */
const FUSION_CONSTANT = 60;

export interface Scored<T> {
  item: T;
  score: number;
}

/**
 * The passages that share a word with the question, best first; equal scores keep their order. `words` are separated by
 * spaces, and words hold only letters and digits.
 */
export function rankByWords<T extends { words: string }>(question: readonly string[], pool: readonly T[]): Scored<T>[] {
  if (question.length === 0) return [];
  const pattern = new RegExp(`(?<=^| )(?:${question.join('|')})(?= |$)`, 'gu');
  const counts = pool.map(({ words }) => {
    const count = new Map<string, number>();
    for (const [word] of words.matchAll(pattern)) count.set(word, (count.get(word) ?? 0) + 1);
    return count;
  });
  const frequency = new Map<string, number>();
  for (const count of counts) for (const word of count.keys()) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const averageLength = pool.reduce((sum, { words }) => sum + words.length, 0) / pool.length;
  const inverseFrequency = (word: string): number => {
    const n = frequency.get(word) ?? 0;
    return Math.log(1 + (pool.length - n + 0.5) / (n + 0.5));
  };
  return pool
    .map((item, i) => {
      const lengthFactor = 1 - B + (B * item.words.length) / averageLength;
      let score = 0;
      for (const [word, n] of counts[i]!) score += (inverseFrequency(word) * n * (K1 + 1)) / (n + K1 * lengthFactor);
      return { item, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** Combines several rankings of the same items by reciprocal rank fusion, best first. */
export function fuseRanks<T>(rankings: readonly (readonly T[])[], keyOf: (item: T) => string): Scored<T>[] {
  const all = new Map<string, Scored<T>>();
  for (const ranking of rankings)
    for (const [i, item] of ranking.entries()) {
      const key = keyOf(item);
      const known = all.get(key) ?? { item, score: 0 };
      all.set(key, { item: known.item, score: known.score + 1 / (FUSION_CONSTANT + i + 1) });
    }
  return [...all.values()].sort((a, b) => b.score - a.score);
}

/** The cosine similarity, from -1 to 1; 0 where one vector is zero. */
export function cosine(a: Float32Array | readonly number[], b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < b.length; i += 1) {
    const [x, y] = [a[i] ?? 0, b[i]!];
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : dot / Math.sqrt(lengthA * lengthB);
}
