/** A background loop for work with known due times: it sleeps until the next one, and `wake` ends the sleep early. */
import type { SetTimer } from './poller.ts';

export interface SchedulerOptions {
  /** One round; resolves with whether it did anything. */
  work: () => Promise<boolean>;
  /** The pause after a round that did nothing, in milliseconds. */
  restMs: () => Promise<number>;
  setTimer: SetTimer;
}

const PAUSE_AFTER_FAILURE_MS = 1000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #cancelTimer: (() => void) | undefined;
  #round: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** `wake` was called during the round under way. */
  #wakeRequested = false;
  /** The latest round failed. */
  #isFailing = false;
  #report: (error: unknown) => void = () => undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Starts the loop. `report` receives the first error of each series of failed rounds; the loop goes on. */
  start(report: (error: unknown) => void): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#report = report;
    this.#schedule(0);
  }

  /** Starts the next round now, or right after the one under way. */
  wake(): void {
    if (this.#isWorking) this.#wakeRequested = true;
    else this.#schedule(0);
  }

  /** Waits for the round under way; resolves with whether there was one. */
  async quiet(): Promise<boolean> {
    const wasWorking = this.#isWorking;
    await this.#round;
    return wasWorking;
  }

  /** Stops the loop after the round under way; resolves with whether the loop was running. */
  async stop(): Promise<boolean> {
    const wasRunning = this.isRunning;
    this.#state = 'stopped';
    this.#cancelTimer?.();
    await this.#round;
    return wasRunning;
  }

  #schedule(ms: number): void {
    if (!this.isRunning) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.setTimer(ms, () => {
      this.#round = this.#tick();
    });
  }

  async #tick(): Promise<void> {
    const { work, restMs } = this.#options;
    this.#cancelTimer = undefined;
    this.#isWorking = true;
    this.#wakeRequested = false;
    let pauseMs: number;
    try {
      const busy = await work();
      pauseMs = busy || this.#wakeRequested ? 0 : await restMs();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#report(error);
      this.#isFailing = true;
      pauseMs = PAUSE_AFTER_FAILURE_MS;
    }
    this.#isWorking = false;
    this.#schedule(this.#wakeRequested ? 0 : pauseMs);
  }
}
