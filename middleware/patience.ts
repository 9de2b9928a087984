/**
 * Longer refusals for who goes on although refused: of one user and event. A burst costs nothing more than its window; who is over
 * the limit in one window after the other waits, from the fourth on, twice as long with each.
 */
import type { RateRule } from "../core/contract.ts";

/** Windows in a row with refusals that cost nothing more. */
const FREE = 3;
/** Without a refusal for so long all is forgotten. */
const FORGET_MS = 60_000;
/** Events that may come so often are streams of positions or relayed data: what is refused of them is skipped, and no offence. */
const STREAM_PER_MS = 0.05;

export class Patience {
  #offences = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  /** Milliseconds for which the user is still refused; 0: not refused. */
  left(now: number): number {
    // A clock that was set back must not lock anybody out.
    if (now < this.#lastAt - FORGET_MS) this.#until = Number.NEGATIVE_INFINITY;
    return Math.max(0, this.#until - now);
  }

  /**
   * Takes note of a refusal.
   * @param waitMs what the window alone would have the user wait
   * @param longestMs no refusal is longer; 0: none is longer than the window's
   * @returns how long to wait
   */
  refuse(now: number, waitMs: number, { max, windowMs }: RateRule, longestMs: number): number {
    if (longestMs === 0 || max / windowMs >= STREAM_PER_MS) return waitMs;
    const since = now - this.#lastAt;
    if (since < 0 || since > FORGET_MS + windowMs) this.#offences = 0;
    if (this.#offences === 0 || since >= windowMs) {
      this.#offences++;
      this.#lastAt = now;
      if (this.#offences > FREE) {
        const refusalMs = Math.min(longestMs, windowMs * 2 ** (this.#offences - FREE));
        this.#until = Math.max(this.#until, now + refusalMs);
      }
    }
    return Math.max(waitMs, this.left(now));
  }

  isIdle(now: number): boolean {
    return this.left(now) === 0 && (now - this.#lastAt > FORGET_MS || now < this.#lastAt);
  }
}
