import type { Contract } from "../contract/contract.ts";
import type { Session } from "../contract/session.ts";

/** Called with what a page counts, once it was read. Resolves when the next may be: others have had their turn meanwhile. */
export type Spend = (bytes: number | undefined) => Promise<void>;

export interface TurnOptions {
  /** Waits for as long as the connection lasts. Left out: ten seconds. */
  readonly patient?: boolean;
}

/**
 * What clients cause to be read, shared out. One connection reads one thing at a time, and no faster than it takes what it was sent; all
 * connections of a worker together read no faster than leaves time for everything else. So whoever reads much waits for themselves.
 */
export interface Reading {
  /**
   * Runs `read` when it is this connection's turn. It reads page by page and calls `spend` after each; not for what is always small.
   * Turns do not nest: the inner one would wait for the outer one.
   * @throws GameError `rate_limited` where too many of the connection wait, or one has waited for too long; `unavailable` where the
   * connection has ended
   */
  turn<C extends Contract, R>(
    session: Session<C>,
    read: (spend: Spend) => Promise<R>,
    options?: TurnOptions,
  ): Promise<R>;
  /** Bytes that were sent to the connection and that it has not taken yet; 0 where it has ended. */
  unreadBytes<C extends Contract>(session: Session<C>): number;
}
