/** The waits of a client in one place, so that its close ends them all. */

/** The longest time that `setTimeout` takes; it fires at once for a longer one. */
const LONGEST_MS = 2 ** 31 - 1;

export class ClientTimers {
  readonly #running = new Map<ReturnType<typeof setTimeout>, () => void>();
  #closed = false;

  /** Calls `run` later. @returns a function that cancels it */
  after(ms: number, run: () => void): () => void {
    return this.#start(ms, run, () => undefined);
  }

  /** Resolves after a time, or at once when the client is closed: the caller looks again at the state then. */
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
export class ReconnectBackoff {
  readonly #firstMs: number;
  readonly #lastMs: number;
  #tries = 0;

  constructor(firstMs: number, lastMs: number) {
    this.#firstMs = firstMs;
    this.#lastMs = lastMs;
  }

  /** @param askedMs the shortest wait that the server asks for */
  next(askedMs = 0): number {
    const ownMs = Math.min(this.#lastMs, this.#firstMs * 2 ** Math.min(this.#tries++, 20));
    const spreadMs = ownMs * (0.5 + Math.random());
    return askedMs > 0 ? Math.max(spreadMs, askedMs + Math.random() * this.#firstMs) : spreadMs;
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** A little longer than the server asks for by default, 20 commands a second. */
const FIRST_GAP_MS = 60;
const LAST_GAP_MS = 5_000;
/** Unused for so long it is forgotten. */
const IDLE_MS = 10_000;

interface Learned {
  readonly gapMs: number;
  readonly since: number;
  nextAt: number;
}

/** How fast commands of one name may follow each other, learned from refusals: a client that goes on at the limit is refused for longer. */
export class CommandPace {
  readonly #learned = new Map<string, Learned>();

  /** When the next of this name may go; 0: at once. */
  nextAt(name: string, now: number): number {
    const learned = this.#learned.get(name);
    if (learned && now - learned.nextAt > IDLE_MS) this.#learned.delete(name);
    return learned?.nextAt ?? 0;
  }

  sent(name: string, now: number): void {
    const learned = this.#learned.get(name);
    if (learned) learned.nextAt = now + learned.gapMs;
  }

  /** One that was sent at `sentAt` was one too many; the next may go at `until`. */
  refused(name: string, sentAt: number, now: number, until: number): void {
    const learned = this.#learned.get(name);
    // Of many that were under way together the first has taught it.
    const known = learned !== undefined && sentAt < learned.since;
    const gapMs = known ? learned.gapMs : Math.min(LAST_GAP_MS, 2 * (learned?.gapMs ?? FIRST_GAP_MS / 2));
    const since = known ? learned.since : now;
    this.#learned.set(name, { gapMs, since, nextAt: Math.max(until, learned?.nextAt ?? 0) });
  }
}
