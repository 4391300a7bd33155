/** Work that is due at known moments: it sleeps until then, and wakes up early when it is told to. */
import type { SetTimer } from './poller.ts';

export interface SchedulerOptions {
  /** One round; answers whether there was anything to do. */
  work: () => Promise<boolean>;
  /** How long to rest after a round without. */
  restMs: () => Promise<number>;
  setTimer: SetTimer;
}

const AFTER_FAILURE_MS = 1000;

export function createScheduler({ work, restMs, setTimer: later }: SchedulerOptions) {
  let state: 'resting' | 'running' | 'closed' = 'resting';
  let cancel: (() => void) | undefined;
  let round: Promise<void> = Promise.resolve();
  let isWorking = false;
  let wanted = false;
  let report: (error: unknown) => void = () => undefined;
  let failing = false;

  const schedule = (ms: number): void => {
    if (state !== 'running') return;
    cancel?.();
    cancel = later(ms, () => {
      round = tick();
    });
  };

  const tick = async (): Promise<void> => {
    cancel = undefined;
    isWorking = true;
    wanted = false;
    let pause: number;
    try {
      const busy = await work();
      pause = busy || wanted ? 0 : await restMs();
      failing = false;
    } catch (error) {
      // The first failure of a row is told of; the work goes on all the same.
      if (!failing) report(error);
      failing = true;
      pause = AFTER_FAILURE_MS;
    }
    isWorking = false;
    schedule(wanted ? 0 : pause);
  };

  return {
    start(tell: (error: unknown) => void): void {
      if (state !== 'resting') return;
      state = 'running';
      report = tell;
      schedule(0);
    },
    /** There may be something to do. */
    wake(): void {
      if (isWorking) wanted = true;
      else schedule(0);
    },
    /** Answers when the round under way is over; true where there was one. */
    async quiet(): Promise<boolean> {
      const worked = isWorking;
      await round;
      return worked;
    },
    /** Answers when the round under way is over, and whether it ever ran. */
    async stop(): Promise<boolean> {
      const ran = state === 'running';
      state = 'closed';
      cancel?.();
      await round;
      return ran;
    },
  };
}
