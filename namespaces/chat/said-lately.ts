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

  /** Undefined where it was said often enough already; else it counts as said. @returns a function that takes that back */
  mayBeSaid(userId: string, channelId: string, content: string): (() => void) | undefined {
    return this.#say(userId, channelId, content, SAME_TIMES);
  }

  /** It was said on another worker. */
  note(userId: string, channelId: string, content: string): void {
    this.#say(userId, channelId, content, Number.POSITIVE_INFINITY);
  }

  #say(userId: string, channelId: string, content: string, max: number): (() => void) | undefined {
    const key = `${userId.length}:${userId}:${channelId}`;
    const text = content.toLowerCase();
    const before = this.#lately.get(key);
    const since = this.#now() - SAME_MS;
    const times = before?.text === text ? before.times.filter((at) => at > since) : [];
    const at = this.#now();
    const may = times.length < max;
    const said = { text, times: may ? [...times.slice(1 - SAME_TIMES), at] : times };
    this.#lately.delete(key);
    this.#lately.set(key, said);
    if (this.#lately.size > MAX_REMEMBERED) {
      const [oldest] = this.#lately.keys();
      if (oldest !== undefined) this.#lately.delete(oldest);
    }
    return may ? () => this.#takeBack(key, said, before, at) : undefined;
  }

  #takeBack(key: string, said: Said, before: Said | undefined, at: number): void {
    const latest = this.#lately.get(key);
    if (latest === said && !before) this.#lately.delete(key);
    else if (latest === said && before) this.#lately.set(key, before);
    else if (latest?.text === said.text) {
      const which = latest.times.indexOf(at);
      this.#lately.set(key, { text: said.text, times: latest.times.filter((_, index) => index !== which) });
    }
  }
}
