/** The waits of a client in one place, so that its close ends them all. */

/** What `setTimeout` can count to; it takes more for nothing. */
const LONGEST_MS = 2 ** 31 - 1;

export class Timers {
  readonly #running = new Map<ReturnType<typeof setTimeout>, () => void>();
  #closed = false;

  /** Calls `run` later. @returns what takes that back */
  after(ms: number, run: () => void): () => void {
    return this.#start(ms, run, () => undefined);
  }

  /** Resolves after a time, or at once when the client is closed: who waits looks again at what is true then. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#start(ms, resolve, resolve);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  #start(ms: number, run: () => void, ended: () => void): () => void {
    if (this.#closed) {
      ended();
      return () => undefined;
    }
    const timer = setTimeout(
      () => {
        this.#running.delete(timer);
        run();
      },
      Math.min(LONGEST_MS, Math.max(0, ms)),
    );
    this.#running.set(timer, ended);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  close(): void {
    this.#closed = true;
    const running = [...this.#running];
    this.#running.clear();
    for (const [timer, ended] of running) {
      clearTimeout(timer);
      ended();
    }
  }
}

/** Waits between tries: each twice the one before up to a last, spread so that clients that failed together do not come back together. */
export class Backoff {
  readonly #firstMs: number;
  readonly #lastMs: number;
  #tries = 0;

  constructor(firstMs: number, lastMs: number) {
    this.#firstMs = firstMs;
    this.#lastMs = lastMs;
  }

  /** @param askedMs what the server asks to wait at least */
  next(askedMs = 0): number {
    const ownMs = Math.min(this.#lastMs, this.#firstMs * 2 ** Math.min(this.#tries++, 20));
    const spreadMs = ownMs * (0.5 + Math.random());
    return askedMs > 0 ? Math.max(spreadMs, askedMs + Math.random() * this.#firstMs) : spreadMs;
  }

  reset(): void {
    this.#tries = 0;
  }
}
