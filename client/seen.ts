/** Remembers the newest ids, so that what is delivered at least once is shown once. */
export class Seen {
  readonly #ids = new Set<string>();
  readonly #max: number;

  /** @param max ids kept; the server holds at most 1,000 unacknowledged events of a user and namespace */
  constructor(max = 4_000) {
    this.#max = max;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#max) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}
