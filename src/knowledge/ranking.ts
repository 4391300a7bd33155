/** Which of a pool of passages answers a question best: BM25 over the words they share, and ranks put together. Pure. */

/** How soon more of the same word stops counting, and how much long passages are held back. */
const SATURATION = 1.2;
const LENGTH = 0.75;
/** The usual damping of reciprocal rank fusion: the first places of any list are close to one another. */
const DAMPING = 60;

export interface Scored<T> {
  item: T;
  score: number;
}

/**
 * Those that share a word with the question, the best first; what is equal stays in the order it came in. `words` have
 * a space between them and are letters and digits alone.
 */
export function ranked<T extends { words: string }>(asked: readonly string[], pool: readonly T[]): Scored<T>[] {
  if (asked.length === 0) return [];
  const wanted = new RegExp(`(?<=^| )(?:${asked.join('|')})(?= |$)`, 'gu');
  const counts = pool.map(({ words }) => {
    const count = new Map<string, number>();
    for (const [word] of words.matchAll(wanted)) count.set(word, (count.get(word) ?? 0) + 1);
    return count;
  });
  const having = new Map<string, number>();
  for (const count of counts) for (const word of count.keys()) having.set(word, (having.get(word) ?? 0) + 1);
  const length = pool.reduce((sum, { words }) => sum + words.length, 0) / pool.length;
  const weight = (word: string): number => {
    const n = having.get(word) ?? 0;
    return Math.log(1 + (pool.length - n + 0.5) / (n + 0.5));
  };
  return pool
    .map((item, i) => {
      const long = 1 - LENGTH + (LENGTH * item.words.length) / length;
      let score = 0;
      for (const [word, n] of counts[i]!) score += (weight(word) * n * (SATURATION + 1)) / (n + SATURATION * long);
      return { item, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** Several orders of the same things put into one: what stands high in more of them stands higher. */
export function fused<T>(orders: readonly (readonly T[])[], keyOf: (item: T) => string): Scored<T>[] {
  const all = new Map<string, Scored<T>>();
  for (const order of orders)
    for (const [i, item] of order.entries()) {
      const key = keyOf(item);
      const known = all.get(key) ?? { item, score: 0 };
      all.set(key, { item: known.item, score: known.score + 1 / (DAMPING + i + 1) });
    }
  return [...all.values()].sort((a, b) => b.score - a.score);
}

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
