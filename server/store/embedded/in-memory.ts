import type { Log } from "../../../core/ports/log.ts";
import type { Bus } from "../../../core/ports/store/bus.ts";
import type { SharedCounters } from "../../../core/ports/store/counters.ts";
import type { Portion } from "./expiry.ts";
import { decode, encode } from "./keys.ts";

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

type Listener = (text: string) => void;

/** One process: a message goes to its own subscribers, in the form that it would have on a wire. */
export function createBus(log: Log): Bus {
  const subscribers = new Map<string, Set<Listener>>();

  function deliver(topic: string, text: string): void {
    for (const listener of [...(subscribers.get(topic) ?? [])]) {
      try {
        listener(text);
      } catch (err) {
        log.error({ err, topic }, "a bus listener threw");
      }
    }
  }

  function listen(topic: string, own: Listener): () => void {
    const listeners = subscribers.get(topic) ?? new Set<Listener>();
    subscribers.set(topic, listeners);
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && subscribers.get(topic) === listeners) subscribers.delete(topic);
    };
  }

  return {
    async publish({ topic }, message) {
      if (!subscribers.has(topic)) return true;
      const text = encode(message);
      // Not within the publisher's call: what it does next must not depend on what listeners did.
      queueMicrotask(() => deliver(topic, text));
      return true;
    },
    async subscribe<M>({ topic }: { topic: string }, listener: (message: M) => void) {
      return listen(topic, (text) => listener(decode<M>(text)));
    },
    group(listener) {
      const ends = new Map<string, () => void>();
      return {
        async add(topic) {
          if (ends.has(topic)) return;
          ends.set(
            topic,
            listen(topic, (text) => listener(topic, decode(text))),
          );
        },
        remove(topic) {
          ends.get(topic)?.();
          ends.delete(topic);
        },
        close() {
          for (const end of ends.values()) end();
          ends.clear();
        },
      };
    },
  };
}
