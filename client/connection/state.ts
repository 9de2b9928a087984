/** The state of a connection, and its listeners. */
import type { ClientError } from "../errors.ts";

/**
 * `connecting`: for the first time; `reconnecting`: it was connected; `ended`: it will not be again, and the reason says why.
 */
export type State = "connecting" | "connected" | "reconnecting" | "ended";

/** @param reason only of `ended` */
export type StateListener = (state: State, reason: ClientError | undefined) => void;

/** Functions of the application: an error that one throws keeps no other from being called. */
export class Listeners<A extends unknown[]> {
  readonly #all = new Set<(...args: A) => void>();
  readonly #failed: (thrown: unknown) => void;

  constructor(failed: (thrown: unknown) => void) {
    this.#failed = failed;
  }

  get size(): number {
    return this.#all.size;
  }

  /** @returns a function that ends it */
  add(listener: (...args: A) => void): () => void {
    const own = (...args: A) => listener(...args);
    this.#all.add(own);
    return () => {
      this.#all.delete(own);
    };
  }

  emit(...args: A): void {
    for (const listener of [...this.#all])
      try {
        listener(...args);
      } catch (thrown) {
        this.#failed(thrown);
      }
  }
}

/** The state of all from that of each. An ended one counts only where no other is left. */
export function stateOfAll(states: readonly State[]): State {
  const left = states.filter((state) => state !== "ended");
  if (left.length === 0) return states.length === 0 ? "connecting" : "ended";
  if (left.includes("reconnecting")) return "reconnecting";
  return left.includes("connecting") ? "connecting" : "connected";
}
