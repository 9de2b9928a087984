/**
 * Who talks most, while a worker sheds work: in each second a connection may send so many commands, and no more than twice what the
 * connections had taken on average in the second before. Who sends little is never refused.
 */
const SECOND_MS = 1_000;
/** What everybody may send. */
const LEAST = 10;
/** In parts of the average. */
const SHARE = 2;

export class HeavyTalkers {
  #second = -1;
  #taken = new Map<string, number>();
  #most = LEAST;

  /** @param now in milliseconds. @returns 0: taken, and counted; else refused, for so many milliseconds */
  take(connection: string, now: number): number {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.#second) this.#turn(second);
    const taken = this.#taken.get(connection) ?? 0;
    if (taken >= this.#most) return Math.max(1, Math.ceil((second + 1) * SECOND_MS - now));
    this.#taken.set(connection, taken + 1);
    return 0;
  }

  #turn(second: number): void {
    let total = 0;
    for (const taken of this.#taken.values()) total += taken;
    const average = this.#taken.size === 0 || second !== this.#second + 1 ? 0 : total / this.#taken.size;
    this.#most = Math.max(LEAST, SHARE * average);
    this.#second = second;
    this.#taken = new Map();
  }

  /** Nothing is kept once no work is shed. */
  forget(): void {
    if (this.#taken.size > 0) this.#taken = new Map();
    this.#second = -1;
  }
}
