import type { Partition } from "./keys.ts";

/** A kind of deadline and what its payload holds. */
export interface DeadlineKind<P> {
  readonly kind: string;
  readonly __payload?: P;
}

export const deadlineKind = <P>(kind: string): DeadlineKind<P> => ({ kind });

/** Sets, moves or (`dueAt: null`) cancels the one deadline of this kind and id in the change's partition. */
export interface DeadlineChange {
  readonly kind: string;
  readonly id: string;
  /** In the store's time (`store.now()`), milliseconds since the epoch. */
  readonly dueAt: number | null;
  readonly payload?: unknown;
}

export const schedule = <P>(
  kind: DeadlineKind<P>,
  id: string,
  dueAt: number,
  payload: P,
): DeadlineChange => ({
  kind: kind.kind,
  id,
  dueAt,
  payload,
});

export const cancel = <P>(kind: DeadlineKind<P>, id: string): DeadlineChange => ({
  kind: kind.kind,
  id,
  dueAt: null,
});

export interface ClaimedDeadline {
  readonly partition: Partition;
  readonly kind: string;
  readonly id: string;
  readonly dueAt: number;
  readonly payload: unknown;
  /** Which claim this is: `complete` removes the deadline only while no later claim or change has touched it. */
  readonly claim: string;
}

export interface WaitingDeadline extends Pick<ClaimedDeadline, "partition" | "kind" | "id"> {
  /** From when on it can be claimed: when it is due, or the end of the present claim. */
  readonly at: number;
}

/**
 * Things to do at a time, kept with the state they belong to: turn timers, grace periods, ticket expiry, and (due at once) the
 * outbox of what a command must still tell or do in another partition.
 * - A due deadline is claimed by exactly one worker; one that has not completed it within the lease is replaced.
 * - It can fire again after a claimer's death, so what it does is guarded by versions or idempotency ids.
 * - The store's clock decides what is due.
 */
export interface Deadlines {
  /** Claims up to `limit` due deadlines for `leaseMs`, oldest first; with a partition, only where that one is kept. */
  claim(limit: number, leaseMs: number, partition?: Partition): Promise<ClaimedDeadline[]>;
  /** Removes it, unless a commit has set it anew or another has claimed it since. */
  complete(claimed: ClaimedDeadline): Promise<void>;
  /** Those that can be claimed first, due or not, in this order. Nothing is claimed: for whoever looks on. */
  soonest(limit: number): Promise<WaitingDeadline[]>;
  /** How many wait, due or not. */
  size(): Promise<number>;
}
