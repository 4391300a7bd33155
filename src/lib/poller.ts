/** A background loop that polls: one round after the other, with a short pause after work and a longer one without. */

/** Runs `work` once after `ms` milliseconds; the function that it returns cancels the timer. */
export type SetTimer = (ms: number, work: () => void) => () => void;

/** A timer that does not keep the process alive. */
export const setTimer: SetTimer = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

export interface Poller {
  /** Starts the loop. `report` receives the first error of each series of failed rounds; the loop goes on. */
  start(report: (error: unknown) => void): void;
  /** Stops the loop after the round under way; resolves with whether the loop was running. */
  stop(): Promise<boolean>;
}

export interface PollerOptions {
  /** One round; resolves with whether it did anything. */
  work: () => Promise<boolean>;
  /** The pause after a round that did something. */
  busyMs: number;
  /** The pause after a round that did nothing, and after one that failed. */
  idleMs: number;
  setTimer?: SetTimer;
}

export function createPoller({ work, busyMs, idleMs, setTimer: startTimer = setTimer }: PollerOptions): Poller {
  let cancelTimer: (() => void) | undefined;
  let round: Promise<void> = Promise.resolve();
  let isRunning = false;

  const schedule = (ms: number, report: (error: unknown) => void, isFailing: boolean): void => {
    if (!isRunning) return;
    cancelTimer = startTimer(ms, () => {
      round = work().then(
        (busy) => schedule(busy ? busyMs : idleMs, report, false),
        (error: unknown) => {
          if (!isFailing) report(error);
          schedule(idleMs, report, true);
        },
      );
    });
  };

  return {
    start(report) {
      if (isRunning) return;
      isRunning = true;
      schedule(busyMs, report, false);
    },
    async stop() {
      const wasRunning = isRunning;
      isRunning = false;
      cancelTimer?.();
      await round;
      return wasRunning;
    },
  };
}
