import type { UserId } from "../ids.ts";

export interface BlockChange {
  /** Whose list it is. */
  readonly user: UserId;
  readonly other: UserId;
  readonly blocked: boolean;
}

interface BlockListener {
  /** A list has changed. Can come twice, and late: `of` is the truth. Must not throw. */
  changed(change: BlockChange): void;
  /** Changes are gone that this worker has not heard of: each list may have changed. Must not throw. */
  lost(): void;
}

/** Whom users block: kept by `/chat`, asked by whoever brings users together or shows one to another. */
export interface BlockList {
  /** Whether either of two users blocks the other, as it is now. Throws `unavailable`. */
  between(one: UserId, other: UserId): Promise<boolean>;
  /** Whom each of these users blocks, in their order. Throws `unavailable`. */
  of(users: readonly UserId[]): Promise<ReadonlySet<UserId>[]>;
  /**
   * Tells on every worker that lists have changed: at once, or where a notice was missed within two seconds. Throws `unavailable`
   * where it can't begin now. @returns a function that ends it
   */
  onChange(listener: BlockListener): Promise<() => void>;
}
