/** How long somebody may be silent. The clock runs only while they are waited for, not while somebody reads slowly. */
export interface TimeLimit {
  /** What is waited for, or what it throws; from here on the clock runs, and with its end it stands still again. */
  for<T>(awaited: PromiseLike<T>): Promise<T>;
  isOver(): boolean;
  /** Stops the clock for good. */
  end(): void;
}

/** `over` must make whatever is waited for fail. One timer for all of it: an answer has hundreds of parts. */
export function createTimeLimit(timeoutMs: number, over: () => void): TimeLimit {
  let isWaiting = false;
  let isOver = false;
  const timer = setTimeout(() => {
    if (!isWaiting) return;
    isOver = true;
    over();
  }, timeoutMs);
  return {
    async for(awaited) {
      isWaiting = true;
      // Also winds up a clock that ran down while nobody was waited for.
      timer.refresh();
      try {
        return await awaited;
      } finally {
        isWaiting = false;
      }
    },
    isOver: () => isOver,
    end: () => clearTimeout(timer),
  };
}
