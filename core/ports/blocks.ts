import type { UserId } from "../ids.ts";

export interface BlockChange {
  /** Whose list it is. */
  readonly user: UserId;
  readonly other: UserId;
  readonly blocked: boolean;
}

/** Whom users block: kept by `/chat`, asked by whoever brings users together or shows one to another. */
export interface BlockList {
  /** Whether either of two users blocks the other, as it is now. Throws `unavailable`. */
  between(one: UserId, other: UserId): Promise<boolean>;
  /** Whom each of these users blocks, in their order. Throws `unavailable`. */
  of(users: readonly UserId[]): Promise<ReadonlySet<UserId>[]>;
  /**
   * Calls the listener on every worker when a list has changed. A hint, which can be missed. The listener must not throw.
   * @returns a function that ends it
   */
  onChange(listener: (change: BlockChange) => void): Promise<() => void>;
}
