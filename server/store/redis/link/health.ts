/** Whether Redis, or a part of it, answers. Listeners are called when that changes. */
import { GameError } from "../../../../core/contract/errors.ts";
import { isFinal, type StoreHealth } from "../../../../core/ports/store/store.ts";

export interface Health {
  /** A field, because every command looks at it. */
  readonly now: StoreHealth;
  turn(next: StoreHealth): void;
  /** Calls the listeners once more while it is away: another part went. */
  repeatAway(): void;
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** No listener is called any more. */
  end(): void;
}

export function createHealth(reason: string): Health {
  const listeners = new Set<(health: StoreHealth) => void>();
  let ended = false;
  function notify(): void {
    if (!ended) for (const listener of [...listeners]) listener(health.now);
  }
  const health: { now: StoreHealth } & Omit<Health, "now"> = {
    now: { ok: false, reason },
    turn(next) {
      const changed = next.ok !== health.now.ok || isFinal(next) !== isFinal(health.now);
      health.now = next;
      if (changed) notify();
    },
    repeatAway() {
      if (!health.now.ok) notify();
    },
    onHealth(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    end() {
      ended = true;
      listeners.clear();
    },
  };
  return health;
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof GameError ? error.cause : error;
  const message = cause instanceof Error ? cause.message || cause.constructor.name : String(cause);
  return `Redis is not available: ${message}`;
}
