/**
 * The documents that this worker has just changed. Who changes one of them next, in the same moment, need not ask Redis for it first: with
 * `appendfsync always` a question takes as long as a change.
 */

/** As long as a command waits behind others. Later another worker may as well have changed it. */
const KEPT_MS = 50;
const MAX_DOCUMENTS = 1_000;
const MAX_CHARS = 2_000_000;
/** One that is larger is read from Redis. */
const LONGEST = 100_000;

interface Recent {
  readonly version: number;
  /** The state, as it was sent. */
  readonly text: string;
  readonly until: number;
}

export class RecentDocuments {
  /** Oldest first. */
  readonly #documents = new Map<string, Recent>();
  readonly #now: () => number;
  #chars = 0;

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What Redis has taken. @param ttlMs after which it is forgotten there */
  note(name: string, version: number, text: string, ttlMs = Number.POSITIVE_INFINITY): void {
    const known = this.#documents.get(name);
    if (known !== undefined && known.version > version) return;
    this.forget(name);
    if (text.length > LONGEST) return;
    const now = this.#now();
    for (const [oldest, { until }] of this.#documents) {
      const isFull = this.#documents.size >= MAX_DOCUMENTS || this.#chars + text.length > MAX_CHARS;
      if (until > now && !isFull) break;
      this.forget(oldest);
    }
    this.#documents.set(name, { version, text, until: now + Math.min(KEPT_MS, ttlMs) });
    this.#chars += text.length;
  }

  forget(name: string): void {
    this.#chars -= this.#documents.get(name)?.text.length ?? 0;
    this.#documents.delete(name);
  }

  find(name: string): Pick<Recent, "version" | "text"> | undefined {
    const found = this.#documents.get(name);
    return found !== undefined && found.until > this.#now() ? found : undefined;
  }
}
