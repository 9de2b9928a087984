/**
 * The last text of each user in each channel, and when it was said: here, or on another worker as this one hears the channel. Nothing
 * is asked of the store for it; of private channels, which no worker hears as a whole, each counts what is said on it.
 */

/** The same text of one user in one channel so often within this time is enough. */
const SAME_TIMES = 3;
const SAME_MS = 30_000;
/** Users remembered on this worker; the one who spoke longest ago gives way. */
const MAX_REMEMBERED = 10_000;

interface Said {
  readonly text: string;
  readonly times: readonly number[];
}

export class SaidLately {
  readonly #lately = new Map<string, Said>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** False where it was said often enough already; else it counts as said. */
  mayBeSaid(userId: string, channelId: string, content: string): boolean {
    return this.#say(userId, channelId, content, SAME_TIMES);
  }

  /** It was said on another worker. */
  note(userId: string, channelId: string, content: string): void {
    this.#say(userId, channelId, content, Number.POSITIVE_INFINITY);
  }

  #say(userId: string, channelId: string, content: string, max: number): boolean {
    const key = `${userId.length}:${userId}:${channelId}`;
    const text = content.toLowerCase();
    const before = this.#lately.get(key);
    const since = this.#now() - SAME_MS;
    const times = before?.text === text ? before.times.filter((at) => at > since) : [];
    const may = times.length < max;
    this.#lately.delete(key);
    this.#lately.set(key, { text, times: may ? [...times.slice(1 - SAME_TIMES), this.#now()] : times });
    if (this.#lately.size > MAX_REMEMBERED) {
      const [oldest] = this.#lately.keys();
      if (oldest !== undefined) this.#lately.delete(oldest);
    }
    return may;
  }
}
