/** One Redis subscription per channel, however many listeners; it outlives reconnects and ends with the last listener. */
import { setTimeout as delay } from "node:timers/promises";
import type { RedisConnection } from "./client.ts";

const RETRY_MS = 100;

export interface Listening {
  /** Resolves when Redis has confirmed the subscription; where Redis is away, when it is back. Never rejects. */
  readonly confirmed: Promise<void>;
  /** May be called more than once. */
  end(): void;
}

export interface Subscriptions {
  listen(channel: string, listener: (message: string) => void): Listening;
  close(): void;
}

interface Channel {
  readonly listeners: Set<(message: string) => void>;
  confirmed: Promise<void>;
}

export function createSubscriptions(connection: Pick<RedisConnection, "subscriber">): Subscriptions {
  const { subscriber } = connection;
  const channels = new Map<string, Channel>();
  let closed = false;

  function pass(message: string, channel: string): void {
    for (const listener of channels.get(channel)?.listeners ?? []) listener(message);
  }

  async function confirm(name: string, channel: Channel): Promise<void> {
    while (!closed && channels.get(name) === channel) {
      try {
        return await subscriber.subscribe(name, pass);
      } catch {
        // The connection went while Redis was asked: it is asked again on the next one.
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** Ends the subscription, unless somebody listens again by the time it was confirmed. */
  async function drop(name: string, channel: Channel): Promise<void> {
    await channel.confirmed;
    if (!closed && !channels.has(name)) await subscriber.unsubscribe(name, pass).catch(() => undefined);
  }

  return {
    listen(name, listener) {
      let channel = channels.get(name);
      if (channel === undefined) {
        channel = { listeners: new Set(), confirmed: Promise.resolve() };
        channels.set(name, channel);
        channel.confirmed = confirm(name, channel);
      }
      const joined = channel;
      // A function of its own, so that the same listener can listen twice.
      const own = (message: string) => listener(message);
      joined.listeners.add(own);
      return {
        confirmed: joined.confirmed,
        end() {
          if (!joined.listeners.delete(own) || joined.listeners.size > 0) return;
          if (channels.get(name) === joined) channels.delete(name);
          void drop(name, joined);
        },
      };
    },
    close() {
      closed = true;
      channels.clear();
    },
  };
}
