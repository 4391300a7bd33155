/** Counts requests in fixed windows of time, in the memory of one node: a limit protects the node that counts it. */

export interface Allowance {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Unix seconds at which the window ends. */
  resetAt: number;
  /** Whole seconds until then, at least 1. */
  retryAfterSeconds: number;
}

export class RateWindows {
  readonly #lengthSeconds: number;
  #window = 0;
  #counts = new Map<string, number>();

  constructor(lengthSeconds: number) {
    this.#lengthSeconds = lengthSeconds;
  }

  /** Counts one request of `key`. */
  count(key: string, limit: number, now: Date): Allowance {
    const seconds = now.getTime() / 1000;
    const window = Math.floor(seconds / this.#lengthSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const resetAt = (window + 1) * this.#lengthSeconds;
    return {
      allowed: count <= limit,
      limit,
      remaining: Math.max(0, limit - count),
      resetAt,
      retryAfterSeconds: Math.max(1, Math.ceil(resetAt - seconds)),
    };
  }

  /** The requests of `key` that were counted in the current window. */
  countOf(key: string, now: Date): number {
    const window = Math.floor(now.getTime() / 1000 / this.#lengthSeconds);
    return window === this.#window ? (this.#counts.get(key) ?? 0) : 0;
  }
}

export interface Rates {
  minute: Allowance;
  hour: Allowance;
}

/** Limits the requests of each key: so many per minute, and 60 times as many per hour. */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #minutes = new RateWindows(60);
  readonly #hours = new RateWindows(3600);

  /** @param perMinute 0 means no limit. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts one request; undefined where there is no limit. */
  count(key: string, now: Date): Rates | undefined {
    if (this.#perMinute === 0) return undefined;
    return {
      minute: this.#minutes.count(key, this.#perMinute, now),
      hour: this.#hours.count(key, this.#perMinute * 60, now),
    };
  }
}
