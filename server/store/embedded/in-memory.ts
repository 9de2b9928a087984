import type { Log } from "../../../core/ports/log.ts";
import type { Bus } from "../../../core/ports/store/bus.ts";
import { decode, encode } from "./keys.ts";

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

  return {
    async publish({ topic }, message) {
      if (!subscribers.has(topic)) return true;
      const text = encode(message);
      // Not within the publisher's call: what it does next must not depend on what listeners did.
      queueMicrotask(() => deliver(topic, text));
      return true;
    },
    async subscribe<M>({ topic }: { topic: string }, listener: (message: M) => void) {
      const listeners = subscribers.get(topic) ?? new Set<Listener>();
      subscribers.set(topic, listeners);
      const own: Listener = (text) => listener(decode<M>(text));
      listeners.add(own);
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && subscribers.get(topic) === listeners) subscribers.delete(topic);
      };
    },
  };
}
