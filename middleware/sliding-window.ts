/**
 * One limit of one subject: the times of its last hits, in a ring that grows as it is needed. Exact: in no span of the window's
 * length are there more hits than allowed.
 */
import type { RateRule } from "../core/contract/contract.ts";

const FIRST_SLOTS = 8;

export class SlidingWindow {
  readonly rule: RateRule;
  #times: Float64Array;
  /** Of the oldest hit in the ring. */
  #head = 0;
  #size = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(rule: RateRule) {
    this.rule = rule;
    this.#times = new Float64Array(Math.min(rule.max, FIRST_SLOTS));
  }

  /** 0 where a hit is allowed with `elsewhere` hits counted by others; else milliseconds until one may be. */
  wait(now: number, elsewhere = 0): number {
    this.#expire(now);
    const room = Math.floor(this.rule.max - elsewhere);
    if (this.#size < room) return 0;
    if (room < 1) return this.rule.windowMs;
    // The hit whose leaving makes room.
    const at = this.#times[(this.#head + this.#size - room) % this.#times.length] ?? now;
    return Math.max(1, at + this.rule.windowMs - now);
  }

  /** Only after `wait` gave 0. */
  record(now: number): void {
    if (this.#size === this.#times.length) this.#grow();
    this.#newest = Math.max(now, this.#newest);
    this.#times[(this.#head + this.#size) % this.#times.length] = this.#newest;
    this.#size++;
  }

  isIdle(now: number): boolean {
    this.#expire(now);
    return this.#size === 0;
  }

  #expire(now: number): void {
    const { windowMs } = this.rule;
    // A clock that was set back by more than a window would lock its users out until it is there again.
    if (now < this.#newest - windowMs) {
      this.#size = 0;
      this.#newest = Number.NEGATIVE_INFINITY;
    }
    while (this.#size > 0 && (this.#times[this.#head] ?? 0) <= now - windowMs) {
      this.#head = (this.#head + 1) % this.#times.length;
      this.#size--;
    }
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.rule.max, Math.max(1, this.#times.length * 2)));
    for (let at = 0; at < this.#size; at++)
      larger[at] = this.#times[(this.#head + at) % this.#times.length] ?? 0;
    this.#times = larger;
    this.#head = 0;
  }
}
