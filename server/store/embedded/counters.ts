import type { SharedCounters } from "../../../core/ports/store/counters.ts";
import type { Portion } from "./sweep.ts";

export interface EmbeddedCounters extends SharedCounters {
  /** Forgets what has expired. */
  readonly prune: Portion;
  /** How many are remembered. */
  readonly size: number;
}

/** One process: its own counts are the totals. In memory only, as they may be lost with the store. */
export function createCounters(now: () => number): EmbeddedCounters {
  const counters = new Map<string, { total: number; expiresAt: number }>();
  let looking = counters.entries();
  return {
    async add(deltas, ttlMs) {
      const time = now();
      return deltas.map(({ key, add }) => {
        const found = counters.get(key);
        const total = (found !== undefined && found.expiresAt > time ? found.total : 0) + add;
        counters.set(key, { total, expiresAt: time + ttlMs });
        return total;
      });
    },
    get size() {
      return counters.size;
    },
    prune(isOver) {
      const time = now();
      // Goes on where the last one stopped, and around once at most.
      for (let left = counters.size; left > 0; ) {
        const next = looking.next();
        if (next.done) {
          looking = counters.entries();
          continue;
        }
        left--;
        if (next.value[1].expiresAt <= time) counters.delete(next.value[0]);
        if (isOver()) return true;
      }
      return false;
    },
  };
}
