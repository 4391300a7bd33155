/** A clock that stands still until it is moved: hours of timers in a moment, in the order in which they would ring. */
import type { SetTimer } from '../src/lib/poller.ts';

export interface Pace {
  /**
   * Awaited before time moves on: for what really takes time, such as writes of a store. Answers whether it had to wait
   * for anything, and is asked again then.
   */
  idle?: () => Promise<unknown>;
  /** More timers than this are an endless row of them. */
  most?: number;
}

export interface VirtualClock {
  now: () => Date;
  setTimer: SetTimer;
  /** How many timers have neither rung nor been called off. */
  waiting(): number;
  /** When the next timer rings, in epoch milliseconds. */
  due(): number | undefined;
  /** Moves on by so much, and rings what is due on the way. */
  advance(ms: number, pace?: Pace): Promise<void>;
  /**
   * Moves from timer to timer: to a moment, until something holds, or, without either, until no timer waits. What hangs
   * on a timer is settled before the next one rings.
   */
  run(until?: Date | (() => boolean), pace?: Pace): Promise<void>;
}

interface Timer {
  at: number;
  /** Of two at the same moment the one that was set first rings first. */
  order: number;
  work: (() => void) | undefined;
}

/** What Node's own timers can wait; they ring at once when they are told more. */
const MAX_MS = 2 ** 31 - 1;
const MAX_ITEMS = 5_000_000;

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createClock(start: string | Date = '2026-03-02T09:00:00.000Z'): VirtualClock {
  let ms = new Date(start).getTime();
  let order = 0;
  let waiting = 0;
  let moving = false;
  const heap = createHeap();

  const setTimer: SetTimer = (delay, work) => {
    if (!(delay <= MAX_MS)) throw new RangeError(`No timer can wait ${delay} ms.`);
    const timer: Timer = { at: ms + Math.max(0, delay), order: order++, work };
    heap.push(timer);
    waiting += 1;
    return () => {
      if (timer.work) waiting -= 1;
      timer.work = undefined;
    };
  };

  /** The next timer that was not called off. */
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
    let left = pace.most ?? MAX_ITEMS;
    await settled();
    await waitFor(pace);
    while (!done()) {
      const timer = next();
      if (!timer || timer.at > end) break;
      if (left-- === 0) throw new Error(`After ${pace.most ?? MAX_ITEMS} timers there are still more.`);
      heap.pop();
      waiting -= 1;
      ms = timer.at;
      const { work } = timer;
      timer.work = undefined;
      work?.();
      await settled();
      // Only where time would move on: what is due now goes first.
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

/** A binary heap: the soonest timer is on top. */
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
