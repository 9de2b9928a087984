/** A store whose bus loses what is published on some topics, as one does whose link is cut for a moment. */
import type { Store } from "../../core/ports/store/store.ts";
import { WAIT_MS } from "./patience.ts";

export interface LossyBus {
  /** For `start({ wrapStore })`: every worker's messages are lost alike. */
  readonly wrapStore: (store: Store) => Store;
  /** From now on so many messages of these topics are lost. */
  lose(topic: RegExp, count?: number): void;
  /** Resolves when so many were lost. */
  lost(count: number): Promise<void>;
}

/** What is said to one user's workers has the name that it would have to all. */
const nameOf = (topic: string, message: unknown): string =>
  topic.startsWith("user:") ? (message as { readonly kind: string }).kind : topic;

export function lossyBus(): LossyBus {
  let topics: RegExp | undefined;
  let left = 0;
  let lost = 0;
  const waiting = new Set<() => void>();

  return {
    wrapStore: (store) =>
      new Proxy(store, {
        get(of, name) {
          if (name !== "bus") {
            const value: unknown = Reflect.get(of, name);
            return typeof value === "function" ? value.bind(of) : value;
          }
          const bus: Store["bus"] = {
            subscribe: (topic, listener) => of.bus.subscribe(topic, listener),
            group: (listener) => of.bus.group(listener),
            async publish(topic, message) {
              if (left === 0 || !topics?.test(nameOf(topic.topic, message)))
                return of.bus.publish(topic, message);
              left--;
              lost++;
              for (const look of waiting) look();
              return true;
            },
          };
          return bus;
        },
      }),
    lose(topic, count = Number.POSITIVE_INFINITY) {
      topics = topic;
      left = count;
    },
    lost(count) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`lost ${lost} of ${count} messages`)), WAIT_MS);
        const look = () => {
          if (lost < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };
}
