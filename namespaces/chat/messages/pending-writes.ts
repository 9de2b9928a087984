import { dropOldest } from "../../../core/collections.ts";

/** Messages that this worker writes, until it hears of them: what it hears beside them was said by way of another. */
const MAX_REMEMBERED = 10_000;

export class PendingWrites {
  readonly #nonces = new Set<string>();

  add(nonce: string): void {
    this.#nonces.add(nonce);
    // The oldest are of channels that nobody here follows any more.
    dropOldest(this.#nonces, MAX_REMEMBERED);
  }

  /** Whether it was written here; heard of once. */
  take(nonce: string): boolean {
    return this.#nonces.delete(nonce);
  }
}
