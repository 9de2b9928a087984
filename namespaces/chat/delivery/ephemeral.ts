/** Who types where, on this worker: told when it begins and ends, not with every key; ends by itself. */
import type { Clock } from "../../../core/clock.ts";

export interface Typist {
  /** Names the connection and the channel. */
  readonly key: string;
  tell(typing: boolean): void;
}

interface Typing {
  readonly typist: Typist;
  endsAt: number;
  toldAt: number;
}

/** Said again to those who came later, or missed it: it is volatile. */
const REPEAT_MS = 2_000;

export class TypingBoard {
  readonly #clock: Clock;
  readonly #lastsMs: number;
  readonly #typing = new Map<string, Typing>();
  #interval: NodeJS.Timeout | undefined;

  constructor(clock: Clock, lastsMs: number) {
    this.#clock = clock;
    this.#lastsMs = lastsMs;
  }

  begin(typist: Typist): void {
    const now = this.#clock.now();
    const known = this.#typing.get(typist.key);
    const typing = known ?? { typist, endsAt: 0, toldAt: Number.NEGATIVE_INFINITY };
    typing.endsAt = now + this.#lastsMs;
    this.#typing.set(typist.key, typing);
    this.#interval ??= setInterval(() => this.sweep(), 500).unref();
    if (now - typing.toldAt < REPEAT_MS) return;
    typing.toldAt = now;
    typist.tell(true);
  }

  /** Tells of the end, if there was a beginning. */
  end(key: string): void {
    const typing = this.#typing.get(key);
    if (!typing) return;
    this.#typing.delete(key);
    if (this.#typing.size === 0) this.close();
    typing.typist.tell(false);
  }

  /** Ends what was not said again in time. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, typing] of this.#typing) if (now >= typing.endsAt) this.end(key);
  }

  /** Ends whatever has a key that begins so. */
  endAll(prefix: string): void {
    for (const key of [...this.#typing.keys()]) if (key.startsWith(prefix)) this.end(key);
  }

  get size(): number {
    return this.#typing.size;
  }

  close(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}
