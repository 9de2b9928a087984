/** Messages between workers by publish and subscribe. This worker's own listeners hear of them without Redis. */
import { randomBytes } from "node:crypto";
import type { Bus, Topic } from "../../../core/ports/store/bus.ts";
import type { RedisContext } from "./context.ts";
import { hearEach } from "./link/subscriptions.ts";
import { decode, encode } from "./reply.ts";

export function createBus({ connection, keys, subscriptions, log }: RedisContext): Bus {
  /** Marks what this store has published: its own listeners know it already. */
  const self = randomBytes(9).toString("base64url");
  const local = new Map<string, Set<(json: string) => void>>();

  return {
    async publish<M>({ topic }: Topic<M>, message: M): Promise<boolean> {
      const json = encode(message);
      hearEach(local.get(topic) ?? [], json, log);
      return connection.publish(keys.topic(topic), `${self} ${json}`);
    },

    async subscribe<M>({ topic }: Topic<M>, listener: (message: M) => void) {
      // Each listener gets a copy of its own, so that none can change another's.
      const hear = (json: string) => listener(decode<M>(json));
      const hearers = local.get(topic) ?? new Set();
      local.set(topic, hearers.add(hear));
      const listening = subscriptions.listen(keys.topic(topic), (message) => {
        const space = message.indexOf(" ");
        if (message.slice(0, space) !== self) hear(message.slice(space + 1));
      });
      // While Redis is away this worker hears itself; the others as soon as Redis is back.
      if (connection.health(keys.topic(topic)).ok)
        await connection.within(listening.confirmed).catch(() => undefined);
      return () => {
        listening.end();
        hearers.delete(hear);
        if (hearers.size === 0 && local.get(topic) === hearers) local.delete(topic);
      };
    },
  };
}
