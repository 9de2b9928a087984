import type { Session } from "../contract/session.ts";

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
