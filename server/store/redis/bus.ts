/** Messages between workers by publish and subscribe. This worker's own listeners hear of them without Redis. */
import { randomBytes } from "node:crypto";
import type { Bus, Topic } from "../../../core/ports/store/bus.ts";
import type { RedisContext } from "./context.ts";
import type { ChannelSubscription } from "./link/channel-listeners.ts";
import { hearEach } from "./link/subscriptions.ts";
import { decode, encode } from "./reply.ts";

export function createBus({ connection, keys, subscriptions, log }: RedisContext): Bus {
  const type = connection.sharded ? "sharded" : "channel";
  /** Marks what this store has published: its own listeners know it already. */
  const self = randomBytes(9).toString("base64url");
  const local = new Map<string, Set<(json: string) => void>>();
  const groups = new Set<(topic: string, json: string) => void>();

  /** While Redis is away this worker hears itself; the others as soon as Redis is back. */
  async function confirmed(channel: string, subscribed: Promise<void>): Promise<void> {
    if (connection.health(channel).ok) await connection.within(subscribed).catch(() => undefined);
  }

  /** What another worker has published; nothing of one's own. */
  function fromOthers(message: string): string | undefined {
    const space = message.indexOf(" ");
    return message.slice(0, space) === self ? undefined : message.slice(space + 1);
  }

  return {
    async publish<M>({ topic }: Topic<M>, message: M): Promise<boolean> {
      const json = encode(message);
      hearEach(local.get(topic) ?? [], json, log);
      for (const hearHere of groups) hearHere(topic, json);
      return connection.publish(keys.topic(topic), `${self} ${json}`);
    },

    async subscribe<M>({ topic }: Topic<M>, listener: (message: M) => void) {
      // Each listener gets a copy of its own, so that none can change another's.
      const hear = (json: string) => listener(decode<M>(json));
      const hearers = local.get(topic) ?? new Set();
      local.set(topic, hearers.add(hear));
      const listening = subscriptions.listen(keys.topic(topic), (message) => {
        const json = fromOthers(message);
        if (json !== undefined) hear(json);
      });
      await confirmed(keys.topic(topic), listening.confirmed);
      return () => {
        listening.end();
        hearers.delete(hear);
        if (hearers.size === 0 && local.get(topic) === hearers) local.delete(topic);
      };
    },

    group(listener) {
      const own = new Map<string, ChannelSubscription>();
      const hear = (topic: string) => (json: string) => listener(topic, decode(json));
      const hearHere = (topic: string, json: string) => {
        if (own.has(topic)) hearEach([hear(topic)], json, log);
      };
      groups.add(hearHere);
      function remove(topic: string): void {
        const heard = own.get(topic);
        if (heard === undefined) return;
        own.delete(topic);
        void heard.end();
      }
      return {
        add(topic) {
          const channel = keys.topic(topic);
          let heard = own.get(topic);
          if (heard === undefined) {
            // A function of its own for each: where a topic comes back, the end of its last subscription is still on its way.
            const hearMessage = (message: string) => {
              const json = fromOthers(message);
              if (json !== undefined && own.get(topic) === mine) hearEach([hear(topic)], json, log);
            };
            const mine = connection.hear(channel, { type, binary: false, hear: hearMessage });
            own.set(topic, mine);
            heard = mine;
          }
          return confirmed(channel, heard.confirmed);
        },
        remove,
        close() {
          groups.delete(hearHere);
          for (const topic of [...own.keys()]) remove(topic);
        },
      };
    },
  };
}
