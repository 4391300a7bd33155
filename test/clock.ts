/** A virtual clock: the test moves time, and timers fire in order. */
import type { SetTimer } from '../src/lib/poller.ts';

export interface Pace {
  /**
   * Awaited before time moves on, for work that takes real time, such as writes. Resolves with whether there was any
   * work; the clock then calls it again.
   */
  idle?: () => Promise<unknown>;
  /** After this many timers the clock gives up: the timers are endless. */
  most?: number;
}

export interface VirtualClock {
  now: () => Date;
  setTimer: SetTimer;
  /** The number of timers that have neither fired nor been cancelled. */
  waiting(): number;
  /** When the next timer fires, in epoch milliseconds. */
  due(): number | undefined;
  /** Moves time forward and fires the timers that are due on the way. */
  advance(ms: number, pace?: Pace): Promise<void>;
  /**
   * Moves from timer to timer: to a moment, until a condition holds, or, without either, until no timer is left. Promises
   * that a timer resolves are settled before the next timer fires.
   */
  run(until?: Date | (() => boolean), pace?: Pace): Promise<void>;
}

interface Timer {
  at: number;
  /** Of two timers at the same moment, the one that was set first fires first. */
  order: number;
  work: (() => void) | undefined;
}

/** The longest delay of Node's own timers. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const MAX_TIMERS = 5_000_000;

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createClock(start: string | Date = '2026-03-02T09:00:00.000Z'): VirtualClock {
  let ms = new Date(start).getTime();
  let order = 0;
  let waiting = 0;
  let moving = false;
  const heap = createHeap();

  const setTimer: SetTimer = (delay, work) => {
    if (!(delay <= MAX_DELAY_MS)) throw new RangeError(`No timer can wait ${delay} ms.`);
    const timer: Timer = { at: ms + Math.max(0, delay), order: order++, work };
    heap.push(timer);
    waiting += 1;
    return () => {
      if (timer.work) waiting -= 1;
      timer.work = undefined;
    };
  };

  /** The next timer that was not cancelled. */
  const next = (): Timer | undefined => {
    for (let top = heap.top(); top; top = heap.top()) {
      if (top.work) return top;
      heap.pop();
    }
    return undefined;
  };

  const waitFor = async ({ idle }: Pace): Promise<void> => {
    while (await idle?.()) await settled();
    if (idle) await settled();
  };

  const move = async (end: number, done: () => boolean, pace: Pace): Promise<void> => {
    let left = pace.most ?? MAX_TIMERS;
    await settled();
    await waitFor(pace);
    while (!done()) {
      const timer = next();
      if (!timer || timer.at > end) break;
      if (left-- === 0) throw new Error(`After ${pace.most ?? MAX_TIMERS} timers there are still more.`);
      heap.pop();
      waiting -= 1;
      ms = timer.at;
      const { work } = timer;
      timer.work = undefined;
      work?.();
      await settled();
      // Other timers of the same moment fire first.
      if (next()?.at !== ms) await waitFor(pace);
    }
    if (Number.isFinite(end) && !done()) ms = Math.max(ms, end);
  };

  const run: VirtualClock['run'] = async (until, pace = {}) => {
    if (moving) throw new Error('The clock is being moved already.');
    moving = true;
    const isDone = typeof until === 'function' ? until : () => false;
    try {
      await move(until instanceof Date ? until.getTime() : Number.POSITIVE_INFINITY, isDone, pace);
    } finally {
      moving = false;
    }
  };

  return {
    now: () => new Date(ms),
    setTimer,
    waiting: () => waiting,
    due: () => next()?.at,
    run,
    advance: (by, pace) => run(new Date(ms + by), pace),
  };
}

/** A binary heap with the soonest timer on top. */
function createHeap() {
  const timers: Timer[] = [];
  const sooner = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

  return {
    top: (): Timer | undefined => timers[0],
    push(timer: Timer): void {
      let place = timers.push(timer) - 1;
      while (place > 0) {
        const above = (place - 1) >> 1;
        if (!sooner(timer, timers[above]!)) break;
        timers[place] = timers[above]!;
        place = above;
      }
      timers[place] = timer;
    },
    pop(): void {
      const timer = timers.pop();
      if (!timer || timers.length === 0) return;
      let place = 0;
      for (;;) {
        let below = 2 * place + 1;
        if (below >= timers.length) break;
        if (below + 1 < timers.length && sooner(timers[below + 1]!, timers[below]!)) below += 1;
        if (!sooner(timers[below]!, timer)) break;
        timers[place] = timers[below]!;
        place = below;
      }
      timers[place] = timer;
    },
  };
}
