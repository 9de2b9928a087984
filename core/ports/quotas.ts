/** How much one user may store, and how often one may guess. */
import type { Session } from "../contract/session.ts";
import type { UserId } from "../ids.ts";

/** Undefined where the amount is taken at once; else wait for it. Callers that wait go on in the order in which they asked. */
export type Taken = Promise<void> | undefined;

/**
 * How much one user may store or create in a window of time, over all workers. More is refused: GameError `rate_limited` with
 * `retry_after_ms`, or `server_full` where all users together have reached the limit; at once, or by the promise.
 */
export interface StorageQuotas {
  /** A stream that may not be there yet is written to or followed by its name. */
  stream(user: UserId): Taken;
  /** It was there. */
  streamWasThere(user: UserId): void;
  /**
   * So many bytes of what a client sent are kept, as a game's action is. The roles `service` and `admin` may store as much as they like.
   */
  stored(session: Pick<Session, "userId" | "identity">, bytes: number): Taken;
  /** The same for what can be done without, such as a chat message. Refused with `server_full`, as `checkSpace` does. */
  message(session: Pick<Session, "userId" | "identity">, bytes: number): Taken;
  /** @throws GameError `server_full` while only the store's reserve is left: for what is kept and can be done without */
  checkSpace(bytes: number): void;
  report(user: UserId): Taken;
  /** A zone of the world is opened on a worker. */
  zone(user: UserId): Taken;
}

/** Bounds how often somebody may be wrong about a secret that could be guessed, such as a join code: by user and by address. */
export interface Guesses {
  /**
   * Before the secret is looked at, right or wrong.
   * @throws GameError `rate_limited` with `retry_after_ms` for who was wrong too often
   */
  check(session: Pick<Session, "userId">): void;
  /** It was wrong. */
  wrong(session: Pick<Session, "userId">): void;
}
