import type { SharedCounters } from "../../../core/ports/counters.ts";

export interface EmbeddedCounters extends SharedCounters {
  /** Forgets what has expired. */
  prune(): void;
}

/** One process: its own counts are the totals. In memory only, as they may be lost with the store. */
export function createCounters(now: () => number): EmbeddedCounters {
  const counters = new Map<string, { total: number; expiresAt: number }>();
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
    prune() {
      const time = now();
      for (const [key, { expiresAt }] of counters) if (expiresAt <= time) counters.delete(key);
    },
  };
}
