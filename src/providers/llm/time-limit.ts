/** A limit on how long a provider may send nothing. Time counts only while we wait for it, not while a client reads. */
export interface TimeLimit {
  /** Waits for `awaited`; the clock runs meanwhile. */
  for<T>(awaited: PromiseLike<T>): Promise<T>;
  isExceeded(): boolean;
  /** Stops the clock for good. */
  end(): void;
}

/** `onExceeded` must make the awaited promise fail. There is one timer, because an answer has hundreds of parts. */
export function createTimeLimit(timeoutMs: number, onExceeded: () => void): TimeLimit {
  let isWaiting = false;
  let exceeded = false;
  const timer = setTimeout(() => {
    if (!isWaiting) return;
    exceeded = true;
    onExceeded();
  }, timeoutMs);
  return {
    async for(awaited) {
      isWaiting = true;
      // Also restarts a timer that fired while nothing was awaited.
      timer.refresh();
      try {
        return await awaited;
      } finally {
        isWaiting = false;
      }
    },
    isExceeded: () => exceeded,
    end: () => clearTimeout(timer),
  };
}
