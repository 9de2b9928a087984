/** One after the other: who changes the same thing within this process takes turns, in the order in which they came. */
import { GameError } from "./contract/errors.ts";

/** Waiting at one name; more are refused at once. */
const MAX_WAITING = 1_000;
/** Nobody waits for longer behind one that has not passed its turn on: it saves conflicts, and guards nothing. */
const TURN_MS = 250;

export interface Turn {
  /** Whether it was passed on, or was so long that the next one did not wait for that. */
  readonly over: boolean;
  /** Lets the next one go on. Again: nothing happens. */
  pass(): void;
  /** Ends the wait of all who stand behind this turn, with the same failure. */
  fail(reason: GameError): void;
}

interface Waiter {
  readonly timer: NodeJS.Timeout;
  resolve(turn: Turn): void;
  reject(reason: GameError): void;
}

export const tooManyChanges = () =>
  new GameError("unavailable", { message: "too many changes at the same time, try again" });

/** Nothing is kept of a name at which nobody has a turn. */
export class SerialPerKey {
  readonly #lines = new Map<string, Line>();

  /** How many names somebody has a turn at. */
  get size(): number {
    return this.#lines.size;
  }

  /**
   * @param waitMs how long the caller would wait
   * @throws GameError `unavailable` after that, where too many wait already, and where a turn before it has failed
   */
  take(name: string, waitMs: number): Promise<Turn> {
    const line = this.#lines.get(name);
    if (line) return line.wait(waitMs);
    const first = new Line(() => this.#lines.delete(name));
    this.#lines.set(name, first);
    return Promise.resolve(first.begin());
  }
}

class Line {
  readonly #waiting = new Set<Waiter>();
  readonly #empty: () => void;
  #present: { over: boolean } | undefined;
  #tooLong: NodeJS.Timeout | undefined;

  constructor(empty: () => void) {
    this.#empty = empty;
  }

  begin(): Turn {
    const turn: Turn & { over: boolean } = {
      over: false,
      pass: () => {
        if (!turn.over) this.#next();
      },
      fail: (reason) => {
        if (turn.over) return;
        for (const { timer, reject } of this.#waiting) {
          clearTimeout(timer);
          reject(reason);
        }
        this.#waiting.clear();
        this.#next();
      },
    };
    this.#present = turn;
    if (this.#waiting.size > 0) this.#hurry();
    return turn;
  }

  wait(waitMs: number): Promise<Turn> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(tooManyChanges());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(tooManyChanges());
      }, waitMs);
      timer.unref();
      const waiter: Waiter = { timer, resolve, reject };
      this.#waiting.add(waiter);
      if (this.#tooLong === undefined) this.#hurry();
    });
  }

  #hurry(): void {
    this.#tooLong = setTimeout(() => this.#next(), TURN_MS);
    this.#tooLong.unref();
  }

  #next(): void {
    if (this.#present) this.#present.over = true;
    clearTimeout(this.#tooLong);
    this.#tooLong = undefined;
    const [waiter] = this.#waiting;
    if (waiter === undefined) {
      this.#empty();
      return;
    }
    this.#waiting.delete(waiter);
    clearTimeout(waiter.timer);
    waiter.resolve(this.begin());
  }
}

/**
 * One task at a time per key, each after all that were given before it for its key, whatever came of them. It waits without a limit of
 * its own: the tasks have one, and callers bound how many they give.
 */
export class KeyedMutex<K> {
  readonly #last = new Map<K, Promise<unknown>>();

  /** Keys with a task that waits or runs. */
  get size(): number {
    return this.#last.size;
  }

  has(key: K): boolean {
    return this.#last.has(key);
  }

  /** Starts at once where the key is free. @returns what the task returns */
  run<R>(key: K, task: () => Promise<R>): Promise<R> {
    const before = this.#last.get(key);
    const mine = before === undefined ? task() : before.then(task, task);
    this.#last.set(key, mine);
    const end = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(end, end);
    return mine;
  }

  /** Resolves when the tasks that the key has now are done. Never rejects. */
  async idle(key: K): Promise<void> {
    await this.#last.get(key)?.catch(() => undefined);
  }
}
