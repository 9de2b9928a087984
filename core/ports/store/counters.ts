/** What one worker counted in a window, and how much of it the others do not know yet. */
interface CounterDelta {
  /** Names the counter and the window, such as `rate:chat_message:ann:29`. */
  readonly key: string;
  readonly add: number;
}

/** Counters shared by all workers, for limits that hold over all of them. Lost with the store; never waited for by a command. */
export interface SharedCounters {
  /**
   * Adds, and returns each counter's total over all workers, in the same order; undefined for one that could not be reached, which is
   * as it was. A counter is forgotten after `ttlMs`. @throws GameError `unavailable` where none could be
   */
  add(deltas: readonly CounterDelta[], ttlMs: number): Promise<(number | undefined)[]>;
}
