/** Work that nobody asks for: done again and again while the house is open. */

/** Does something later; what it answers calls that off. */
export type SetTimer = (ms: number, work: () => void) => () => void;

/** A timer that keeps no process alive. */
export const setTimer: SetTimer = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

export interface Poller {
  /** Told of the first failure of each row of them; the work goes on all the same. */
  start(report: (error: unknown) => void): void;
  /** No further round; answers when the one under way is over, and whether it ever ran. */
  stop(): Promise<boolean>;
}

export interface PollerOptions {
  /** Answers whether there was anything to do. */
  work: () => Promise<boolean>;
  /** Between two rounds, when there was something to do in the last one and when there was not. */
  busyMs: number;
  idleMs: number;
  setTimer?: SetTimer;
}

export function createPoller({ work, busyMs, idleMs, setTimer: wait = setTimer }: PollerOptions): Poller {
  let cancel: (() => void) | undefined;
  let round: Promise<void> = Promise.resolve();
  let running = false;

  const next = (ms: number, report: (error: unknown) => void, failing: boolean): void => {
    if (!running) return;
    cancel = wait(ms, () => {
      round = work().then(
        (busy) => next(busy ? busyMs : idleMs, report, false),
        (error: unknown) => {
          if (!failing) report(error);
          next(idleMs, report, true);
        },
      );
    });
  };

  return {
    start(report) {
      if (running) return;
      running = true;
      next(busyMs, report, false);
    },
    async stop() {
      const ran = running;
      running = false;
      cancel?.();
      await round;
      return ran;
    },
  };
}
