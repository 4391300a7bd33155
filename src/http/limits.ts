/** Counts requests in fixed windows. In the memory of one node: a limit here protects the node, it does not bill. */

export interface Allowance {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Unix seconds at which the window ends. */
  resetAt: number;
  /** Whole seconds until then, at least 1. */
  retryAfterSeconds: number;
}

export class Windows {
  readonly #lengthSeconds: number;
  #window = 0;
  #counts = new Map<string, number>();

  constructor(lengthSeconds: number) {
    this.#lengthSeconds = lengthSeconds;
  }

  /** Counts one more for `key`. */
  take(key: string, limit: number, now: Date): Allowance {
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

  /** What `key` has taken in this window so far. */
  taken(key: string, now: Date): number {
    const window = Math.floor(now.getTime() / 1000 / this.#lengthSeconds);
    return window === this.#window ? (this.#counts.get(key) ?? 0) : 0;
  }
}
