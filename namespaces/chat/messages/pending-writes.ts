import { dropOldest } from "../../../core/collections.ts";

/** Messages that this worker wrote and has not yet received. All others that it receives came through another worker. */
const MAX_REMEMBERED = 10_000;

export class PendingWrites {
  readonly #nonces = new Set<string>();

  add(nonce: string): void {
    this.#nonces.add(nonce);
    // The oldest belong to channels without local followers.
    dropOldest(this.#nonces, MAX_REMEMBERED);
  }

  /** Whether the message was written here; true once. */
  take(nonce: string): boolean {
    return this.#nonces.delete(nonce);
  }
}
