import type { DeadlineKind } from "./store/deadlines.ts";
import type { Partition } from "./store/keys.ts";

export interface Due<P> {
  readonly partition: Partition;
  readonly id: string;
  readonly dueAt: number;
  readonly payload: P;
}

/** Runs deadlines when they are due, on whichever worker claims them. */
export interface Timers {
  /** One handler per kind. What it throws is logged, and the deadline fires again after its lease. */
  on<P>(kind: DeadlineKind<P>, handle: (due: Due<P>) => Promise<void>): void;
  /** Looks now, instead of at the next poll, for what is due in this partition: after a commit with an outbox entry. */
  wake(partition: Partition): void;
}
