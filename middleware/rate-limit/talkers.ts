/**
 * Who talks most, while a worker sheds work: in each second a subject may send so much, and no more than twice what the subjects had
 * taken on average in the second before. Who sends little is never refused.
 */
const SECOND_MS = 1_000;
/** In parts of the average. */
const SHARE = 2;

/** @typeParam K what is counted by, such as a user's id */
export class HeavyTalkers<K> {
  readonly #least: number;
  #second = -1;
  #taken = new Map<K, number>();
  #most: number;

  /** @param least what everybody may send in a second */
  constructor(least: number) {
    this.#least = least;
    this.#most = least;
  }

  /**
   * One message alone is never too much.
   * @param now in milliseconds
   * @returns 0: taken, and counted; else refused, for so many milliseconds
   */
  take(subject: K, now: number, amount = 1): number {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.#second) this.#turn(second);
    const taken = this.#taken.get(subject) ?? 0;
    if (taken > 0 && taken + amount > this.#most)
      return Math.max(1, Math.ceil((second + 1) * SECOND_MS - now));
    this.#taken.set(subject, taken + amount);
    return 0;
  }

  #turn(second: number): void {
    let total = 0;
    for (const taken of this.#taken.values()) total += taken;
    const average = this.#taken.size === 0 || second !== this.#second + 1 ? 0 : total / this.#taken.size;
    this.#most = Math.max(this.#least, SHARE * average);
    this.#second = second;
    this.#taken = new Map();
  }

  /** Nothing is kept once no work is shed. */
  forget(): void {
    if (this.#taken.size > 0) this.#taken = new Map();
    this.#second = -1;
  }
}
