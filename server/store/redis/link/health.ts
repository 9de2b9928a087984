/** Whether Redis, or a part of it, answers; told to whoever asked when that changes. */
import { GameError } from "../../../../core/contract/errors.ts";
import type { StoreHealth } from "../../../../core/ports/store/store.ts";

export interface Health {
  health(): StoreHealth;
  turn(next: StoreHealth): void;
  /** Tells again that it is away: another part went. */
  tellAgain(): void;
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Nobody is told any more. */
  end(): void;
}

export function createHealth(reason: string): Health {
  const listeners = new Set<(health: StoreHealth) => void>();
  let health: StoreHealth = { ok: false, reason };
  let ended = false;
  function tell(): void {
    if (!ended) for (const listener of [...listeners]) listener(health);
  }
  return {
    health: () => health,
    turn(next) {
      const changed = next.ok !== health.ok;
      health = next;
      if (changed) tell();
    },
    tellAgain() {
      if (!health.ok) tell();
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
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof GameError ? error.cause : error;
  const message = cause instanceof Error ? cause.message || cause.constructor.name : String(cause);
  return `Redis is not available: ${message}`;
}
