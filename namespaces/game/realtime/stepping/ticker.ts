/** One timer for all rooms of a worker: each steps at its own rate, without drift. */

/** Late steps that are run again in one go; the rest is skipped. */
const MAX_CATCH_UP = 5;

export interface Ticked {
  readonly stepMs: number;
  /** Runs one step, which was due so many milliseconds ago. Must not throw. */
  step(lateMs: number): void;
  /** So many steps are left out. */
  skip(steps: number): void;
  /** After the steps of one turn. */
  stepped(): void;
}

interface Entry {
  readonly room: Ticked;
  /** When the next step is due, by the monotonic clock. */
  due: number;
}

/** The golden ratio's part: however many moments were given, the next one lies in the widest gap between them. */
const SPREAD = 0.618_034;

/** Moments of a period, from 0 to 1, spread evenly: what many rooms do in each of theirs is not done at once. */
export function spreadPhases(): () => number {
  let phase = 0;
  return () => {
    phase = (phase + SPREAD) % 1;
    return phase;
  };
}

export class Ticker {
  readonly #entries = new Map<Ticked, Entry>();
  readonly #now: () => number;
  readonly #phase = spreadPhases();
  #timer: NodeJS.Timeout | undefined;
  /** Steps that began later than half a step after they were due, and those that were left out. */
  late = 0;
  skipped = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @param lastMs how long ago the last step was: the first one here is due a step's time after it. Left out: within a step's time */
  add(room: Ticked, lastMs?: number): void {
    const { stepMs } = room;
    const inMs = lastMs === undefined ? stepMs * this.#phase() : Math.max(0, stepMs - lastMs);
    this.#entries.set(room, { room, due: this.#now() + inMs });
    this.#arm();
  }

  remove(room: Ticked): void {
    this.#entries.delete(room);
    if (this.#entries.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#entries.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Runs what is due. */
  run(): void {
    const now = this.#now();
    for (const entry of [...this.#entries.values()]) this.#runEntry(entry, now);
  }

  #runEntry(entry: Entry, now: number): void {
    const { room } = entry;
    if (entry.due > now) return;
    if (now - entry.due > room.stepMs / 2) this.late++;
    for (let steps = 0; steps < MAX_CATCH_UP && entry.due <= now; steps++) {
      // A step can end its room.
      if (this.#entries.get(room) !== entry) return;
      room.step(now - entry.due);
      entry.due += room.stepMs;
    }
    const behind = Math.floor((now - entry.due) / room.stepMs) + 1;
    if (behind > 0) {
      entry.due += behind * room.stepMs;
      this.skipped += behind;
      room.skip(behind);
    }
    room.stepped();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#entries.size === 0) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#entries.values()) next = Math.min(next, due);
    this.#timer = setTimeout(
      () => {
        this.run();
        this.#arm();
      },
      Math.max(0, next - this.#now()),
    );
  }
}
