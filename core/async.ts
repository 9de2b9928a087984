/** How asynchronous work is joined, repeated, limited in time, and put in order. */
import { because } from "./contract/cause.ts";
import { GameError } from "./contract/errors.ts";

/** One run for all callers that come while it is under way. */
export interface SingleFlight<T> {
  /** Starts a run, or joins the one under way. Rejects as the run does. */
  (): Promise<T>;
  readonly isRunning: boolean;
  /** Resolves when no run is under way, whatever came of the last one. Never rejects. */
  idle(): Promise<void>;
}

/** @param work may throw at once too: that is a rejection */
export function singleFlight<T>(work: () => Promise<T>): SingleFlight<T> {
  let running: Promise<T> | undefined;
  const call = (): Promise<T> => {
    running ??= start(work).finally(() => {
      running = undefined;
    });
    return running;
  };
  return Object.defineProperty(
    Object.assign(call, {
      isRunning: false,
      idle: async () => {
        await running?.catch(() => undefined);
      },
    }),
    "isRunning",
    { get: () => running !== undefined },
  );
}

/**
 * One read for all callers of the same moment. A caller that comes while a read is under way gets the next read: what happened before
 * its call is in the result.
 */
export function coalesce<T>(read: () => Promise<T>): () => Promise<T> {
  const current = singleFlight(read);
  let next: Promise<T> | undefined;

  /** From here on the next read is under way: later callers get the one after it. */
  function beginNext(): Promise<T> {
    next = undefined;
    return current();
  }

  return () => {
    if (!current.isRunning) return current();
    next ??= current().then(beginNext, beginNext);
    return next;
  };
}

/**
 * Runs work at an interval, and skips a run while the one before is under way. The timer keeps no process alive.
 * @param failed gets what the work throws; must not throw itself
 * @returns a function that ends it; a run under way goes on
 */
export function every(ms: number, work: () => unknown, failed: (err: unknown) => void): () => void {
  let isBusy = false;
  const run = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      await work();
    } catch (err) {
      failed(err);
    } finally {
      isBusy = false;
    }
  };
  const interval = setInterval(() => void run(), ms);
  interval.unref();
  return () => clearInterval(interval);
}

/**
 * Waits for work for so many milliseconds at most. Work that is late goes on; what comes of it is ignored.
 * @returns whether the work has ended in time
 * @throws what the work throws in time
 */
export async function endsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The result of work, if it comes within so many milliseconds.
 * @throws what the work throws in time; else an Error that names the limit
 */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  if (!(await endsWithin(limitMs, work))) throw new Error(`no answer within ${limitMs} ms`);
  return work;
}

/** How long the application is waited for where a client waits for its answer. */
const ASK_LIMIT_MS = 3_000;

/**
 * Asks a function of the application's own, for three seconds at most.
 * @throws what it throws; GameError `unavailable` where it does not answer in time
 */
export async function askInTime<T>(ask: () => Promise<T>): Promise<T> {
  const asked = ask();
  // Told to nobody where it comes too late.
  asked.catch(() => undefined);
  if (!(await endsWithin(ASK_LIMIT_MS, asked)))
    throw new GameError("unavailable", {
      cause: because("application", `the application did not answer within ${ASK_LIMIT_MS / 1_000} s`),
    });
  return asked;
}

/** Calls it now; what it throws at once is a rejection. */
const start = async <R>(task: () => Promise<R>): Promise<R> => task();

// Turns with a time limit: for changes of the same document within this process.

/** Callers that wait at one key; more are refused at once. */
const MAX_WAITING = 1_000;
/** The longest wait behind one turn that was not passed on: turns save conflicts, and guard nothing. */
const TURN_MS = 250;

export interface KeyTurn {
  /** Whether it was passed on, or was so long that the next one did not wait for that. */
  readonly over: boolean;
  /** Lets the next one go on. A second call does nothing. */
  pass(): void;
  /** Ends the wait of all that stand behind this turn, with the same failure. */
  fail(reason: GameError): void;
}

interface Waiter {
  readonly timer: NodeJS.Timeout;
  resolve(turn: KeyTurn): void;
  reject(reason: GameError): void;
}

export const tooManyChanges = () =>
  new GameError("unavailable", { message: "too many changes at the same time, try again" });

/** Turns at each key, in the order of the calls. Nothing is kept of a key without a turn. */
export class SerialPerKey {
  readonly #queues = new Map<string, TurnQueue>();

  /** Keys with a turn that is not over. */
  get size(): number {
    return this.#queues.size;
  }

  /**
   * @param waitMs how long the caller would wait
   * @throws GameError `unavailable` after that time, where too many wait already, and where a turn before it has failed
   */
  take(key: string, waitMs: number): Promise<KeyTurn> {
    const queue = this.#queues.get(key);
    if (queue) return queue.wait(waitMs);
    const first = new TurnQueue(() => this.#queues.delete(key));
    this.#queues.set(key, first);
    return Promise.resolve(first.begin());
  }
}

class TurnQueue {
  readonly #waiting = new Set<Waiter>();
  readonly #empty: () => void;
  #present: { over: boolean } | undefined;
  #tooLong: NodeJS.Timeout | undefined;

  constructor(empty: () => void) {
    this.#empty = empty;
  }

  begin(): KeyTurn {
    const turn: KeyTurn & { over: boolean } = {
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

  wait(waitMs: number): Promise<KeyTurn> {
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
    const mine = before === undefined ? start(task) : before.then(task, task);
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
