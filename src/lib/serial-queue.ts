/**
 * Runs work on the same key one at a time, on this node. The store's guards keep concurrent writes correct without it;
 * it saves the retries of writers that would lose, of which the slowest could exhaust its attempts.
 */
export function createSerialQueue(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lastTurns = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const previous = lastTurns.get(key);
    const turn = previous ? previous.then(work, work) : work();
    lastTurns.set(key, turn);
    const forget = () => {
      if (lastTurns.get(key) === turn) lastTurns.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  };
}
