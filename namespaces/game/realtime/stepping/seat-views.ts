/**
 * What a player saw when they made an input: what they claim, as far as the measured round trip bears it out. The claim belongs to the
 * input, which may wait for its tick; meanwhile the state that was seen grows older.
 */

/** How far beyond the measured round trip a player may look back, in milliseconds: what a client shows is late by its buffer. */
const VIEW_SLACK_MS = 120;
/** A step may look back so far. */
const MAX_VIEW_MS = 250;
/** Claims of inputs that wait; more messages than that never do. */
const MAX_CLAIMS = 128;

export interface ViewClaim {
  /** The last input that it is of. */
  readonly upTo: number;
  /** The last tick that was stepped when it came. */
  readonly now: number;
  /** The newest frame that the client had then. Undefined: no round trip is measured, and nothing is believed. */
  readonly got: number | undefined;
  /** The frame that it showed. */
  readonly seen: number;
}

export class SeatViews {
  readonly #hz: number;
  /** The tick that counts as seen, by the last input of its message; oldest first. */
  #claims: (readonly [upTo: number, seen: number])[] = [];

  constructor(hz: number) {
    this.#hz = hz;
  }

  #ticks(ms: number): number {
    return Math.floor((ms * this.#hz) / 1_000);
  }

  claim({ upTo, now, got, seen }: ViewClaim): void {
    const measured = got === undefined ? 0 : Math.max(0, now - got) + this.#ticks(VIEW_SLACK_MS);
    const ticks = Math.max(0, Math.min(now - seen, measured, this.#ticks(MAX_VIEW_MS)));
    this.#claims.push([upTo, now - ticks]);
    if (this.#claims.length > MAX_CLAIMS) this.#claims.shift();
  }

  /**
   * @param ack the input that the next step takes
   * @param tick the last tick that was stepped
   * @returns how many states the step goes back: 1 is the one before it, 0 none
   */
  of(ack: number, tick: number): number {
    while ((this.#claims[0]?.[0] ?? ack) < ack) this.#claims.shift();
    const [claim] = this.#claims;
    return claim === undefined ? 0 : Math.min(tick - claim[1] + 1, this.#ticks(MAX_VIEW_MS));
  }
}
