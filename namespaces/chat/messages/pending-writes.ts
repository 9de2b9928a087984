/** Messages that this worker writes, until it hears of them: what it hears beside them was said by way of another. */
const MAX_REMEMBERED = 10_000;

export class PendingWrites {
  readonly #nonces = new Set<string>();

  add(nonce: string): void {
    this.#nonces.add(nonce);
    if (this.#nonces.size <= MAX_REMEMBERED) return;
    // Of a channel that nobody here follows any more.
    const [oldest] = this.#nonces;
    if (oldest !== undefined) this.#nonces.delete(oldest);
  }

  /** Whether it was written here; heard of once. */
  take(nonce: string): boolean {
    return this.#nonces.delete(nonce);
  }
}
